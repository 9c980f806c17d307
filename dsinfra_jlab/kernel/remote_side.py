"""What a kernel does for jobs: pack what a cell needs, take it in, send back, and take back.

``pack`` and ``land`` run in the notebook's kernel, ``take_in``,
``run_items`` and ``send_back`` in the job's.
Each takes and returns text of JSON and never raises: they are called from outside, and what goes
wrong is told in the answer. Nothing is half done: a parcel is there whole or not at all, and
names come into the namespace all together.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from .parcel_cloud import look_in
from .parcel_reading import Damaged, Refusal, Unreadable
from .parcel_search import text_of
from .remote_landing import Landing
from .remote_marks import Marks
from .remote_packing import Packing
from .remote_returning import Returning
from .remote_turn import Turn


class RemoteSide:
    """The part of the probe that jobs need; it is made with the first request."""

    def __init__(self, shell: Any, tell: Callable[[dict[str, Any]], None]) -> None:
        self._shell = shell
        marks = Marks()
        self._packing = Packing(shell, marks)
        self._landing = Landing(shell, marks, tell)
        self._returning = Returning(shell)

    def pack(self, request: str) -> str:
        """Write what a cell needs into ``sent`` of the job's folder."""
        return answer_to(self._packing.pack, request)

    def land(self, request: str) -> str:
        """Take what a job has brought back into the namespace."""
        return answer_to(self._landing.land, request)

    def take_in(self, folder: str, is_clean: bool = False) -> str:
        """Take what was sent into the namespace of this job's kernel.

        ``is_clean`` removes before what earlier jobs have left there.
        """
        request = {"folder": folder, "is_clean": is_clean}
        return answer_to(self._returning.take_in, json.dumps(request))

    def run_items(self, request: str) -> str:
        """Run items of a map, each from its own ``sent`` to its own ``returned``."""
        return answer_to(
            lambda given: Turn(self._shell, self._returning, guarded, given).run(), request
        )

    def send_back(self, request: str) -> str:
        """Write what a cell has left behind into ``returned`` of the job's folder."""
        return answer_to(self._returning.send_back, request)


def answer_to(do: Callable[[dict[str, Any]], dict[str, Any]], request: str) -> str:
    """Return, as JSON, what comes of a request; what goes wrong is told in it."""

    def answer() -> dict[str, Any]:
        given = json.loads(request)
        look_in(given.get("cloudpickle"))
        return do(given)

    return json.dumps(guarded(answer))


def guarded(do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return an answer; what goes wrong is told in it."""
    try:
        return do()
    except KeyboardInterrupt:
        return _failed("It was interrupted; nothing was done.", is_interrupted=True)
    except Damaged as failure:
        return _failed(f"The parcel cannot be used: {failure}.")
    except Unreadable as failure:
        return _failed(f"{failure.name} cannot be made here: {text_of(failure.reason)}")
    except OSError as failure:
        place = f" ({os.path.basename(str(failure.filename))})" if failure.filename else ""
        return _failed(f"The job's folder cannot be used: {failure.strerror or failure}{place}.")
    except Refusal as failure:
        return _failed(str(failure))
    except MemoryError:
        return _failed("There is not enough memory for it.")
    except Exception as failure:
        return _failed(text_of(failure))


def _failed(error: str, **more: Any) -> dict[str, Any]:
    return {"ok": False, "error": error, "items": [], "names": [], **more}
