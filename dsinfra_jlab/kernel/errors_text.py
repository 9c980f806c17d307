"""Names and messages of exceptions, with nothing of the user's run that can be avoided.

What shows an exception calls ``str`` on it. If ``__str__`` is the user's own, what IPython has just
shown is read instead of calling it again; where nothing was shown that can be read, it is called
in a thread that is waited for only so long.
"""

from __future__ import annotations

import contextvars
import re
import sys
import threading
from typing import Any

from . import limits
from .frames_kinds import is_library_module
from .scalars import name_of
from .unbound import class_name, find_name, instance_names, module_of, mro_of

Cut = tuple[str, int]
"""A text as far as it is kept, and the length of the whole."""

_own_args: Any = BaseException.__dict__["args"]
_PLAIN = (str, int, float, bool, type(None), bytes, complex)
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Printed:
    """What IPython has shown of an exception and those behind it."""

    def __init__(self, parts: Any) -> None:
        self._given = parts
        self._parts: list[str] = []
        self._end: int | None = None

    def message_of(self, ename: str) -> str | None:
        """Return the message that was shown of a class.

        What is shown last came through; so of a chain, ask from there to what is behind.
        """
        if self._end is None:
            self._parts = _plain_parts(self._given)
            self._end = len(self._parts)
        heading = ename + ": "
        for number in range(self._end - 1, -1, -1):
            if self._parts[number].startswith(heading):
                self._end = number
                return self._parts[number][len(heading) :]
        return None


def _plain_parts(parts: Any) -> list[str]:
    if type(parts) is not list:
        return []
    texts = [part[: limits.ERROR_SHOWN_MAX_CHARS] for part in parts[-200:] if type(part) is str]
    return [_COLOURS.sub("", text).strip("\n") for text in texts]


def bases_of(kind: type) -> list[str]:
    """Return the base classes of an exception's class by name with module, nearest first."""
    found = []
    for base in mro_of(kind)[1:]:
        if base is object:
            continue
        module = module_of(base)
        found.append(f"{module}.{name_of(base)}" if module else name_of(base))
    return found[: limits.ERROR_BASES_MAX]


def message_of(error: BaseException, printed: Printed) -> Cut:
    """Return the message of an exception."""
    kind = type(error)
    if issubclass(kind, SyntaxError):
        said = SyntaxError.__dict__["msg"].__get__(error)
        return cut(said) if type(said) is str else ("", 0)
    owner: Any
    owner, method = find_name(kind, "__str__")
    if _is_trusted(owner, method):
        return _plain_message(error, owner)
    shown = printed.message_of(name_of(kind))
    if shown is not None:
        return cut(_without_notes(shown, error))
    made = _call_beside(error)
    return cut(made) if made is not None else _from_args(error)


def cut(text: str, most: int = limits.ERROR_MESSAGE_MAX_CHARS) -> Cut:
    """Return a text as far as it is kept, with the length of the whole."""
    return text[:most], len(text)


def notes_of(error: BaseException) -> tuple[list[str], int]:
    """Return the notes of an exception as far as they are kept, and how many are not."""
    given: Any = instance_names(error).get("__notes__")
    if type(given) not in (list, tuple):
        return [], 0
    texts = [note for note in given[: 10 * limits.ERROR_NOTES_MAX] if type(note) is str]
    kept = [note[: limits.ERROR_NOTE_MAX_CHARS] for note in texts[: limits.ERROR_NOTES_MAX]]
    return kept, len(given) - len(kept)


def _args(error: BaseException) -> tuple[Any, ...]:
    found: tuple[Any, ...] = _own_args.__get__(error)
    return found


def _is_trusted(owner: type, method: Any) -> bool:
    """Return whether a ``__str__`` is Python's own or that of an installed library."""
    if getattr(type(method), "__name__", "") in ("wrapper_descriptor", "method_descriptor"):
        return True
    return is_library_module(module_of(owner))


def _group_message(args: tuple[Any, ...]) -> Cut:
    """Return what ``str`` makes of a group, which does not ask its members."""
    text = args[0] if args and type(args[0]) is str else ""
    count = len(args[1]) if len(args) > 1 and type(args[1]) in (list, tuple) else 0
    kept, length = cut(text)
    ending = f" ({count} sub-exception{'' if count == 1 else 's'})"
    return kept + ending, length + len(ending)


def _plain_message(error: BaseException, owner: Any) -> Cut:
    """Return what ``str`` makes of an exception, where that runs no code of the user's."""
    args = _args(error)
    if class_name(owner) == "BaseExceptionGroup":
        return _group_message(args)
    if owner is BaseException and len(args) == 1 and type(args[0]) is str:
        return cut(args[0])
    if owner is KeyError and len(args) == 1 and type(args[0]) is str:
        most = limits.ERROR_MESSAGE_MAX_CHARS
        return repr(args[0][:most])[:most], len(args[0]) + 2
    is_pythons = module_of(owner) == "builtins"
    if is_pythons and not all(_is_plain(each) for each in args):
        return _from_args(error)
    try:
        text = str(error)
    except Exception:
        return _from_args(error)
    return cut(text if type(text) is str else "")


def _is_plain(value: Any) -> bool:
    """Return whether a text can be made of an argument by known code and in no time."""
    kind = type(value)
    if any(kind is each for each in _PLAIN):
        return kind is not int or int.bit_length(value) <= limits.INT_MAX_BITS
    if any(kind is each for each in (tuple, list)):
        known = (*_PLAIN, type)  # as decimal's errors hold classes, which Python itself writes
        return len(value) <= 100 and all(any(type(v) is k for k in known) for v in value)
    return is_library_module(module_of(kind))


def _from_args(error: BaseException) -> Cut:
    """Return the texts and numbers among the arguments; of other things their type."""
    words = []
    for each in _args(error)[:20]:
        if type(each) is str:
            words.append(each)
        elif any(type(each) is kind for kind in (int, float, bool, type(None))):
            words.append(repr(each))
        else:
            words.append(f"<{name_of(type(each))}>")
    length = sum(map(len, words)) + 2 * max(0, len(words) - 1)
    text = ", ".join(word[: limits.ERROR_MESSAGE_MAX_CHARS] for word in words)
    return text[: limits.ERROR_MESSAGE_MAX_CHARS], length


def _without_notes(shown: str, error: BaseException) -> str:
    notes, _ = notes_of(error)
    for note in reversed(notes):
        shown = shown[: -len(note)].rstrip("\n") if note and shown.endswith(note) else shown
    return shown


def _call_beside(error: BaseException) -> str | None:
    """Return what a ``__str__`` of the user's says, if it says it soon.

    A call that hangs cannot be stopped: it is left to a thread that nobody waits for.
    """
    answer: list[Any] = []

    def call(held: list[BaseException]) -> None:
        try:
            answer.append(str(held.pop()))
        except BaseException:  # whatever it raises, there is another way to a message
            answer.append(None)

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(call, [error]), daemon=True)
    thread.pydev_do_not_trace = True  # type: ignore[attr-defined]
    thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
    thread.start()
    thread.join(limits.ERROR_STR_TIMEOUT_S)
    said = answer[0] if answer else None
    return said if type(said) is str else None


def shown_by(shell: Any) -> Printed:
    """Return what IPython has last shown of an error."""
    return Printed(getattr(shell, "_last_traceback", None))


def last_shown() -> Any:
    """Return the exception that IPython has last shown."""
    return getattr(sys, "last_value", None)
