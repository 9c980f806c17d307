"""What the user decides about recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from . import limits
from .bounds import Between, MaxChars
from .errors.rules import ErrorRule


@dataclass(frozen=True, slots=True)
class Settings:
    """What is recorded, and how long it is kept."""

    is_recording: bool = True
    """Record runs at all. What is running when it is turned off is still recorded to its end."""
    is_recording_code: bool = True
    """Keep the code of cells. Without it a run has only its hash."""
    is_recording_outputs: bool = True
    """Keep what cells print and show."""
    is_recording_environment: bool = True
    """Keep interpreter, packages and git state."""
    is_recording_errors: bool = True
    """Keep with an error the frames it went through, and names, types and shapes of what they
    held. Without it there is its class, its message and where it happened."""
    is_capturing_values: bool = False
    """Keep with an error short values of variables, too: these may be personal or secret data,
    and whoever can read the store can read them."""
    is_recording_warnings: bool = True
    """Keep Python's warnings as errors of low severity."""
    error_rules: list[ErrorRule] = field(default_factory=list)
    """Rules that outrank what is found about an error; the first that matches counts."""
    excluded_notebooks: list[str] = field(default_factory=list)
    """Contents paths of notebooks that are not recorded."""
    outputs_max_bytes: int = limits.OUTPUTS_MAX_BYTES
    """Bytes kept of the outputs of one run."""
    outputs_retention_days: int = 0
    """Days after which outputs are erased; 0 keeps them. Runs with a star keep theirs."""
    runs_retention_days: int = 0
    """Days after which runs are erased; 0 keeps them. Runs with a star stay."""
    is_interrupting_at_memory_limit: bool = False
    """Interrupt the cell of the largest kernel when 97 % of memory are in use, before the system
    kills a process to win some back."""
    muted_alerts: list[str] = field(default_factory=list)
    """Alerts that nobody wants to hear of, as kind and subject: ``idle_gpu train.ipynb``."""


@dataclass(frozen=True, slots=True)
class SettingsPatch:
    """Settings to change; ``None`` leaves one as it is."""

    is_recording: bool | None = None
    is_recording_code: bool | None = None
    is_recording_outputs: bool | None = None
    is_recording_environment: bool | None = None
    is_recording_errors: bool | None = None
    is_capturing_values: bool | None = None
    is_recording_warnings: bool | None = None
    error_rules: list[ErrorRule] | None = None
    """Replaces the whole list; at most ``RULES_MAX``."""
    excluded_notebooks: Annotated[list[str] | None, MaxChars(limits.PATH_MAX_CHARS)] = None
    """Replaces the whole list."""
    outputs_max_bytes: Annotated[
        int | None, Between(limits.OUTPUTS_MAX_BYTES_LEAST, limits.OUTPUTS_MAX_BYTES_MOST)
    ] = None
    outputs_retention_days: Annotated[int | None, Between(0, limits.RETENTION_MAX_DAYS)] = None
    runs_retention_days: Annotated[int | None, Between(0, limits.RETENTION_MAX_DAYS)] = None
    is_interrupting_at_memory_limit: bool | None = None
    muted_alerts: Annotated[list[str] | None, MaxChars(limits.PATH_MAX_CHARS)] = None
    """Replaces the whole list; at most ``MUTED_ALERTS_MAX``."""
