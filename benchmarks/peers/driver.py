"""Measures one tracker in this process: ``driver.py ADAPTER WHAT FOLDER COUNT ANSWER``."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PARAMS = 5
METRICS = 3
TIMES = 9
LISTED = 50
PAUSE_S = 0.002


def points(adapter: Any, folder: Path, count: int) -> dict[str, Any]:
    """Log so many points as fast as it goes."""
    asked = time.perf_counter()
    log = adapter.start(str(folder))
    began = time.perf_counter()
    for step in range(count):
        log(step)
    called = time.perf_counter()
    adapter.close()
    stored = time.perf_counter()
    return {"start_s": began - asked, "caller_s": called - began, "stored_s": stored - began}


def calls(adapter: Any, folder: Path, count: int) -> dict[str, Any]:
    """Time each call by itself."""
    log = adapter.start(str(folder))
    clock = time.perf_counter_ns
    taken = []
    for step in range(count):
        began = clock()
        log(step)
        taken.append(clock() - began)
    adapter.close()
    taken.sort()
    return {"p50_s": taken[count // 2] / 1e9, "p99_s": taken[count * 99 // 100] / 1e9}


def runs(adapter: Any, folder: Path, count: int) -> dict[str, Any]:
    """Make runs, then list them. The first is not timed: it makes the store."""
    adapter.write_run(0)
    began = time.perf_counter()
    for number in range(1, count + 1):
        adapter.write_run(number)
    adapter.flush_runs()
    found: dict[str, Any] = {"runs_s": time.perf_counter() - began}
    if hasattr(adapter, "index"):
        adapter.index()
    for name in ("newest", "top"):
        ask = getattr(adapter, name, None)
        if ask is not None:
            found[f"{name}_s"] = _median_of(ask, min(LISTED, count))
    return found


def _median_of(ask: Callable[[int], list[Any]], count: int) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = ask(count)
        taken.append(time.perf_counter() - began)
        if len(answer) != count:
            raise RuntimeError(f"asked for {count} runs, got {len(answer)}")
    return sorted(taken)[TIMES // 2]


def doomed(adapter: Any, folder: Path, count: int) -> dict[str, Any]:
    """Log so many points at a trainer's pace, say so, and wait to be killed."""
    log = adapter.start(str(folder))
    for step in range(count):
        log(step)
        time.sleep(PAUSE_S)
    os.write(int(os.environ["BENCHMARK_SAY"]), b"x")
    time.sleep(60)
    raise RuntimeError("it was not killed")


def survivors(adapter: Any, folder: Path, _: int) -> dict[str, Any]:
    """Count what the killed process left."""
    return {"points": adapter.stored(str(folder))}


MODES = {f.__name__: f for f in (points, calls, runs, doomed, survivors)}


def main() -> None:
    """Run one measurement and write its result."""
    name, what, folder, count, answer = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    sys.path.insert(0, str(Path(__file__).parent))
    began = time.perf_counter()
    adapter = importlib.import_module(name)
    import_s = time.perf_counter() - began
    found = MODES[what](adapter, Path(folder), int(count))
    Path(answer).write_text(json.dumps({"import_s": import_s, **found}))


if __name__ == "__main__":
    main()
