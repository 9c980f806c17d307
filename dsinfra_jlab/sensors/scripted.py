"""GPUs that do what a script says: for tests, demonstrations and screenshots without a GPU.

A script is JSON: a list of scenes, shown one after the other and over again::

    [{"for_s": 5, "gpus": [{"uuid": "GPU-1", "index": 0, "name": "A100", "util_ratio": 0.9,
      "memory_used_bytes": 30000000000, "memory_total_bytes": 80000000000,
      "holdings": [{"child": 0, "memory_bytes": 20000000000},
                   {"pid": 0, "memory_bytes": 10000000000}]}]},
     {"for_s": 2, "absent": "The driver of the GPU is not loaded."}]

``child`` counts the processes that this server has started, oldest first: its kernels. Without
``holdings`` the driver does not say who holds memory; ``minor`` is the number of the GPU's file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from ..domain.resources.samples import GpuHolding, GpuReading, GpuSample, GpuSlowdown

_FIELDS = {each.name for each in fields(GpuSample)} - {"owners"}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be read for a while."""

    for_s: float
    readings: tuple[GpuReading, ...] = ()
    children: dict[tuple[int, int], int] = field(default_factory=dict)
    """By GPU and holding, both counted from 0, which child of this server holds it."""
    absent: str = ""


class ScriptedGpus:
    """Plays scenes; a sensor like the one of a real driver."""

    def __init__(self, scenes: Sequence[Scene], clock: Callable[[], float] = monotonic) -> None:
        if not scenes or any(scene.for_s <= 0 for scene in scenes):
            raise ValueError("A script needs scenes, each of some seconds.")
        self._scenes = tuple(scenes)
        self._clock = clock
        self._begun_s = clock()
        self.is_close = False
        """Whether somebody wants to look closely; for tests."""

    @classmethod
    def of(cls, path: Path) -> ScriptedGpus:
        """Return the GPUs of a script in a file.

        Raises
        ------
        OSError
            The file cannot be read.
        ValueError
            It is no script.
        """
        return cls(read_script(path.read_text("utf-8")))

    def start(self) -> None:
        """Begin with the first scene."""
        self._begun_s = self._clock()

    def stop(self) -> None:
        """Do nothing: there is no driver to let go of."""

    def latest(self) -> Sequence[GpuReading]:
        """Return the readings of the present scene."""
        scene = self._scene()
        if not scene.children:
            return scene.readings
        pids = _children()
        return [
            replace(reading, holdings=_held(reading.holdings, gpu, scene.children, pids))
            for gpu, reading in enumerate(scene.readings)
        ]

    def absent(self) -> str:
        """Return why there is nothing to read in the present scene."""
        return self._scene().absent

    def look_closely(self, is_close: bool) -> None:
        """Note how closely to look; scenes do not depend on it."""
        self.is_close = is_close

    def pause(self, is_paused: bool) -> None:
        """Go on: scenes follow the clock."""

    def tick_p95_s(self) -> float | None:
        """Return nothing: a script has no driver that would cost anything."""
        return None

    def _scene(self) -> Scene:
        at_s = (self._clock() - self._begun_s) % sum(scene.for_s for scene in self._scenes)
        for scene in self._scenes:
            at_s -= scene.for_s
            if at_s < 0:
                return scene
        return self._scenes[-1]


def read_script(text: str) -> list[Scene]:
    """Return the scenes of a script; raises ``ValueError`` if it is none."""
    try:
        return [_scene(scene) for scene in json.loads(text)]
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"This is no script of GPUs: {error}") from error


def _scene(scene: dict[str, Any]) -> Scene:
    children: dict[tuple[int, int], int] = {}
    readings: list[GpuReading] = []
    for gpu, given in enumerate(scene.get("gpus", ())):
        holdings, minor = given.pop("holdings", None), given.pop("minor", None)
        for place, holding in enumerate(holdings or ()):
            if "child" in holding:
                children[gpu, place] = int(holding["child"])
        held = tuple(_holding(h) for h in holdings) if holdings is not None else None
        readings.append(GpuReading(_sample(given), held, minor))
    return Scene(float(scene["for_s"]), tuple(readings), children, str(scene.get("absent", "")))


def _holding(given: dict[str, Any]) -> GpuHolding:
    return GpuHolding(int(given.get("pid", 0)), given.get("memory_bytes"), given.get("util_ratio"))


def _sample(given: dict[str, Any]) -> GpuSample:
    unknown = given.keys() - _FIELDS
    if unknown:
        raise ValueError(f"A GPU has no {sorted(unknown)[0]!r}.")
    values: dict[str, Any] = dict.fromkeys(_FIELDS)
    values.update(owners=[], absent={}, age_s=0.0, index=0, name="GPU")
    values.update(given)
    slowed_by = values["slowed_by"]
    values["slowed_by"] = None if slowed_by is None else [GpuSlowdown(why) for why in slowed_by]
    return GpuSample(**values)


def _held(
    holdings: tuple[GpuHolding, ...] | None,
    gpu: int,
    children: dict[tuple[int, int], int],
    pids: Sequence[int],
) -> tuple[GpuHolding, ...] | None:
    """Return holdings with the numbers of the processes that are there; others are left out."""
    if holdings is None:
        return None
    found: list[GpuHolding] = []
    for place, holding in enumerate(holdings):
        child = children.get((gpu, place))
        if child is None:
            found.append(holding)
        elif child < len(pids):
            found.append(replace(holding, pid=pids[child]))
    return tuple(found)


def _children() -> list[int]:
    try:
        children = psutil.Process().children()
    except psutil.Error:
        return []
    return [child.pid for child in sorted(children, key=lambda child: child.create_time())]
