"""What a search can ask for, as frozen values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from .. import limits
from ..runs.records import FlagKind, RunKind, RunStatus
from .values import Moment

__all__ = [
    "FIELDS",
    "And",
    "Compare",
    "Expression",
    "Field",
    "Not",
    "Op",
    "Or",
    "Text",
    "Value",
    "words",
]

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Return the lower-cased runs of letters and digits; what is indexed and searched.

    ``read_csv`` and ``df.head`` are two words each, in the index as in a query, so one
    finds the other on every database. What is longer than a word can be, such as a picture
    in base64, is found by its beginning.
    """
    return [word[: limits.WORD_MAX_CHARS] for word in _WORD.findall(text.lower())]


class Op(str, Enum):
    """How a value is compared."""

    eq = "="
    ne = "!="
    lt = "<"
    le = "<="
    gt = ">"
    ge = ">="
    exists = ""
    """There is a value, whichever."""


class Field(str, Enum):
    """What a term can be about."""

    status = "status"
    kind = "kind"
    notebook = "notebook"
    kernel = "kernel"
    cell = "cell"
    experiment = "experiment"
    error = "error"
    user = "user"
    target = "target"
    name = "name"
    duration = "duration"
    peak_rss = "peak_rss"
    started = "started"
    ended = "ended"
    is_ = "is"
    has = "has"
    flag = "flag"
    data = "data"
    tag = "tag"
    param = "param"
    metric = "metric"


FIELDS: dict[Field, str] = {
    Field.status: "how the run stands or ended: status:error",
    Field.kind: "session, cell or block: kind:cell",
    Field.notebook: "part of the file name, or with a slash the whole path: notebook:train",
    Field.kernel: "name or id of the kernel: kernel:python3",
    Field.cell: "id of the cell",
    Field.experiment: "part of the experiment's name, or its id",
    Field.error: "beginning of the error's class name: error:Key",
    Field.user: "who asked for it: user:ana",
    Field.target: "where it was sent to: target:local",
    Field.name: "part of the run's name: name:baseline",
    Field.duration: "time it took: duration>10s",
    Field.peak_rss: "most memory it held: peak_rss>2GB",
    Field.started: "date, time, age or today: started>2026-11-01, started>2d",
    Field.ended: "as started",
    Field.is_: "is:starred",
    Field.has: "has:error, has:note, has:name",
    Field.flag: "why it may not repeat: flag:out_of_order, edited_cell, deleted_cell, "
    "before_restart or any",
    Field.data: "beginning of the name of a file it read or wrote: data:train.csv",
    Field.tag: "tag.team:nlp, or tag.team for any value",
    Field.param: "param.lr<0.01, param.model=resnet, or param.lr for any value",
    Field.metric: "metric.acc>=0.9, or metric.acc for any value",
}
"""Every field with its help, for messages and the panel."""

Value = str | float | Moment | RunStatus | RunKind | FlagKind | None


@dataclass(frozen=True, slots=True)
class Text:
    """These words one after the other, in code, error, name or note."""

    words: tuple[str, ...]
    is_prefix: bool = False
    """Whether the last word may go on: it is still being typed."""


@dataclass(frozen=True, slots=True)
class Compare:
    """A fact of the run compared with a value; false where the run has no such fact."""

    field: Field
    op: Op
    value: Value = None
    key: str = ""
    """Which tag, parameter or metric."""
    number: float | None = None
    """The value of a parameter, where it can be read as a number."""


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of these."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but this, runs for which it cannot be said included."""

    term: Expression


Expression = Text | Compare | And | Or | Not
