"""Makes an event of an exception: with its chain, frames, data, and nothing that holds it.

Whatever is asked here of the user's objects goes through tables of known types; what takes too
long or is too much is left out and counted.
"""

from __future__ import annotations

import time
from typing import Any, Callable

from . import limits
from .errors_budget import Budget
from .errors_chain import Link, links_of, traceback_of
from .errors_memory import held_by
from .errors_quiet import looking
from .errors_text import Printed, bases_of, message_of, notes_of
from .facts import find_facts
from .frames import FrameReader, Stack, Wire, read_stack, stack_above
from .frames_cells import RanCells
from .options import Options
from .scalars import name_of
from .summaries import Summarizer, add_variables
from .unbound import module_of

Failed = Callable[[str, BaseException], None]
"""Takes the name of a part and what it failed with."""


class ErrorReader:
    """Reads errors of one kernel.

    Parameters
    ----------
    on_failure
        Told of what fails in here; the rest of an error is sent all the same.
    """

    def __init__(self, cells: RanCells, on_failure: Failed) -> None:
        self._cells = cells
        self._on_failure = on_failure
        self.options = Options()

    def read(
        self,
        error: BaseException,
        *,
        kind: str = "exception",
        number: int = 0,
        namespace: dict[str, Any] | None = None,
        printed: Printed | None = None,
        traceback: Any = None,
    ) -> Wire:
        """Return the event of an error.

        ``namespace`` is given of what ended a cell: then the data around it are looked at.
        """
        with looking():
            return self._read(error, kind, number, namespace, printed, traceback)

    def describe(self, kind: str, ename: str, module: str, text: str, caller: Any) -> Wire:
        """Return the event of an error without an exception, which happened below a frame."""
        budget = Budget()
        with looking():
            stack = stack_above(caller)
            frames = self._try("frames", [], FrameReader(self._cells, budget).frames, stack)
        exception = {
            "ename": ename[: limits.KEY_MAX_CHARS],
            "module": module[: limits.KEY_MAX_CHARS],
            "bases": [],
            "evalue": text[: limits.ERROR_MESSAGE_MAX_CHARS],
            "evalue_chars": len(text),
            "notes": [],
            "parent": None,
            "relation": None,
            "frames": frames,
            "frames_omitted": stack.omitted,
        }
        return _event(kind, 0, [exception], budget)

    def frames_above(self, caller: Any, file: str, line: int) -> list[Wire]:
        """Return the frames down to the place that a warning is about."""
        with looking():
            reader = FrameReader(self._cells, Budget())
            stack = stack_above(caller)
            frames: list[Wire] = self._try("frames", [], reader.frames, stack)
            calls = [(str(c.frame.f_code.co_filename), c.line) for c in stack.calls]
            if (file, line) in calls:
                return frames[: len(calls) - calls[::-1].index((file, line))]
            return frames or [reader.place(file, line)]

    def _read(
        self,
        error: BaseException,
        kind: str,
        number: int,
        namespace: dict[str, Any] | None,
        printed: Printed | None,
        traceback: Any,
    ) -> Wire:
        budget = Budget()
        links, left_out = links_of(error)
        if left_out:
            budget.dropped["exceptions"] += left_out
        stacks = [read_stack(traceback_of(link.error)) for link in links]
        if traceback is not None and traceback_of(error) is None:
            stacks[0] = read_stack(traceback)
        # First of all: advice is worth more than the text of a library's frames.
        facts = [] if namespace is None else self._facts(error, stacks, namespace, budget)
        frames = FrameReader(self._cells, budget)
        texts = printed or Printed(None)
        exceptions = [
            self._exception(link, stack, frames, texts, budget)
            for link, stack in zip(links, stacks)
        ]
        event = _event(kind, number, exceptions, budget)
        if namespace is not None:
            event["facts"] = facts
            self._look_around(event, links, stacks, namespace, budget)
        event["dropped"] = dict(budget.dropped)
        return event

    def _exception(
        self, link: Link, stack: Stack, frames: FrameReader, printed: Printed, budget: Budget
    ) -> Wire:
        error = link.error
        kind = type(error)
        text, length = self._try("message", ("", 0), message_of, error, printed)
        notes, notes_left = self._try("notes", ([], 0), notes_of, error)
        if notes_left:
            budget.dropped["notes"] += notes_left
        made: list[Wire] = self._try("frames", [], frames.frames, stack)
        if issubclass(kind, SyntaxError):
            made += self._try("syntax", [], _place_of_syntax, error, frames)
        return {
            "ename": name_of(kind)[: limits.KEY_MAX_CHARS],
            "module": module_of(kind)[: limits.KEY_MAX_CHARS],
            "bases": bases_of(kind),
            "evalue": budget.text(text, limits.ERROR_MESSAGE_MAX_CHARS),
            "evalue_chars": length,
            "notes": [budget.text(note, limits.ERROR_NOTE_MAX_CHARS) for note in notes],
            "parent": link.parent,
            "relation": link.relation,
            "frames": made,
            "frames_omitted": stack.omitted,
        }

    def _facts(
        self,
        error: BaseException,
        stacks: list[Stack],
        namespace: dict[str, Any],
        budget: Budget,
    ) -> list[Wire]:
        """Return what advice is made of."""
        calls = [(call.frame, call.line) for call in stacks[0].calls]
        until = budget.started + limits.FACTS_S
        is_showing = self.options.is_capturing_values
        return find_facts(error, calls, namespace, until, values=is_showing)

    def _look_around(
        self,
        event: Wire,
        links: list[Link],
        stacks: list[Stack],
        namespace: dict[str, Any],
        budget: Budget,
    ) -> None:
        """Add the data at the frames, and what the traceback holds."""
        summarizer = Summarizer(self.options.is_capturing_values, budget)
        for wire, stack in list(zip(event["exceptions"], stacks))[: limits.DATA_EXCEPTIONS_MAX]:
            self._try("summaries", None, add_variables, wire["frames"], stack, summarizer)
        until = time.perf_counter() + limits.HELD_S
        held = self._try("memory", None, held_by, links, namespace, until)
        event["memory_held_bytes"] = held

    def _try(self, where: str, default: Any, do: Callable[..., Any], *given: Any) -> Any:
        try:
            return do(*given)
        except Exception as failure:
            self._on_failure(where, failure)
            return default


def _event(kind: str, number: int, exceptions: list[Wire], budget: Budget) -> Wire:
    return {
        "kind": "error",
        "error": kind,
        "number": number,
        "at": time.time(),
        "count": 1,
        "exceptions": exceptions,
        "facts": [],
        "memory_held_bytes": None,
        "dropped": {},
    }


def _place_of_syntax(error: BaseException, frames: FrameReader) -> list[Wire]:
    """Return a frame for the place that Python could not read, which no traceback has."""
    own = SyntaxError.__dict__

    def part(name: str, kind: type) -> Any:
        getter = own.get(name)
        value = getter.__get__(error) if getter is not None else None
        return value if type(value) is kind else None

    file, line = part("filename", str), part("lineno", int)
    if file is None or line is None:
        return []
    column, text = part("offset", int), part("text", str)
    end_line, end_column = part("end_lineno", int), part("end_offset", int)
    return [frames.syntax(file, line, column, end_line, end_column, text or "")]
