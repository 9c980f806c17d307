"""How much an error costs: by what went wrong, and by what else its run had to do with it.

A category has a severity of its own. Some circumstances make an error weigh one level more, and
one only however many of them there are: they say that it costs more than it looks, not that it is
something else. What is only information stays so, and what did not end its run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ..carriers import Unwrapped
from ..limits import LOST_COMPUTE_S, MESSAGE_HEAD_CHARS, MESSAGE_TAIL_CHARS, REPEATS_LEAST
from ..occurrences import Category, ErrorKind, ErrorRecord, Severity, SeverityReason
from ..sightings import Sighting
from . import cues, tables

__all__ = ["looked_at", "reasons_of", "regressed", "severity_of", "weighed"]

_ORDER = (Severity.info, Severity.warning, Severity.error, Severity.critical)

_FINAL = frozenset({SeverityReason.expected, SeverityReason.rule})
"""What the user said; no circumstance outranks it."""

_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded|\[errno (?:28|122)\]", re.I)


def severity_of(category: Category, kind: ErrorKind, error: Unwrapped | None = None) -> Severity:
    """Return what an error costs by itself."""
    severity = tables.SEVERITY[category]
    if error is not None:
        severity = _special(category, error) or severity
    if kind is ErrorKind.warning:
        return min(severity, Severity.warning, key=_ORDER.index)
    ends_run = kind in (ErrorKind.exception, ErrorKind.kernel_death)
    return severity if ends_run else _moved(severity, -1)


def _special(category: Category, error: Unwrapped) -> Severity | None:
    if category is Category.interrupt and "Time" in error.ename:
        return Severity.error
    if category is Category.file_io and _DISK_FULL.search(error.evalue[:MESSAGE_HEAD_CHARS]):
        return Severity.critical
    if category is Category.device and cues.CONTEXT_LOST.search(looked_at(error.evalue)):
        return Severity.critical
    return None


def looked_at(evalue: str) -> str:
    """Return the part of a message that is looked at: what happened stands at its ends."""
    if len(evalue) <= MESSAGE_HEAD_CHARS + MESSAGE_TAIL_CHARS:
        return evalue
    return evalue[:MESSAGE_HEAD_CHARS] + "\n" + evalue[-MESSAGE_TAIL_CHARS:]


def reasons_of(sighting: Sighting, kind: ErrorKind, repeats: int) -> list[SeverityReason]:
    """Return what makes an error weigh another level.

    Parameters
    ----------
    repeats
        How many runs of the same kernel process have failed so, this one included.
    """
    if sighting.is_expected:
        return [SeverityReason.expected]
    if kind is not ErrorKind.exception:
        return []
    elapsed_s = sighting.elapsed_s
    found = {
        SeverityReason.lost_compute: elapsed_s is not None and elapsed_s >= LOST_COMPUTE_S,
        SeverityReason.remote: sighting.is_remote,
        SeverityReason.unattended: sighting.is_unattended,
        SeverityReason.repeated: repeats >= REPEATS_LEAST,
    }
    return [reason for reason, is_so in found.items() if is_so]


def weighed(severity: Severity, reasons: Iterable[SeverityReason]) -> Severity:
    """Return a severity after what makes an error weigh more or less.

    >>> weighed(Severity.error, [SeverityReason.remote, SeverityReason.repeated])
    <Severity.critical: 'critical'>
    """
    known = set(reasons)
    if SeverityReason.expected in known:
        return _moved(severity, -1)
    if not known or known & _FINAL or severity is Severity.info:
        return severity
    return _moved(severity, 1)


def regressed(record: ErrorRecord) -> ErrorRecord:
    """Return an error whose group had been resolved when it happened."""
    known = set(record.severity_reasons)
    is_counted = record.kind is ErrorKind.exception and not known & _FINAL
    if not is_counted or SeverityReason.regressed in known or record.severity is Severity.info:
        return record
    severity = record.severity if known else weighed(record.severity, [SeverityReason.regressed])
    reasons = [*record.severity_reasons, SeverityReason.regressed]
    return replace(record, severity=severity, severity_reasons=reasons)


def _moved(severity: Severity, by: int) -> Severity:
    place = _ORDER.index(severity) + by
    return _ORDER[max(0, min(place, len(_ORDER) - 1))]
