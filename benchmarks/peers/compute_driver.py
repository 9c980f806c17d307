"""Measures one engine in this process: ``compute_driver.py ADAPTER FOLDER SIZES ANSWERS``.

``SIZES`` is a JSON object with ``array_bytes``, ``prints``, ``jobs``, ``calls`` and ``cancels``.
``ANSWERS`` grows by a line of JSON with each figure, so that what fails later takes none of them
away.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers import compute_codes as codes

BEGIN_S = 60.0
PRINTS_SETTLE_S = 5.0
"""For prints that arrive after the call has returned."""


class Answers:
    """Where figures and notes go."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, name: str, value: Any) -> None:
        """Add a figure: a number, or a text where there is none."""
        with self._path.open("a") as file:
            file.write(json.dumps({"name": name, "value": value}) + "\n")

    @contextlib.contextmanager
    def guarded(self, name: str) -> Iterator[None]:
        """Note what goes wrong, and go on."""
        try:
            yield
        except Exception as error:
            self.add(f"{name}_failed", f"{type(error).__name__}: {error}"[:300])


class Heard:
    """Takes the place of standard output, and notes when what was printed elsewhere is here."""

    def __init__(self) -> None:
        self.latencies_s: list[float] = []
        self._rest = ""
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        """Take text."""
        now = time.time_ns()
        with self._lock:
            whole, _, self._rest = (self._rest + text).rpartition(">")
            self.latencies_s += [(now - each) / 1e9 for each in codes.stamps(whole + ">")]
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        """Return that nobody looks."""
        return False


def warm(engine: Any, answers: Answers, count: int) -> None:
    """Time trivial code, again and again."""
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        engine.run(codes.TRIVIAL, {}, ["a"])
        taken.append(time.perf_counter() - began)
    answers.add("warm_s", taken)


def array(engine: Any, answers: Answers, size: int) -> None:
    """Send an array, and take another one back."""
    import numpy as np

    sent = np.random.default_rng(0).random(size // 8)
    began = time.perf_counter()
    back = engine.run(codes.CHANGED, {"a": sent}, ["b"])["b"]
    answers.add("array_s", time.perf_counter() - began)
    digests = [hashlib.blake2b(each).hexdigest() for each in (sent * 2.0, back)]
    answers.add("array_is_equal", digests[0] == digests[1])


def prints(engine: Any, answers: Answers, count: int) -> None:
    """Time the way of a print to this process."""
    heard, before = Heard(), sys.stdout
    sys.stdout = heard  # type: ignore[assignment]
    try:
        engine.stream(engine.stream_prefix + codes.printing(count))
        codes.seconds_until(lambda: len(heard.latencies_s) >= count, PRINTS_SETTLE_S)
    finally:
        sys.stdout = before
    answers.add("print_s", heard.latencies_s)


def many(engine: Any, answers: Answers, count: int) -> None:
    """Time many small jobs."""
    began = time.perf_counter()
    results = engine.map(codes.small, range(count))
    answers.add("map_s", time.perf_counter() - began)
    answers.add("map_lost", count - len(results))
    answers.add("map_wrong", sum(found != n * n for n, found in enumerate(results)))


def cancel(engine: Any, answers: Answers, case: str, way: str, folder: Path) -> None:
    """Time a cancel until nothing of the code runs; the engine is started anew after it."""
    folder.mkdir()
    handle = engine.begin(codes.cancelled(case, folder))
    if codes.seconds_until(lambda: codes.pid_of(folder) is not None, BEGIN_S) is None:
        raise RuntimeError("it did not begin")
    time.sleep(0.3)
    began = time.monotonic()
    # Some wait for what they have asked for, and would wait for ever.
    threading.Thread(target=engine.cancels[way], args=(handle,), daemon=True).start()
    rest = codes.seconds_until(lambda: codes.is_over(folder), codes.CANCEL_LIMIT_S)
    answers.add(f"cancel_{case}:{way}", "runs on" if rest is None else time.monotonic() - began)


def measure(engine: Any, answers: Answers, folder: Path, sizes: dict[str, int]) -> None:
    """Measure what is quick first: what is cancelled may take the engine with it."""
    parts: dict[str, Callable[[], None]] = {
        "warm": lambda: warm(engine, answers, sizes["calls"]),
        "array": lambda: array(engine, answers, sizes["array_bytes"]),
        "print": lambda: prints(engine, answers, sizes["prints"]),
        "map": lambda: many(engine, answers, sizes["jobs"]),
    }
    for name, part in parts.items():
        with answers.guarded(name):
            part()
    for case in codes.CANCELLED if sizes["cancels"] else ():
        for number, way in enumerate(engine.cancels):
            with answers.guarded(f"cancel_{case}:{way}"):
                cancel(engine, answers, case, way, folder / f"{case}-{number}")
            start_again(engine)


def start_again(engine: Any) -> None:
    """End an engine, whatever it does, and start it; once more if it does not start."""
    for is_last in (False, True):
        try:
            engine.stop()
            engine.start()
            return
        except Exception:
            if is_last:
                raise


def main() -> None:
    """Measure one engine and write what was found."""
    adapter, folder, sizes, answers_path = sys.argv[1:]
    os.chdir(folder)
    answers = Answers(Path(answers_path))
    began = time.perf_counter()
    engine = importlib.import_module(f"benchmarks.peers.{adapter}").Engine(Path(folder))
    engine.start()
    engine.run(codes.TRIVIAL, {}, ["a"])
    answers.add("cold_s", time.perf_counter() - began)
    measure(engine, answers, Path(folder), json.loads(sizes))
    engine.stop()
    answers.add("done", True)
    sys.stdout.flush()
    # Threads of an engine that has been cancelled may wait for ever.
    os._exit(0)


if __name__ == "__main__":
    main()
