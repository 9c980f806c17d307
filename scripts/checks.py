"""Run the checks and tests, two at a time, and sum up in one line for each.

The main suite of pytest, which mostly waits for kernels and databases, runs beside all others.

Usage: python scripts/checks.py [--fast] [NAME ...]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FAILURE = re.compile(
    r"^(?:FAILED|ERROR) \S+::.*"  # pytest
    r"|^RERUN .*"
    r"|^ *\u25cf .* \u203a .*"  # jest
    r"|^ +\d+\) (?:.* \u203a ).*"  # Playwright
)
FAILURES_MAX = 40
"""Lines of one part that the summary repeats: the end of a long log is often all that is kept."""
_COUNT = re.compile(r"\d+ (?:passed|failed|skipped|flaky|rerun|did not run|errors?)\b")
INTERRUPTED = "FAILED (interrupted)"
END_TIMEOUT_S = 20
PART_TIMEOUT_S = 2_700
"""Longest time for one part: a part that hangs shall fail, and the others still run."""


@dataclass(frozen=True)
class Part:
    """One thing that is run."""

    name: str
    argv: Sequence[str]
    fast_argv: Sequence[str] | None = None
    """What ``--fast`` runs instead; ``None`` leaves the part out there."""
    folder: Path = ROOT
    why_not: Callable[[], str | None] = lambda: None
    """Why the part cannot be run here, if it cannot."""
    is_beside: bool = False
    """Whether it runs beside the others, which run one after the other."""


def _no_chromium() -> str | None:
    browsers = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright"))
    found = (
        os.environ.get("DSINFRA_UI_CHROMIUM")
        or shutil.which("/usr/bin/chromium")
        or any(browsers.expanduser().glob("chromium-*"))
    )
    return None if found else "no Chromium, and none could be installed"


def _tool(name: str, *arguments: str) -> list[str]:
    return [str(BIN / name), *arguments]


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _same(argv: list[str]) -> tuple[list[str], list[str]]:
    return argv, argv


FAST_TESTS = ("tests/domain", "tests/sensors", "tests/services", "tests/test_imports.py")
"""Tests that start no server, no kernel and no database."""

JOB_TESTS = (
    "tests/compute",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/server/test_jobs*.py")),
    "tests/server/test_kernel_requests.py",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/kernel/test_parcel*.py")),
    "tests/kernel/test_needs_there.py",
    "tests/kernel/test_remote_side.py",
)
"""Tests of remote compute, which start many processes: a part of their own, with its own time."""

RERUNS = ("-raR", "--reruns=1")
"""A test that fails is run once more, and named in the summary: most are of real processes, on a
machine that has other things to do. In the browser it is the same, see playwright.config.ts."""

PARTS = [
    Part("ruff check", *_same(_tool("ruff", "check"))),
    Part("ruff format", *_same(_tool("ruff", "format", "--check"))),
    Part("mypy", *_same(_tool("mypy"))),
    Part("import-linter", *_same(_tool("lint-imports"))),
    Part("generated files", *_same(_tool("pytest", "-q", "tests/test_generated.py"))),
    Part("eslint, prettier, stylelint", _tool("jlpm", "lint:check")),
    Part("types of the tests", _tool("jlpm", "types:check")),
    Part("jest", *_same(_tool("jlpm", "test"))),
    Part(
        "pytest",
        _tool("pytest", *RERUNS, *(f"--ignore={path}" for path in JOB_TESTS)),
        _tool("pytest", "-q", "-m", "not slow", *FAST_TESTS),
        is_beside=True,
    ),
    Part("pytest, jobs", _tool("pytest", *RERUNS, *JOB_TESTS)),
    Part("isolated wheel", _python("scripts/check_wheel.py")),
    Part("Galata", _tool("jlpm", "test"), folder=ROOT / "ui-tests", why_not=_no_chromium),
]


@dataclass
class Outcome:
    """How a part went."""

    text: str
    seconds: float = 0.0
    counts: str = ""
    """What the part itself says it ran, passed and skipped."""
    failures: Sequence[str] = ()
    """What failed in it, a line each."""

    @property
    def is_failure(self) -> bool:
        """Whether the whole has failed because of it."""
        return self.text.startswith("FAILED")


def _run(part: Part, argv: Sequence[str], stop: threading.Event) -> Outcome:
    """Run one part, showing what it prints, until it ends or ``stop`` is set."""
    print(f"\n=== {part.name}: {' '.join(argv)}", flush=True)
    started = time.monotonic()
    process = subprocess.Popen(
        argv,
        cwd=part.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    counts: list[str] = []
    failures: list[str] = []
    arguments = (part.name, process, counts, failures)
    reader = threading.Thread(target=_show, args=arguments, daemon=True)
    reader.start()
    text = _end_of(process, started, stop)
    if process.poll() is None:
        _end(process)
    reader.join(5)
    seconds = time.monotonic() - started
    return Outcome(text, seconds, ", ".join(dict.fromkeys(counts)), list(dict.fromkeys(failures)))


def _end_of(process: subprocess.Popen[str], started: float, stop: threading.Event) -> str:
    """Wait for the end of a part and return how it ended."""
    while process.poll() is None:
        if stop.wait(0.1):
            return INTERRUPTED
        if time.monotonic() - started > PART_TIMEOUT_S:
            return f"FAILED (no end after {PART_TIMEOUT_S} s)"
    return "passed" if process.returncode == 0 else f"FAILED ({process.returncode})"


def _end(process: subprocess.Popen[str]) -> None:
    """End a part and what it started; asked first, a test runner ends its own servers."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        os.killpg(process.pid, sign)
        try:
            process.wait(END_TIMEOUT_S)
            return
        except subprocess.TimeoutExpired:
            continue


