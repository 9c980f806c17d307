"""What the probe in a kernel says, as typed events; ``probe_reading`` makes them.

The probe publishes messages of type ``dsinfra_event`` on IOPub, below the request of the cell
that runs. Their content is ``{"v": 1, "events": [{"kind": …, …}]}``; bulk travels in the
buffers of the message, to which events refer by index. Everything in it is the kernel's claim:
it is checked, capped and only ever applied to runs of the kernel that sent it. An event that is
malformed is counted and left out; the others of its message stand.

=================  ==============================================================================
kind               fields
=================  ==============================================================================
``loaded``         ``version``, ``python``, ``ipython``, ``ipykernel``, ``source``: ``installed``
                   or ``sent``
``cell``           the end of a cell: ``status`` (``ok``, ``error``, ``interrupted``), ``ename``,
                   ``reads``, ``writes``, ``touches`` (lists of names), ``params``, ``metrics``
                   (by name), ``cpu_s``, ``gpu_peak``: ``{"bytes", "kind"}`` or null,
                   ``rss_marks``: ``[bytes, bytes]``, the highest marks of the process before
                   and after it (the first is 0 where it was set back as the cell began), or
                   null, ``dropped`` (counts), ``analysis``
``points``         ``key``, ``buffer`` (index; see ``metrics.POINT_BYTES``), ``block``
``params``         ``params`` by name, ``block``
``tags``           ``tags`` by name, ``block``
``block_begin``    ``block``, ``parent`` (block or null), ``name``, ``at`` (unix seconds),
                   ``params``
``block_end``      ``block``, ``at``, ``duration_s``, ``status``, ``ename``, ``evalue``
``experiment``     ``name``; null goes back to the experiment of the document
``error``          ``error`` (its kind, see ``occurrences.ErrorKind``), ``number`` (0 for the one
                   that ended the cell; told again with the same number when ``count`` has grown;
                   those of a forked process begin at its process id times 2**24), ``at`` (unix
                   seconds), ``count``, ``memory_held_bytes``, ``dropped`` (counts), ``facts``
                   (``[{"topic", …}]``, see ``advice``),
                   ``exceptions``: ``[{"ename", "module", "bases", "evalue", "evalue_chars",
                   "notes", "parent" (index or null), "relation", "frames_omitted", "frames"}]``,
                   the first being the one that came through. A frame, the outermost first:
                   ``{"kind", "file", "function", "module", "line" (from 1), "column" (from 0, in
                   characters), "end_line", "end_column", "source" (of the statement), "cell_id",
                   "request" (id of the request whose code it is), "repeated",
                   "variables": [{"name", "type", "summary"}]}``
``data``           ``items``: ``[{kind, name, mode, size_bytes, digest, modified_at (unix
                   seconds), collector}]``, ``coverage``
``environment``    ``python``, ``platform``, ``interpreter``, ``packages`` (name to version),
                   ``loaded`` (names)
``artifact``       a part of one: ``artifact`` (id of the upload), ``block``, ``name``,
                   ``media_type``, ``number`` (of the part, from 0), ``buffer``, ``is_last``;
                   the last one also has ``size_bytes`` and ``digest``
``landed``         what a kernel took of a job's results: ``job_id``, ``landed``, ``conflicts``
                   (names that were changed here meanwhile), ``failed``: ``[{"name", "text"}]``
``dropped``        ``counts``: what was left out of the run, by kind
``problem``        ``where``, ``message``: a failure of the probe's own
``ask``            ``question`` (id), ``what``, ``arguments``; answered on the control channel
=================  ==============================================================================

``reads`` of a ``cell`` holds names whose value from before may reach it or may stand after it:
a name that is bound only in a branch, or in a loop that may run no time, is among the reads and the
writes. So a write without a read is a rebinding for certain, which the search for the origins of
a result relies on.

``block`` is the number of the block within the kernel process, null or absent for the cell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..errors.sightings import ErrorSeen
from ..runs.capture import DataItem
from ..runs.records import PeakMemory, RunStatus

VERSION = 1
"""Of the shape described above."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The probe is in the kernel."""

    version: str
    python: str
    ipython: str
    ipykernel: str
    source: str


@dataclass(frozen=True, slots=True)
class CellSeen:
    """A cell has ended, and this is what was seen of it."""

    status: RunStatus | None
    ename: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    touches: tuple[str, ...]
    params: dict[str, Any]
    metrics: dict[str, float]
    cpu_s: float | None
    gpu_peak: PeakMemory | None
    rss_marks: tuple[int, int] | None
    """The most resident bytes the process had held before the cell, and after it; the first is 0
    where the mark was set back as the cell began."""
    dropped: dict[str, int]
    analysis: str


@dataclass(frozen=True, slots=True)
class Points:
    """Points of one metric."""

    block: int | None
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters that were logged."""

    block: int | None
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tags:
    """Tags that were set."""

    block: int | None
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class BlockBegun:
    """A block was entered."""

    block: int
    parent: int | None
    name: str
    at_s: float
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BlockEnded:
    """A block was left."""

    block: int
    at_s: float
    duration_s: float | None
    status: RunStatus
    ename: str
    evalue: str


@dataclass(frozen=True, slots=True)
class ExperimentNamed:
    """From now on runs belong to an experiment of this name; ``None``: to the document's."""

    name: str | None


@dataclass(frozen=True, slots=True)
class DataTouched:
    """Data that the cell touched."""

    items: tuple[DataItem, ...]
    coverage: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnvironmentSeen:
    """What the kernel has around it."""

    python: str
    platform: str
    interpreter: str
    packages: dict[str, str]
    loaded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArtifactPart:
    """A stretch of an artifact's content."""

    upload: str
    block: int | None
    name: str
    media_type: str
    number: int
    body: bytes
    is_last: bool
    size_bytes: int | None
    digest: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """What the probe left out because of a limit."""

    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Problem:
    """The probe failed at something."""

    where: str
    message: str


@dataclass(frozen=True, slots=True)
class NotLanded:
    """A name that a job brought back and that the kernel could not make."""

    name: str
    """Empty where it is about all of them."""
    text: str


@dataclass(frozen=True, slots=True)
class Landed:
    """The kernel has taken what a job brought back."""

    job_id: str
    landed: tuple[str, ...]
    conflicts: tuple[str, ...]
    """Names that were changed here meanwhile, and left as they are."""
    failed: tuple[NotLanded, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """The kernel asks the server something; the answer goes over the control channel."""

    id: str
    what: str
    arguments: dict[str, Any] = field(default_factory=dict)


ProbeEvent = (
    Loaded
    | CellSeen
    | ErrorSeen
    | Points
    | Params
    | Tags
    | BlockBegun
    | BlockEnded
    | ExperimentNamed
    | DataTouched
    | EnvironmentSeen
    | ArtifactPart
    | Dropped
    | Problem
    | Landed
    | Question
)

RUN_EVENTS = (
    CellSeen,
    ErrorSeen,
    Points,
    Params,
    Tags,
    BlockBegun,
    BlockEnded,
    ExperimentNamed,
    DataTouched,
    ArtifactPart,
    Dropped,
)
"""Events that are about a run; without it they are lost."""
