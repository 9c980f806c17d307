"""The workers of a target: which there are, what they have, and how many there shall be."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ...domain.compute.job_spec import JobSpec
from ...domain.compute.limits import SPARE_KERNELS
from ...domain.compute.targets import TargetTest
from ...domain.exceptions import Conflict, Impossible
from ...domain.sizes import size_in_words
from ..engine import Host
from ..runner.gpus import known_gpus
from .dask_link import DESCRIBE, PACKAGES, DaskLink
from .dask_processes import START_S, WATCH_S, LocalProcesses
from .dask_queue import Machine, Queue
from .dask_status import Seen, resources_for

_LOG = logging.getLogger(__name__)

LOOK_AFTER_S = 5.0
"""How often workers that are not ours are looked at when nobody asks."""

LOOK_S = 2.0
"""For so long what the scheduler said of its workers is good enough."""

OTHERS_S = 1.0
"""How long the other workers of ours wait with their start, unless a job waits for one: the first
job starts its kernel in that time, which takes as long as a worker."""

FIND_S = 0.03
"""How often it is looked whether a worker of ours has come."""

TEST_S = 30.0
"""How long a trivial task may wait for a worker."""

RESTART_S = 20.0
"""How long a worker that is not ours may take to be started again."""

_NEEDED = ("ipykernel", "cloudpickle")


class DaskWorkers:
    """What is known of the workers; ours are started and ended here."""

    def __init__(
        self,
        link: DaskLink,
        host: Host,
        processes: LocalProcesses | None,
        queue: Queue,
        workers: int,
    ) -> None:
        self._link = link
        self._host = host
        self._processes = processes
        self._queue = queue
        self._wanted = 0
        self._about: dict[str, dict[str, Any]] = {}
        self._scheduler: dict[str, Any] = {}
        self._looked_at = 0.0
        self._has_dashboard = False
        self._first = asyncio.Event()
        self._asking: asyncio.Task[None] | None = None
        self._packages: dict[str, str] = {}
        self._finding: asyncio.Task[None] | None = None
        self._filling: asyncio.TimerHandle | None = None
        self._note = (host.folder / "here.txt", secrets.token_hex(16))
        self.see_files = processes is not None
        self.address = ""
        self.gone: Callable[[str | None, str | None], None]
        self.came: Callable[[], None]
        if processes is not None:
            self._wanted = workers
            processes.gone = self._process_gone
            self._set_machine()

    @property
    def are_ours(self) -> bool:
        """Whether we have started them."""
        return self._processes is not None

    @property
    def count(self) -> int:
        """How many workers of ours there are, or shall be."""
        return self._wanted

    @property
    def part_bytes(self) -> int:
        """Memory of a job that does not say, 0 where that is not ours to limit."""
        machine = self._queue.machine
        return (machine.memory_bytes or 0) // max(self._wanted, 1) if machine else 0

    async def open(self, send_through_dask: bool) -> None:
        """See what is there; of our own wait for the first only."""
        self._note[0].write_text(self._note[1], "utf-8")
        if self._processes is not None:
            self._finding = asyncio.ensure_future(self._find())
            # The first is there sooner if the others do not start beside it.
            await asyncio.wait_for(self._first.wait(), START_S)
            loop = asyncio.get_running_loop()
            self._filling = loop.call_later(OTHERS_S, self._fill_up)
        await self._look()
        if self._processes is None or self._processes.has_dashboard:
            self._has_dashboard = await self._link.has_dashboard()
        if not self.are_ours:
            self.see_files = bool(self._about) and all(
                each.get("sees_files") for each in self._about.values()
            )
        self.see_files = self.see_files and not send_through_dask

    async def close(self) -> None:
        """End ours; let go of others."""
        for task in (self._finding, self._asking, self._filling):
            if task is not None:
                task.cancel()
        self._filling = None
        if self._processes is None:
            await self._link.close()
        else:
            await self._link.drop()
            await self._processes.close()

    # Jobs

    def check(self, spec: JobSpec) -> None:
        """Raise ``Impossible`` if no worker of somebody else can ever run a job.

        Nothing is asked for it: while an answer came, a later job could get before this one.
        """
        if self.are_ours or not self._about:
            return
        needed = self.resources(spec) or {}
        workers = self._scheduler.get("workers", {}).values()
        if needed and not any(_has(each, needed) for each in workers):
            raise Impossible(
                f"No worker of {self.address} has {_in_words(needed)}. Ask for less, or start "
                "workers with these resources."
            )
        for name in _NEEDED[:1]:
            if all(name in each.get("missing", ()) for each in self._about.values()):
                raise Impossible(
                    f"The workers of {self.address} have no {name}. Install it there: "
                    f"pip install {name}"
                )

    def additions(self, spec: JobSpec) -> dict[str, Any]:
        """Return what the runner is told beside the job itself."""
        if not self.are_ours:
            return {}
        return {
            "spares": SPARE_KERNELS,
            "memory_bytes": spec.memory_bytes or self.part_bytes or None,
            "cpus": spec.cpus or 1,
        }

    def resources(self, spec: JobSpec) -> dict[str, float] | None:
        """Return what Dask shall count of what a job asks for."""
        if self.are_ours:
            return None
        return resources_for(spec, self._scheduler.get("workers", {}).values()) or None

    def release(self, address: str | None, is_sound: bool) -> None:
        """Take a worker of ours back after its job, unless it has to go.

        One that has lost its job may be dying just now: it is taken back if it lives on.
        """
        if self._processes is None or address is None:
            return
        if not is_sound:
            loop = asyncio.get_running_loop()
            loop.call_later(3 * WATCH_S, self._release_late, address)
            return
        name = self._name(address)
        if name in self._processes.workers and address not in self._queue.idle:
            if len(self._processes.workers) > self._wanted:
                self._queue.forget_worker(address)
                self._let_end(name)
            else:
                self._queue.idle.append(address)

    def _release_late(self, address: str) -> None:
        self.release(address, is_sound=True)
        self.came()

    async def look_after(self) -> None:
        """Notice workers of somebody else that have gone."""
        if not self.are_ours:
            await self._look(LOOK_AFTER_S)

    async def end(self, address: str) -> bool:
        """End a worker that does not answer, and return whether it has ended."""
        if self._processes is not None:
            self._queue.forget_worker(address)
            await self._processes.end_worker(self._name(address))
            self._fill_up()
            return True
        try:
            done = await asyncio.wait_for(
                self._link.client.restart_workers(
                    [address], timeout=RESTART_S, raise_for_error=False
                ),
                RESTART_S + 1,
            )
        except Exception as error:
            _LOG.warning("%s cannot be restarted: %s", address, error)
            return False
        return all(said in ("OK", "removed") for said in done.values())

    # How many

    def hurry(self) -> None:
        """Start the others now if they still wait: a job has no worker."""
        if self._filling is not None and self._queue.waiting:
            self._fill_up()

    async def scale(self, workers: int) -> None:
        """Ask for so many workers of ours; idle ones go at once, others after their job."""
        if self._processes is None:
            raise Conflict("Its workers are not ours: scale it where it was started.")
        self._wanted = workers
        self._set_machine()
        keep = set(self._queue.sessions.values())
        for address in sorted(self._queue.idle, key=lambda each: each in keep):
            if len(self._processes.workers) <= workers:
                break
            self._queue.forget_worker(address)
            await self._processes.end_worker(self._name(address))
        self._fill_up()
        self._looked_at = 0.0
        self._host.changed()

    def _set_machine(self) -> None:
        """What jobs may take together: never less than one processor for each worker."""
        from dask.system import CPU_COUNT

        old = self._queue.machine
        assert old is not None
        self._queue.machine = Machine(max(CPU_COUNT, self._wanted), old.memory_bytes, _gpus())

    def _fill_up(self) -> None:
        assert self._processes is not None
        if self._filling is not None:
            self._filling.cancel()
            self._filling = None
        while len(self._processes.workers) < self._wanted:
            self._processes.add_worker()
        if self._finding is None or self._finding.done():
            self._finding = asyncio.ensure_future(self._find())

    async def _find(self) -> None:
        """Find the addresses of our workers as they come."""
        assert self._processes is not None
        while True:
            said = await self._link.identity()
            self._scheduler = said
            known = set(self._processes.workers)
            new = False
            for address, about in said["workers"].items():
                if about["name"] in known and address not in self._about:
                    self._about[address] = {"name": about["name"]}
                    self._queue.idle.insert(0, address)
                    new = True
            if new:
                self._first.set()
                self.came()
            if known <= {each.get("name") for each in self._about.values()}:
                return
            await asyncio.sleep(FIND_S)

    def _process_gone(self, name: str | None) -> None:
        address = None
        if name is not None:
            address = next(
                (at for at, each in self._about.items() if each.get("name") == name), None
            )
            if address is not None:
                self._queue.forget_worker(address)
                del self._about[address]
            self._fill_up()
            self._host.changed()
        self.gone(name, address)

    def _let_end(self, name: str) -> None:
        assert self._processes is not None
        task = asyncio.ensure_future(self._processes.end_worker(name))
        task.add_done_callback(lambda done: self._host.changed())

    def _name(self, address: str) -> str:
        return str(self._about.get(address, {}).get("name", ""))

    # What they are

    async def _look(self, max_age_s: float = 0.0) -> None:
        """Ask the scheduler and the workers what there is, unless that was done just now."""
        if time.monotonic() - self._looked_at < max_age_s:
            return
        self._looked_at = time.monotonic()
        with suppress(Exception):
            self._scheduler = await asyncio.wait_for(self._link.identity(), 5.0)
            self.address = self._scheduler.get("address", self.address)
        path, content = self._note
        said = await self._link.run(DESCRIBE, self._link.package, str(path), content)
        there = self._scheduler.get("workers", {})
        for address in [at for at in self._about if at not in there]:
            name = str(self._about.pop(address).get("name", ""))
            if not self.are_ours:
                self._queue.forget_worker(address)
                self.gone(name, address)
        for address, about in there.items():
            known = self._about.setdefault(address, {})
            known |= {"name": str(about["name"])} | said.get(address, {})
        if self.are_ours:
            known_names = set(self._processes.workers) if self._processes else set()
            self._about = {at: e for at, e in self._about.items() if e["name"] in known_names}

    async def see(self) -> Seen:
        """Return what is known now, for the status."""
        await self._look(LOOK_S)
        if not self._packages and self._about and (not self._asking or self._asking.done()):
            # Takes 0.3 s of a worker: nobody waits for it.
            self._asking = asyncio.ensure_future(self._ask_packages())
        return Seen(
            scheduler=self._scheduler,
            about=self._about,
            packages=self._packages,
            has_dashboard=self._has_dashboard,
            machine=self._queue.machine,
            part_bytes=self.part_bytes,
            sees_files=self.see_files,
        )

    async def _ask_packages(self) -> None:
        said = await self._link.run(PACKAGES, workers=[next(iter(self._about))])
        self._packages = next(iter(said.values()), {})
        self._host.changed()

    async def test(self) -> TargetTest:
        """Run something trivial on a worker, by the way that jobs go."""
        await self._look()
        if not self._about:
            return TargetTest(False, "The scheduler answers, but it has no workers. Start some.")
        start = time.monotonic()
        path, content = self._note
        try:
            future = self._link.client.submit(
                DESCRIBE, None, str(path), content, pure=False, retries=0
            )
            said = await asyncio.wait_for(self._link.client.gather(future), TEST_S)
        except asyncio.TimeoutError:
            return TargetTest(
                False, f"No worker ran a trivial task within {TEST_S:.0f} s: all may be busy."
            )
        took_s = time.monotonic() - start
        if not self._packages:
            await self._ask_packages()
        seen = await self.see()
        missing = sorted({name for each in seen.about.values() for name in each.get("missing", ())})
        detail = f"{len(seen.about)} workers, Python {said['python']}."
        if not seen.has_dashboard and (not self._processes or self._processes.has_dashboard):
            detail += " Dask's own page is not there: its scheduler has no bokeh."
        if missing:
            detail = f"Workers lack {', '.join(missing)}: pip install {' '.join(missing)}"
        return TargetTest(not missing, detail, took_s, said["python"], dict(seen.packages), missing)


def _has(worker: dict[str, Any], needed: Mapping[str, float]) -> bool:
    there = worker.get("resources") or {}
    return all(there.get(name, 0) >= amount for name, amount in needed.items())


def _in_words(needed: Mapping[str, float]) -> str:
    return " and ".join(
        f"{size_in_words(int(amount))} of {name}"
        if name.lower() == "memory"
        else f"{amount:g} {name}"
        for name, amount in needed.items()
    )


def _gpus() -> int:
    """Return how many GPUs jobs of this machine may use; the runner gives them out."""
    return len(known_gpus())
