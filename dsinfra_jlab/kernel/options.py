"""What the user has set that the probe must know."""

from __future__ import annotations

from typing import Any, NamedTuple


class Options(NamedTuple):
    """Settings of the server that reach into its kernels."""

    is_capturing_values: bool = False
    """Whether values of variables go with an error, not only types and shapes."""
    is_recording_warnings: bool = True
    is_resetting_marks: bool = False
    """Whether the highest mark of the process's memory is set back when a cell begins."""

    def to_json(self) -> dict[str, bool]:
        """Return the options as they travel."""
        return dict(self._asdict())

    def changed(self, given: Any) -> Options:
        """Return the options with those of a message that are known and make sense."""
        if not isinstance(given, dict):
            return self
        known = {name: given[name] for name in self._fields if isinstance(given.get(name), bool)}
        return self._replace(**known)
