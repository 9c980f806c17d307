"""W&B without its service: ``offline``, files that ``wandb sync`` would send."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_CONSOLE="off")

import wandb
from run_values import EXPERIMENT, TAGS, metrics, params, value
from wandb.proto import wandb_internal_pb2

_current: list[Any] = []

_FILE_HEADER_BYTES = 7
_BLOCK_BYTES = 32_768
_HEADER = struct.Struct("<IHB")
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


def start(folder: str) -> Callable[[int], None]:
    run = wandb.init(project=EXPERIMENT, dir=folder)
    _current.append(run)
    log = run.log
    return lambda step: log({"loss": value(step)}, step=step)


def close() -> None:
    _current.pop().finish()


def write_run(number: int) -> None:
    tags = [f"{key}:{word}" for key, word in TAGS.items()]
    run = wandb.init(project=EXPERIMENT, dir=os.getcwd(), config=params(number), tags=tags)
    run.log(metrics(number))
    run.finish()


def flush_runs() -> None:
    """``finish`` has stored already."""


def stored(folder: str) -> int:
    """Count the points in its file, whose records are laid out as in LevelDB's log."""
    (file,) = Path(folder).glob("wandb/offline-run-*/run-*.wandb")
    count = 0
    for body in _records(file.read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(body)
        count += record.WhichOneof("record_type") == "history"
    return count


def _records(data: bytes) -> Iterator[bytes]:
    at, parts = _FILE_HEADER_BYTES, b""
    while at + _HEADER.size <= len(data):
        left = _BLOCK_BYTES - at % _BLOCK_BYTES
        if left < _HEADER.size:
            at += left
            continue
        _, length, kind = _HEADER.unpack_from(data, at)
        body = data[at + _HEADER.size : at + _HEADER.size + length]
        if kind == 0 or len(body) < length:
            return
        at += _HEADER.size + length
        parts = body if kind in (_FULL, _FIRST) else parts + body
        if kind in (_FULL, _LAST):
            yield parts
