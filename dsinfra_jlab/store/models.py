"""The tables.

Runs are numbered by time: ``run.seq`` is the microsecond in which a run was asked for,
and a running number for runs of the same microsecond. The newest runs are therefore the
end of the table, each index ends in ``seq`` and so has its rows in the order of lists, and
the full-text index, whose rows have the same number, gives its hits newest first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.runs.capture import DataKind, DataMode
from ..domain.runs.records import DocumentKind, RunKind, RunStatus
from .base import Base, EnumText, Json, JsonText, KeyText, Serial, UtcTime

_LIVE = text("deleted_at IS NULL")
_LIVE_SENT = text("deleted_at IS NULL AND target IS NOT NULL")
_LIVE_CELL = text("deleted_at IS NULL AND kind = 'cell'")


def _live_index(*columns: str) -> Index:
    """Return an index over what is not in the trash, in the order of lists."""
    return Index(None, *columns, "seq", sqlite_where=_LIVE, postgresql_where=_LIVE)


def _run_key() -> Any:
    """Return the column that ties a row to its run and goes with it."""
    return mapped_column(
        Serial,
        ForeignKey("run.seq", ondelete="CASCADE", onupdate="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )


class ExperimentRow(Base):
    """A series of runs, by default those of one document.

    The counts are kept with every write, so that the list costs the same however many
    runs there are. ``*_key`` columns are case-folded copies to search in: the databases
    do not agree on the lower case of letters outside ASCII.
    """

    __tablename__ = "experiment"
    __table_args__ = (Index(None, "last_run_at", "seq"),)

    seq: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    document_key: Mapped[str] = mapped_column(Text, unique=True)
    """Hash of kind and path: paths can be longer than an index entry may be."""
    kind: Mapped[DocumentKind] = mapped_column(EnumText(DocumentKind))
    path: Mapped[str] = mapped_column(Text)
    path_key: Mapped[str] = mapped_column(Text)
    file_key: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text)
    name_is_users: Mapped[bool] = mapped_column(default=False)
    tags: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    run_count: Mapped[int] = mapped_column(BigInteger, default=0)
    """Cell runs that are not in the trash."""
    error_count: Mapped[int] = mapped_column(BigInteger, default=0)
    live_count: Mapped[int] = mapped_column(BigInteger, default=0)
    """Runs of any kind that are not in the trash; lists leave out experiments with none."""
    last_run_at: Mapped[datetime | None] = mapped_column(UtcTime)


class RunRow(Base):
    """One run: what was seen of it, and what users said of it."""

    __tablename__ = "run"
    __table_args__ = (
        _live_index("experiment_seq"),
        _live_index("experiment_seq", "kind"),
        _live_index("experiment_seq", "status"),
        _live_index("kind"),
        _live_index("status"),
        _live_index("kernel_id"),
        _live_index("cell_id"),
        _live_index("user"),
        _live_index("started_at"),
        _live_index("ended_at"),
        _live_index("duration_s"),
        _live_index("peak_rss_bytes"),
        Index(
            "ix_run_trials",
            "cell_id",
            "seq",
            sqlite_where=_LIVE_CELL,
            postgresql_where=_LIVE_CELL,
        ),
        Index(
            None,
            "document_seq",
            "seq",
            sqlite_where=text("document_seq IS NOT NULL"),
            postgresql_where=text("document_seq IS NOT NULL"),
        ),
        Index(
            None,
            "environment_id",
            "seq",
            sqlite_where=text("environment_id IS NOT NULL"),
            postgresql_where=text("environment_id IS NOT NULL"),
        ),
        Index(
            "ix_run_target",
            "target",
            "seq",
            sqlite_where=_LIVE_SENT,
            postgresql_where=_LIVE_SENT,
        ),
        Index(
            "ix_run_flagged",
            "seq",
            sqlite_where=text("flags IS NOT NULL"),
            postgresql_where=text("flags IS NOT NULL"),
        ),
        # Not only of live ones: a tree is also walked in the trash.
        Index(None, "parent_id", "seq"),
        Index(
            None,
            "error_key",
            "seq",
            sqlite_where=text("error_key IS NOT NULL"),
            postgresql_where=text("error_key IS NOT NULL"),
        ),
        Index(
            None,
            "deleted_at",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        Index(
            "ix_run_starred",
            "seq",
            sqlite_where=text("is_starred = 1"),
            postgresql_where=text("is_starred"),
        ),
    )

    seq: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    id: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[RunKind] = mapped_column(EnumText(RunKind))
    status: Mapped[RunStatus] = mapped_column(EnumText(RunStatus))
    experiment_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("experiment.seq"))
    parent_id: Mapped[str | None] = mapped_column(Text)
    """No foreign key: a cell may be recorded before its session."""
    trash_id: Mapped[str | None] = mapped_column(Text)
    """The run whose deletion took this one along, to bring both back together."""
    is_starred: Mapped[bool] = mapped_column(default=False)
    child_count: Mapped[int] = mapped_column(BigInteger, default=0)
    """Runs directly below that are not in the trash."""
    error_count: Mapped[int] = mapped_column(BigInteger, default=0)
    queued_at: Mapped[datetime] = mapped_column(UtcTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    duration_s: Mapped[float | None] = mapped_column(Double)
    kernel_id: Mapped[str] = mapped_column(Text)
    kernel_name: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    server_id: Mapped[str] = mapped_column(Text)
    cell_id: Mapped[str | None] = mapped_column(Text)
    execution_count: Mapped[int | None] = mapped_column(BigInteger)
    status_reason: Mapped[str | None] = mapped_column(Text)
    error_key: Mapped[str | None] = mapped_column(KeyText)
    """Case-folded class name of the error."""
    error_name: Mapped[str | None] = mapped_column(Text)
    missed_messages: Mapped[int | None] = mapped_column(BigInteger)
    environment_id: Mapped[str | None] = mapped_column(Text)
    user: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, default="")
    code_sha256: Mapped[str] = mapped_column(Text)
    code_line: Mapped[str] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(Text)
    """Behind what lists show since the first version; what came later had to be put behind it."""
    document_seq: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("experiment.seq"))
    """The experiment of its document, where the run is in another one; else ``None``."""
    cpu_s: Mapped[float | None] = mapped_column(Double)
    gpu_peak_bytes: Mapped[int | None] = mapped_column(BigInteger)
    gpu_peak_kind: Mapped[str | None] = mapped_column(Text)
    flags: Mapped[Any] = mapped_column(JsonText(none_as_null=True), nullable=True)
    """``None`` for none, so that an index holds only runs that have some."""
    peak_rss_bytes: Mapped[int | None] = mapped_column(BigInteger)
    peak_rss_kind: Mapped[str | None] = mapped_column(Text)
    energy_j: Mapped[float | None] = mapped_column(Double)
    target: Mapped[str | None] = mapped_column(Text)
    """Where it ran, if it was sent somewhere."""
    job_id: Mapped[str | None] = mapped_column(Text)


class RunOutputsRow(Base):
    """The outputs of a run, packed: they are read whole or not at all."""

    __tablename__ = "run_outputs"

    run_seq: Mapped[int] = _run_key()
    truncated: Mapped[bool]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """JSON of the list, by zlib."""


class RunTagRow(Base):
    """One tag of a run."""

    __tablename__ = "run_tag"
    __table_args__ = (Index(None, "key", "value", "run_seq"),)

    run_seq: Mapped[int] = _run_key()
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class RunTagByHandRow(Base):
    """A key under which a user set or removed the tag of a run: code does not change it."""

    __tablename__ = "run_tag_by_hand"

    run_seq: Mapped[int] = _run_key()
    key: Mapped[str] = mapped_column(Text, primary_key=True)


class RunParamRow(Base):
    """One parameter of a run."""

    __tablename__ = "run_param"
    __table_args__ = (
        Index(None, "key", "number", "run_seq"),
        Index(None, "key", "word", "run_seq"),
    )

    run_seq: Mapped[int] = _run_key()
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[float | None] = mapped_column(Double)
    """The value, where it is a number."""
    word: Mapped[str] = mapped_column(KeyText)
    """The value as text, cut to what an index holds."""
    value: Mapped[Any] = mapped_column(JsonText)
    """The value itself."""


class RunMetricRow(Base):
    """The last value of one metric of a run."""

    __tablename__ = "run_metric"
    __table_args__ = (
        Index(None, "key", "number", "run_seq"),
        Index(None, "key", "run_seq", "number"),
    )

    run_seq: Mapped[int] = _run_key()
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[float | None] = mapped_column(Double)
    """``None`` for NaN and the infinities, which sort nowhere."""
    word: Mapped[str | None] = mapped_column(Text)
    """``NaN``, ``Infinity`` or ``-Infinity``."""
    point_count: Mapped[int | None] = mapped_column(BigInteger)
    """How many points were logged; ``None`` if it was only seen, at the end of a cell."""


class MetricChunkRow(Base):
    """A stretch of the points of one metric of one run."""

    __tablename__ = "metric_chunk"

    run_seq: Mapped[int] = _run_key()
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Points of the series before these."""
    count: Mapped[int] = mapped_column(BigInteger)
    is_packed: Mapped[bool]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """See ``chunks``."""