def _interrupt(signal_number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _show(
    name: str, process: subprocess.Popen[str], counts: list[str], failures: list[str]
) -> None:
    """Print what a part prints; keep the counts of its last lines, and what failed."""
    tail: deque[str] = deque(maxlen=12)
    assert process.stdout is not None
    for line in process.stdout:
        print(f"{name} | {line}", end="", flush=True)
        plain = _COLOUR.sub("", line)
        tail.append(plain)
        if _FAILURE.match(plain) and len(failures) < FAILURES_MAX:
            failures.append(plain.strip())
    for line in tail:
        counts.extend(_COUNT.findall(line))


def _run_in_turn(
    parts: Sequence[tuple[Part, Sequence[str]]],
    outcomes: dict[str, Outcome],
    stop: threading.Event,
) -> None:
    for part, argv in parts:
        reason = part.why_not()
        outcomes[part.name] = Outcome(f"not run: {reason}") if reason else _run(part, argv, stop)
        if stop.is_set():
            return


def main() -> int:
    """Run what was asked for; return 1 if anything failed."""
    signal.signal(signal.SIGTERM, _interrupt)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast", action="store_true", help="leave out what takes long")
    parser.add_argument("names", nargs="*", help="only parts whose name holds one of these words")
    arguments = parser.parse_args()
    lanes: dict[bool, list[tuple[Part, Sequence[str]]]] = {False: [], True: []}
    for part in PARTS:
        argv = part.fast_argv if arguments.fast else part.argv
        is_named = not arguments.names or any(name in part.name for name in arguments.names)
        if argv is not None and is_named:
            lanes[part.is_beside].append((part, argv))
    outcomes: dict[str, Outcome] = {}
    stop = threading.Event()
    threads = [
        threading.Thread(target=_run_in_turn, args=(lane, outcomes, stop))
        for lane in lanes.values()
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        stop.set()
        for thread in threads:
            thread.join()
    print("\n=== Summary")
    for part in PARTS:
        outcome = outcomes.get(part.name)
        if outcome is not None:
            print(f"{part.name:30} {outcome.text:16} {outcome.seconds:7.1f} s   {outcome.counts}")
            for failure in outcome.failures:
                print(f"    {failure}")
    return int(any(outcome.is_failure for outcome in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())
