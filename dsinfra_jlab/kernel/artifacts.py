"""Streams files and bytes to the server in parts, no faster than it takes them."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import os
import stat
import uuid
from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO

from . import limits
from .questions import NoAnswer, Question, Refused
from .recorder import Recorder
from .recordings import Recording

_UNCONFIRMED = (
    "dsinfra: no server has confirmed the artifact {name!r} within {seconds:g} s; "
    "it may not have been kept."
)
_ALONE = (
    "dsinfra: the artifact {name!r} was not kept: artifacts are taken from the kernel's own "
    "process, or from a script that is recorded, and this is neither."
)


def send_path(recorder: Recorder, path: str, name: str | None) -> None:
    """Send a file, or every file below a folder.

    Raises
    ------
    FileNotFoundError, PermissionError
        If it is not there or cannot be read.
    ValueError
        If it is no regular file, too large, or a folder of too many files.
    """
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        root = name or os.path.basename(os.path.abspath(path))
        for below, relative in _files_below(path):
            _send_file(recorder, below, f"{root}/{relative}")
    elif stat.S_ISREG(mode):
        _send_file(recorder, path, name or os.path.basename(path))
    else:
        raise ValueError(f"{path} is no regular file, so it has no end to record")


def _files_below(folder: str) -> list[tuple[str, str]]:
    """Return the regular files below a folder and their names in it."""
    found = []
    for place, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = os.path.join(place, file)
            if os.path.isfile(path):
                found.append((path, os.path.relpath(path, folder).replace(os.sep, "/")))
            if len(found) > limits.FOLDER_MAX_FILES:
                raise ValueError(
                    f"{folder} has more than {limits.FOLDER_MAX_FILES:,} files; "
                    "pack them into one archive and log that"
                )
    return found


def _send_file(recorder: Recorder, path: str, name: str) -> None:
    with open(path, "rb") as file:
        size_bytes = os.fstat(file.fileno()).st_size
        _check_size(name, size_bytes)
        _Upload(recorder, name).send(file)


def send_bytes(recorder: Recorder, body: Any, name: str) -> None:
    """Send bytes under a name.

    Raises
    ------
    ValueError
        If there are too many.
    """
    view = memoryview(body).cast("B")
    _check_size(name, len(view))
    _Upload(recorder, name).send(io.BytesIO(view))


def _check_size(name: str, size_bytes: int) -> None:
    if size_bytes > limits.ARTIFACT_MAX_BYTES:
        raise ValueError(
            f"{name} has {size_bytes:,} bytes; the largest artifact has "
            f"{limits.ARTIFACT_MAX_BYTES:,}. Keep it where it is and log its path as a parameter"
        )


class _Upload:
    """One artifact on its way."""

    def __init__(self, recorder: Recorder, name: str) -> None:
        self._recorder = recorder
        self._recording: Recording = recorder.attribution.current()
        self._name = name
        self._id = uuid.uuid4().hex
        self._media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._asked: deque[Question] = deque()
        self._digest = hashlib.sha256()
        self._size_bytes = 0

    def send(self, file: BinaryIO) -> None:
        if not self._recorder.is_on:
            self._recorder.say_off()
            return
        questions = self._recorder.questions
        if not questions.can_be_answered:
            self._recorder.say_once("alone", _ALONE.format(name=self._name))
            return
        try:
            confirmation = questions.expect(self._id)
            for number, (part, is_last) in enumerate(_parts(file)):
                self._send_part(number, part, is_last)
                if not is_last:
                    self._keep_pace(number + 1)
            confirmation.wait(questions.patience(limits.QUESTION_TIMEOUT_S))
        except NoAnswer:
            self._warn()
        except Refused as refusal:
            raise ValueError(f"the server does not keep {self._name!r}: {refusal}") from None
        finally:
            questions.forget(self._id, *(each.id for each in self._asked))

    def _send_part(self, number: int, part: bytes, is_last: bool) -> None:
        self._digest.update(part)
        self._size_bytes += len(part)
        _check_size(self._name, self._size_bytes)
        event = {
            "kind": "artifact",
            "artifact": self._id,
            "name": self._name,
            "media_type": self._media_type,
            "number": number,
            "is_last": is_last,
        }
        if is_last:
            event["size_bytes"] = self._size_bytes
            event["digest"] = f"sha256:{self._digest.hexdigest()}"
        self._recorder.emit(event, self._recording, part)
        self._recorder.reporter.flush()

    def _keep_pace(self, sent: int) -> None:
        """Wait until not too many parts are on their way."""
        questions = self._recorder.questions
        if sent % limits.ARTIFACT_ASK_PARTS:
            return
        question = questions.expect(uuid.uuid4().hex)
        questions.put(question, "received", {"artifact": self._id})
        self._asked.append(question)
        if len(self._asked) * limits.ARTIFACT_ASK_PARTS >= limits.ARTIFACT_MAX_PARTS_ON_WAY:
            self._asked.popleft().wait(questions.patience(limits.QUESTION_TIMEOUT_S))

    def _warn(self) -> None:
        self._recorder.say_once(
            f"artifact {self._id}",
            _UNCONFIRMED.format(name=self._name, seconds=limits.QUESTION_TIMEOUT_S),
        )


def _parts(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield the content in parts, each with whether it is the last; an empty file has one."""
    part = file.read(limits.ARTIFACT_PART_BYTES)
    while True:
        following = file.read(limits.ARTIFACT_PART_BYTES)
        yield part, not following
        if not following:
            return
        part = following