class RunProbeRow(Base):
    """What the probe in the kernel said of a run, where only we read it."""

    __tablename__ = "run_probe"

    run_seq: Mapped[int] = _run_key()
    capture: Mapped[Any] = mapped_column(JsonText(none_as_null=True), nullable=True)
    """Which names it used."""
    coverage: Mapped[Any] = mapped_column(JsonText(none_as_null=True), nullable=True)
    """How it was looked for data."""


class RunDataRow(Base):
    """One thing outside of the kernel that a run touched."""

    __tablename__ = "run_data"
    __table_args__ = (
        Index(None, "file_key", "run_seq"),
        Index(None, "name_hash", "run_seq"),
        Index(
            None,
            "digest",
            "run_seq",
            sqlite_where=text("digest IS NOT NULL"),
            postgresql_where=text("digest IS NOT NULL"),
        ),
    )

    run_seq: Mapped[int] = _run_key()
    name_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    """Of kind and name: paths can be longer than an index entry may be."""
    mode: Mapped[DataMode] = mapped_column(EnumText(DataMode), primary_key=True)
    kind: Mapped[DataKind] = mapped_column(EnumText(DataKind))
    name: Mapped[str] = mapped_column(Text)
    file_key: Mapped[str] = mapped_column(KeyText)
    """Case-folded last part of the name, cut to what an index holds."""
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    digest: Mapped[str | None] = mapped_column(Text)
    modified_at: Mapped[str | None] = mapped_column(Text)
    collector: Mapped[str] = mapped_column(Text)


