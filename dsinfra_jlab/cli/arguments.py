"""What can be said on the command line."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import NoReturn

from .._version import __version__
from ..domain import limits
from ..domain.errors import limits as error_limits
from ..domain.errors.groups import ExportFormat, GroupState, IgnoreUntil
from ..domain.errors.occurrences import Category, Severity

__all__ = ["USAGE_ERROR", "parse"]

USAGE_ERROR = 2
"""Status of a process that was called wrongly, as is usual."""

LIST_DEFAULT = 20
"""Groups that are listed unless said otherwise: what a terminal shows at once."""

LIST_MAX = 10_000
"""Groups of one list; whoever wants more asks the API page by page."""

EXPORT_DEFAULT = 1_000
"""Errors of one export unless said otherwise, as in the API."""

_WITH_VERBS = ("errors", "targets", "jobs")
_UNITS_S = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}

_EXAMPLES = """\
examples:
  jupyter dsinfra status
  jupyter dsinfra doctor
  jupyter dsinfra jobs --open
  jupyter dsinfra errors --since 24h --severity critical
  jupyter dsinfra errors show 3f2a91c0
  jupyter dsinfra errors export --format markdown --group 3f2a91c0
  jupyter dsinfra errors resolve 3f2a91c0
"""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what was asked for; ends the process where that cannot be understood."""
    parser = _Parser(
        prog="jupyter dsinfra",
        description="Look at what dsinfra-jlab has recorded, and at what runs now.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=__version__)
    topics = parser.add_subparsers(dest="topic", required=True, metavar="topic")
    _add_errors(topics)
    _add_targets(topics)
    _add_jobs(topics)
    _add_status(topics)
    _add_doctor(topics)
    return parser.parse_args(_with_verb(arguments))


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, and where the help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE_ERROR, f"{self.prog}: {message}\nMore by: {self.prog} --help\n")


