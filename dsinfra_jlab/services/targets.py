"""What a person does with targets: look, add, change, start, stop, try."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from ..domain.compute import limits
from ..domain.compute.targets import (
    Engines,
    NewTarget,
    Target,
    TargetPatch,
    TargetRecord,
    Targets,
    TargetState,
    TargetStatus,
    TargetTest,
)
from ..domain.events import EventListener, TargetsChanged
from ..domain.exceptions import BadInput, Conflict, DsinfraError, NotFound
from .compute_ports import Compute, JobStore
from .target_options import check_options, with_sizes

KEPT_S = 1.0
"""How long targets are kept that were read: a job asks for its own four times. What this server
changes is seen at once, what another one changes after so long."""

LOCAL_ENGINE = "dask"
"""The engine of the target that is always there."""

NAMED_MAX = 10
"""Targets that are named to who asks for one that is not there."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TAKEN_NAMES = ("engines",)
"""Paths of the API below ``targets/``."""

Act = Callable[[TargetRecord], Coroutine[Any, Any, Any]]


class TargetService:
    """The use cases of targets.

    A target that was added or changed is kept in the store; it outranks one of the same name in
    the configuration, and that the one that is always there.

    Parameters
    ----------
    home
        Whose targets these are; see ``JobRecord.home``.
    configured
        Targets of the server's configuration.
    """

    def __init__(
        self,
        store: JobStore,
        compute: Compute,
        home: str,
        configured: Sequence[TargetRecord],
        publish: EventListener,
        log: logging.Logger,
    ) -> None:
        self._store = store
        self._compute = compute
        self._home = home
        self._given = {limits.LOCAL_TARGET: TargetRecord(limits.LOCAL_TARGET, LOCAL_ENGINE)}
        self._given |= {record.name: record for record in configured}
        self._publish = publish
        self._log = log
        self._starts: dict[str, asyncio.Task[TargetStatus]] = {}
        self._stops: dict[str, asyncio.Task[None]] = {}
        self._failures: dict[str, str] = {}
        self._kept: list[TargetRecord] = []
        self._kept_until_s = 0.0
        self._changes = 0
        """How often this server has changed what is stored."""
        compute.listen_targets(self._changed)

    async def stop_waiting(self) -> None:
        """Let go of what is being started or stopped; it goes on by itself."""
        for task in [*self._starts.values(), *self._stops.values()]:
            task.cancel()

    # Looking

    def engines(self) -> Engines:
        """Return the engines that are installed, and known ones that are not."""
        return Engines(self._compute.engines())

    async def records(self) -> list[TargetRecord]:
        """Return every target as it is kept, ``local`` first, then by name."""
        known = {**self._given, **{each.name: each for each in await self._stored()}}
        return sorted(known.values(), key=lambda each: (not _is_local(each.name), each.name))

    async def record(self, name: str) -> TargetRecord:
        """Return one target as it is kept; raises ``NotFound``."""
        records = await self.records()
        for each in records:
            if each.name == name:
                return each
        there = ", ".join(each.name for each in records[:NAMED_MAX])
        raise NotFound(f"There is no target {name[:100]!r}. Those there are: {there}.")

    async def targets(self) -> Targets:
        """Return every target, ``local`` first."""
        records = await self.records()
        return Targets(list(await asyncio.gather(*map(self._shown, records))))

    async def target(self, name: str) -> Target:
        """Return one target; raises ``NotFound``."""
        return await self._shown(await self.record(name))

    # Changing

    async def add(self, new: NewTarget) -> Target:
        """Add a target, and return it.

        Raises
        ------
        BadInput
            The name or an option is wrong.
        Conflict
            There is a target of this name, or there are too many.
        NotFound
            There is no such engine.
        """
        record = TargetRecord(
            new.name, new.engine, dict(new.options), new.price_per_hour, new.currency
        )
        return await self.register(record, is_new=True)

    async def register(self, record: TargetRecord, *, is_new: bool) -> Target:
        """Keep a target, and return it; unless it has to be new, over one of the same name."""
        check_name(record.name)
        record = self._checked(record)
        known = await self.records()
        if is_new and any(each.name == record.name for each in known):
            raise Conflict(f"There is a target {record.name!r} already. Take another name.")
        if len(known) >= limits.TARGETS_MAX:
            raise Conflict(f"There are {limits.TARGETS_MAX} targets. Remove one of them first.")
        await self._save(record)
        self._changed(record.name)
        return await self._shown(record)

    async def patch(self, name: str, patch: TargetPatch) -> Target:
        """Change a target, and return it as it then is; raises ``NotFound``, ``BadInput``."""
        record = await self.record(name)
        changes: dict[str, Any] = {
            field: value
            for field in ("options", "price_per_hour", "currency")
            if (value := getattr(patch, field)) is not None
        }
        record = self._checked(replace(record, **changes))
        await self._save(record)
        self._changed(name)
        return await self._shown(record)

    async def remove(self, name: str) -> None:
        """Stop a target and forget it; raises ``NotFound``, ``Conflict``."""
        await self.record(name)
        if name in self._given:
            raise Conflict(
                f"{name} is always there. Stop it instead, or change its options."
                if _is_local(name)
                else f"{name} stands in the server's configuration. Remove it there."
            )
        await self._compute.stop(name)
        try:
            await self._store.delete_target(self._home, name)
        finally:
            self._forget()
        self._failures.pop(name, None)
        self._changed(name)

    # At work

    async def start(self, name: str) -> Target:
        """Begin to start a target; raises ``NotFound``."""
        record = await self.record(name)
        self._begin_start(record)
        return await self._shown(record)

    async def ready(self, name: str) -> TargetStatus:
        """Return how a target stands once it runs; it is started if it does not.

        Raises
        ------
        NotFound
            There is no such target.
        Unavailable
            It cannot be started or reached.
        """
        record = await self.record(name)
        return await asyncio.shield(self._begin_start(record))

    def is_starting(self, name: str) -> bool:
        """Return whether a target is being started."""
        return name in self._starts

    async def stop(self, name: str) -> Target:
        """Begin to stop a target; raises ``NotFound``."""
        record = await self.record(name)
        if name not in self._stops:
            task = asyncio.create_task(self._compute.stop(name), name=f"dsinfra stop {name}")
            self._stops[name] = task
            task.add_done_callback(lambda done: self._over(name, self._stops, done))
            self._changed(name)
        return await self._shown(record)

    async def scale(self, name: str, workers: int) -> Target:
        """Ask for so many workers; raises ``NotFound``."""
        record = await self.record(name)
        await self._compute.scale(name, workers)
        self._changed(name)
        return await self._shown(record)

    async def test(self, name: str) -> TargetTest:
        """Start or reach a target, and try it; raises ``NotFound``."""
        record = await self.record(name)
        try:
            return await self._compute.test(self._readable(record))
        except DsinfraError as error:
            return TargetTest(False, error.message)
        finally:
            self._changed(name)

    # Inside

    async def _start(self, record: TargetRecord) -> TargetStatus:
        return await self._compute.start(self._readable(record))

    def _begin_start(self, record: TargetRecord) -> asyncio.Task[TargetStatus]:
        name = record.name
        task = self._starts.get(name)
        if task is None:
            self._failures.pop(name, None)
            task = asyncio.create_task(self._start(record), name=f"dsinfra start {name}")
            self._starts[name] = task
            task.add_done_callback(lambda done: self._over(name, self._starts, done))
            self._changed(name)
        return task

    def _over(self, name: str, tasks: dict[str, Any], done: asyncio.Task[Any]) -> None:
        """Note how a start or a stop went."""
        tasks.pop(name, None)
        error = None if done.cancelled() else done.exception()
        if isinstance(error, DsinfraError):
            self._failures[name] = error.message
        elif error is not None:
            self._log.error("dsinfra: the target %s failed", name, exc_info=error)
            self._failures[name] = f"It failed with {type(error).__name__}; see the server's log."
        self._changed(name)

    async def _shown(self, record: TargetRecord) -> Target:
        status, state, detail = await self._stand_of(record.name)
        return Target(
            name=record.name,
            engine=record.engine,
            options=record.options,
            state=state,
            detail=detail,
            capacity=status.capacity if status is not None else None,
            workers=list(status.workers) if status is not None else [],
            capabilities=self._compute.capabilities(record),
            is_builtin=_is_local(record.name),
            dashboard_url=status.dashboard_url if status is not None else None,
            client_code=status.client_code if status is not None else None,
            python=status.python if status is not None else None,
            price_per_hour=record.price_per_hour,
            currency=record.currency,
            registered_by=record.registered_by,
        )

    async def _stand_of(self, name: str) -> tuple[TargetStatus | None, TargetState, str]:
        """Return what an agent says, with the state and the sentence that go with it."""
        if name in self._starts:
            return None, TargetState.starting, ""
        if name in self._stops:
            return None, TargetState.stopping, ""
        try:
            status = await self._compute.status(name)
        except DsinfraError as error:
            return None, TargetState.failed, error.message
        if status is not None:
            return status, TargetState.running, ""
        failure = self._failures.get(name)
        if failure is not None:
            return None, TargetState.failed, failure
        return None, TargetState.stopped, ""

    def _readable(self, record: TargetRecord) -> TargetRecord:
        """Return a target as its engine reads it: those of the configuration are as written."""
        for engine in self._compute.engines():
            if engine.name == record.engine:
                return replace(record, options=with_sizes(engine.options_schema, record.options))
        return record

    def _checked(self, record: TargetRecord) -> TargetRecord:
        """Return a target as its engine reads it, if it fits what the engine says of itself."""
        engines = {each.name: each for each in self._compute.engines()}
        info = engines.get(record.engine)
        if info is None:
            known = ", ".join(engines) or "none"
            raise NotFound(f"There is no engine {record.engine[:50]!r}; known are {known}.")
        if not info.is_available:
            raise Conflict(f"{info.label} cannot be used: {info.detail}")
        record = replace(record, options=with_sizes(info.options_schema, record.options))
        check_options(info.options_schema, record.options)
        return record

    def _changed(self, name: str) -> None:
        self._publish(TargetsChanged(frozenset((name,))))

    async def _stored(self) -> list[TargetRecord]:
        if time.monotonic() < self._kept_until_s:
            return self._kept
        changes = self._changes
        found = await self._store.targets(self._home)
        if changes == self._changes:
            self._kept, self._kept_until_s = found, time.monotonic() + KEPT_S
        return found

    async def _save(self, record: TargetRecord) -> None:
        try:
            await self._store.save_target(self._home, record)
        finally:
            self._forget()

    def _forget(self) -> None:
        """Read what is stored anew; what is being read now may be from before."""
        self._changes += 1
        self._kept_until_s = 0.0


def _is_local(name: str) -> bool:
    return name == limits.LOCAL_TARGET


def check_name(name: str) -> None:
    """Refuse what cannot be a target's name; raises ``BadInput``."""
    is_fine = _NAME.fullmatch(name) is not None and len(name) <= limits.TARGET_NAME_MAX_CHARS
    if not is_fine or name in _TAKEN_NAMES:
        raise BadInput(
            "A target's name has letters, digits, -, _ and . only, begins with a letter or digit, "
            f"has at most {limits.TARGET_NAME_MAX_CHARS} characters and is not `engines`.",
            {"field": "name"},
        )