class ArtifactRow(Base):
    """What is known of a file that a run made; its content is in ``artifact_files``."""

    __tablename__ = "artifact"
    __table_args__ = (Index(None, "run_seq", "name"), Index(None, "digest"))

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    run_seq: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("run.seq", ondelete="CASCADE", onupdate="CASCADE")
    )
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class EnvironmentRow(Base):
    """What runs had around them; the id is the hash of the content."""

    __tablename__ = "environment"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(Json)


class SettingRow(Base):
    """One thing the user decided."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(Json)


class ServerRow(Base):
    """One life of one Jupyter server that writes here."""

    __tablename__ = "server"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    host: Mapped[str] = mapped_column(Text)
    pid: Mapped[int] = mapped_column(BigInteger)
    birth: Mapped[str] = mapped_column(Text)
    beat_at: Mapped[datetime] = mapped_column(UtcTime)


class DropCounterRow(Base):
    """How many things of one class were given up since the store was made."""

    __tablename__ = "drop_counter"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


def _table(row: type[Base]) -> Table:
    return cast(Table, row.__table__)


experiment = _table(ExperimentRow)
run = _table(RunRow)
run_outputs = _table(RunOutputsRow)
run_tag = _table(RunTagRow)
run_param = _table(RunParamRow)
run_tag_by_hand = _table(RunTagByHandRow)
run_metric = _table(RunMetricRow)
metric_chunk = _table(MetricChunkRow)
run_probe = _table(RunProbeRow)
run_data = _table(RunDataRow)
artifact = _table(ArtifactRow)
environment = _table(EnvironmentRow)
setting = _table(SettingRow)
server = _table(ServerRow)
drop_counter = _table(DropCounterRow)

run_text = Table(
    "run_text",
    MetaData(),
    Column("run_seq", BigInteger, primary_key=True),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql")),
)
"""The words of each run. Not one of the tables above: on SQLite it is an FTS5 table whose
``rowid`` is ``run.seq``, so the migration makes it by hand."""
