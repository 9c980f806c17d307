"""Takes out of what is recorded what may not be stored."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..domain.changes import (
    Change,
    SaveArtifact,
    SaveData,
    SaveOutputs,
    SaveRun,
    SaveTags,
    SaveValues,
)
from ..domain.redaction.redactor import Redactor, without_known
from ..domain.runs.records import RunKind, RunOutputs, RunRecord, RunStatus
from ..domain.settings import Settings


class ClearingDesk:
    """Takes out of changes what may not be stored: secrets, and what the user does not want."""

    def __init__(self, redactor: Redactor) -> None:
        self._redact = redactor.redact
        self._redact_value = redactor.redact_value
        self._secrets_in = redactor.secrets_in
        # Each state of a run comes with the same code.
        self._redacted_code = lru_cache(maxsize=64)(self._redact_code)

    def prepared(self, change: Change, settings: Settings) -> Change | None:
        """Return a change as it may be stored, ``None`` if it may not be stored at all."""
        if isinstance(change, SaveRun):
            return SaveRun(self._prepared_record(change.record, settings))
        if isinstance(change, SaveOutputs):
            if not settings.is_recording_outputs:
                return None
            shown: list[dict[str, Any]] = self._redact_value(change.outputs.items)
            return SaveOutputs(change.run_id, RunOutputs(shown, change.outputs.truncated))
        if isinstance(change, SaveValues):
            return replace(change, params=self._redact_value(dict(change.params)))
        if isinstance(change, SaveTags):
            return replace(change, tags=self._redact_value(dict(change.tags)))
        if isinstance(change, SaveData):
            items = tuple(replace(item, name=self._redact(item.name)) for item in change.items)
            return replace(change, items=items)
        if isinstance(change, SaveArtifact):
            artifact = change.artifact
            return SaveArtifact(replace(artifact, name=self._redact(artifact.name)))
        return change

    def _prepared_record(self, record: RunRecord, settings: Settings) -> RunRecord:
        changed: dict[str, Any] = {}
        known: dict[str, str] = {}
        if record.kind is RunKind.cell or record.code:
            code, changed["code_sha256"], known = self._redacted_code(record.code)
            changed["code"] = code if settings.is_recording_code else ""
        names = ["name", "experiment"]
        if record.status in (RunStatus.error, RunStatus.interrupted):
            names += ["error_message", "status_reason"]
        for name in names:
            text = getattr(record, name)
            if text:
                changed[name] = without_known(self._redact(text), known)
        return replace(record, **changed) if changed else record

    def _redact_code(self, code: str) -> tuple[str, str, dict[str, str]]:
        redacted = self._redact(code)
        digest = hashlib.sha256(redacted.encode("utf-8", "surrogatepass")).hexdigest()
        return redacted, digest, self._secrets_in(code) if redacted != code else {}
