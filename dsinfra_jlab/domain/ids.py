"""The kinds of id, and how each one is made.

An id that names something a kernel did is derived from the ids in the kernel's own
messages. Recording the same message twice therefore gives the same id, and an insert
keyed by it can be repeated without harm.
"""

from __future__ import annotations

import uuid
from typing import NewType

RunId = NewType("RunId", str)
ExperimentId = NewType("ExperimentId", str)
KernelId = NewType("KernelId", str)
CellId = NewType("CellId", str)
EnvironmentId = NewType("EnvironmentId", str)
ServerId = NewType("ServerId", str)
MessageId = NewType("MessageId", str)
ArtifactId = NewType("ArtifactId", str)
ErrorId = NewType("ErrorId", str)
ErrorGroupId = NewType("ErrorGroupId", str)

_NAMESPACE = uuid.UUID("6f1f0a4e-3c0b-5c56-9d5c-0c7a3d1f9b52")
"""Fixed for ever: changing it would give old messages new ids."""


OWN_SESSION_PREFIX = "dsinfra.own."
"""How the session of our own requests to kernels begins, and so do the ids of its messages."""


def is_own_request(message_id: str) -> bool:
    """Return whether a request was ours and not that of a client."""
    return message_id.startswith(OWN_SESSION_PREFIX)


def cell_run_id(kernel_id: KernelId, message_id: MessageId) -> RunId:
    """Return the id of the run that the execute request ``message_id`` asked for."""
    return RunId(str(uuid.uuid5(_NAMESPACE, f"cell:{kernel_id}:{message_id}")))


def block_run_id(kernel_id: KernelId, message_id: MessageId, block: int) -> RunId:
    """Return the id of block number ``block`` of the cell run ``message_id`` asked for."""
    return RunId(str(uuid.uuid5(_NAMESPACE, f"block:{kernel_id}:{message_id}:{block}")))


def artifact_id(run_id: RunId, name: str) -> ArtifactId:
    """Return the id of a run's artifact: one of the same name replaces it."""
    return ArtifactId(str(uuid.uuid5(_NAMESPACE, f"artifact:{run_id}:{name}")))


def error_id(run_id: RunId, kind: str, number: int) -> ErrorId:
    """Return the id of a run's error: seen again with more evidence, it replaces itself."""
    return ErrorId(str(uuid.uuid5(_NAMESPACE, f"error:{run_id}:{kind}:{number}")))


def error_group_id(fingerprint: str) -> ErrorGroupId:
    """Return the id of the group of errors with this fingerprint."""
    return ErrorGroupId(str(uuid.uuid5(_NAMESPACE, f"error-group:{fingerprint}")))


def random_run_id() -> RunId:
    """Return an id for a run that no single message stands for, such as a session."""
    return RunId(str(uuid.uuid4()))


def random_experiment_id() -> ExperimentId:
    """Return an id for a new experiment."""
    return ExperimentId(str(uuid.uuid4()))


def random_server_id() -> ServerId:
    """Return an id for one life of one server process."""
    return ServerId(str(uuid.uuid4()))