def _with_verb(arguments: Sequence[str] | None) -> list[str]:
    """Put in the verb ``list``, which may be left out."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    verb = given[1] if len(given) > 1 else ""
    is_open = given[:1] and given[0] in _WITH_VERBS and (not verb or verb.startswith("-"))
    return [given[0], "list", *given[1:]] if is_open and verb not in ("-h", "--help") else given


def _add_status(topics: argparse._SubParsersAction[_Parser]) -> None:
    text = "what runs now: the machine, its GPUs, and the kernels of every server of this user"
    parser = topics.add_parser("status", help=text, description=f"Show {text}.")
    _add_shape(parser)


def _add_doctor(topics: argparse._SubParsersAction[_Parser]) -> None:
    text = "whether every part is installed and works, and why not"
    parser = topics.add_parser("doctor", help=text, description=f"Say {text}.")
    _add_store(parser)
    _add_shape(parser)


def _add_errors(topics: argparse._SubParsersAction[_Parser]) -> None:
    errors = topics.add_parser("errors", help="errors and what is known of them")
    verbs = errors.add_subparsers(dest="verb", required=True, metavar="verb")
    _add_list(verbs)
    show = _verb(verbs, "show", "show one group and its newest error, or one error")
    show.add_argument(
        "id", help="of a group or an error; the first 6 digits of a group's are enough"
    )
    _add_shape(show)
    _add_export(verbs)
    for name, text in (("resolve", "mark a group as resolved"), ("reopen", "open a group again")):
        _verb(verbs, name, text).add_argument("id", help="of a group, or its first 6 digits")
    _add_ignore(verbs)


def _add_targets(topics: argparse._SubParsersAction[_Parser]) -> None:
    targets = topics.add_parser("targets", help="the places that cells can be sent to")
    verbs = targets.add_subparsers(dest="verb", required=True, metavar="verb")
    for name, text in (
        ("list", "list targets with what is free of them (so does no verb at all)"),
        ("start", "start a target"),
        ("stop", "stop a target; jobs that run on it end as cancelled"),
    ):
        parser = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name != "list":
            parser.add_argument("name", help="of the target")
        _add_shape(parser)


def _add_jobs(topics: argparse._SubParsersAction[_Parser]) -> None:
    jobs = topics.add_parser("jobs", help="cells that were sent to targets")
    verbs = jobs.add_subparsers(dest="verb", required=True, metavar="verb")
    text = "list jobs, newest first (so does no verb at all)"
    parser = verbs.add_parser("list", help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("--open", action="store_true", help="only those that have not ended")
    parser.add_argument("--target", metavar="NAME", help="only those of this target")
    parser.add_argument(
        "--limit", type=_count(limits.PAGE_MAX), default=LIST_DEFAULT, help="at most so many jobs"
    )
    _add_shape(parser)
    text = "interrupt a job, and end it if that does not"
    cancel = verbs.add_parser("cancel", help=text, description=f"{text[0].upper()}{text[1:]}.")
    cancel.add_argument("id", help="of a job, or its first digits")
    _add_shape(cancel)


def _add_list(verbs: argparse._SubParsersAction[_Parser]) -> None:
    parser = _verb(verbs, "list", "list groups of errors (so does no verb at all)")
    states = parser.add_mutually_exclusive_group()
    states.add_argument("--state", type=_word(GroupState), help=_words(GroupState))
    states.add_argument(
        "--open", action="store_true", help="only those neither resolved nor ignored"
    )
    parser.add_argument("--severity", type=_word(Severity), help=_words(Severity))
    parser.add_argument("--category", type=_word(Category), help=_words(Category))
    parser.add_argument(
        "--notebook", type=os.path.abspath, metavar="PATH", help="path of a notebook"
    )
    _add_since(parser)
    parser.add_argument("--q", metavar="WORDS", default="", help="words to find")
    parser.add_argument(
        "--limit", type=_count(LIST_MAX), default=LIST_DEFAULT, help="at most so many groups"
    )
    _add_shape(parser)


def _add_export(verbs: argparse._SubParsersAction[_Parser]) -> None:
    parser = _verb(verbs, "export", "write errors in the format of another tool")
    parser.add_argument(
        "--format",
        type=_word(ExportFormat),
        default=ExportFormat.jsonl,
        help=f"{_words(ExportFormat)} (default: jsonl)",
    )
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--group", metavar="ID", help="only those of this group")
    one.add_argument("--error", metavar="ID", help="only this one")
    one.add_argument("--run", metavar="ID", help="only those of this run")
    _add_since(parser)
    parser.add_argument(
        "--limit",
        type=_count(error_limits.EXPORT_ERRORS_MAX),
        default=EXPORT_DEFAULT,
        help="at most so many errors, the newest",
    )
    parser.add_argument("--output", metavar="FILE", help="where to write (default: here)")


def _add_ignore(verbs: argparse._SubParsersAction[_Parser]) -> None:
    parser = _verb(verbs, "ignore", "leave a group out of the open ones")
    parser.add_argument("id", help="of a group, or its first 6 digits")
    how_long = parser.add_mutually_exclusive_group()
    how_long.add_argument(
        "--count",
        type=_count(error_limits.IGNORE_COUNT_MAX),
        help="until it has happened so many more times",
    )
    how_long.add_argument(
        "--until-escalating",
        dest="until",
        action="store_const",
        const=IgnoreUntil.escalating,
        help="until it happens much more often",
    )


def _verb(verbs: argparse._SubParsersAction[_Parser], name: str, text: str) -> _Parser:
    parser = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    _add_store(parser)
    return parser


def _add_store(parser: _Parser) -> None:
    parser.add_argument(
        "--store",
        metavar="URL",
        help="where runs are kept (default: DSINFRA_STORE_URL, else the file that a server "
        "of this user writes)",
    )


def _add_shape(parser: _Parser) -> None:
    parser.add_argument(
        "--format", choices=("table", "json"), default="table", help="for a person or a program"
    )


def _add_since(parser: _Parser) -> None:
    parser.add_argument(
        "--since",
        type=_moment,
        metavar="WHEN",
        help="how long ago, as 30m, 24h, 7d or 2w, or a moment, as 2026-11-01 or 2026-11-01T09:30",
    )


def _word(kind: type[Enum]) -> Callable[[str], Enum]:
    """Return what turns an argument into a member, and refuses others by naming the known ones."""

    def member(text: str) -> Enum:
        try:
            return kind(text)
        except ValueError:
            message = f"{text!r} is none of {_words(kind)}"
            raise argparse.ArgumentTypeError(message) from None

    return member


def _words(kind: type[Enum]) -> str:
    return ", ".join(str(member.value) for member in kind)


def _count(most: int) -> Callable[[str], int]:
    def count(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {most:,}")
        return int(text)

    return count


def _moment(text: str) -> datetime:
    """Return a moment; without a time zone it is meant in that of this machine."""
    ago = re.fullmatch(r"(\d{1,6})([mhdw])", text)
    if ago is not None:
        seconds = int(ago[1]) * _UNITS_S[ago[2]]
        try:
            return datetime.now(timezone.utc) - timedelta(seconds=seconds)
        except OverflowError:
            raise argparse.ArgumentTypeError(f"{text!r} is too long ago") from None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        message = f"{text!r} is no moment; write 24h, 7d or 2026-11-01T09:30"
        raise argparse.ArgumentTypeError(message) from None
