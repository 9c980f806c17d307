"""From asyncio to the store's own threads: what every answer of the store goes through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import Connection

from ..domain import limits
from ..domain.clock import Clock
from ..domain.exceptions import DsinfraError, Unavailable
from ..domain.storable import storable_text
from .engine import READERS, parse_url
from .failures import Failure, classify, explain
from .filesystem import MOUNTINFO
from .inbox import Inbox
from .opening import Opening
from .threads import Readers
from .writer import Pace, Writer
from .written import Written

__all__ = ["Calls", "answer", "stored_id"]

T = TypeVar("T")


class Calls:
    """Runs functions on connections of the database: readers many, writers one.

    Nothing here blocks: a database that hangs or is away costs its callers an
    ``Unavailable``.

    Raises
    ------
    BadInput
        The URL is wrong.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        pace: Pace = Pace(),  # noqa: B008 - it is frozen
        pending_max_bytes: int = limits.PENDING_MAX_BYTES,
        mountinfo: Path = MOUNTINFO,
        opening: Opening | None = None,
    ) -> None:
        self._clock = clock
        self._inbox = Inbox(pending_max_bytes)
        self._writer = Writer(parse_url(url), clock, self._inbox, pace, mountinfo, opening)
        self._readers = Readers(READERS, "dsinfra-store-reader")

    def _local_now(self) -> datetime:
        """Return now in the time zone of this machine, in which people mean their dates."""
        return self._clock.now().astimezone()

    async def _read(self, function: Callable[[Connection], T]) -> T:
        """Run ``function`` in a reader's thread, within one transaction."""
        opened = self._writer.usable(is_to_write=False)

        def read() -> T:
            with opened.engines.reader.begin() as connection:
                return function(connection)

        return await self._do(read)

    async def _write(self, function: Callable[[Connection, Written], T]) -> T:
        """Run ``function`` in the writer's thread, within one transaction."""
        self._writer.usable(is_to_write=True)
        return await answer(self._inbox.submit(function))

    async def _do(self, function: Callable[[], T]) -> T:
        try:
            return await answer(self._readers.submit(function))
        except DsinfraError:
            raise
        except Exception as error:
            failure = classify(error)
            if failure is Failure.bad:
                raise
            if failure is Failure.broken:
                self._writer.report_damage(explain(error))
            raise Unavailable(f"The store cannot be read: {explain(error)}. Try again.") from error


KeyT = TypeVar("KeyT", bound="str | None")


def stored_id(given: KeyT) -> KeyT:
    """Return an id as it would be stored: what is asked for comes from anyone."""
    return given if given is None else cast(KeyT, storable_text(given))


async def answer(future: Future[T]) -> T:
    """Return the result, or raise ``Unavailable`` when it does not come.

    Not by ``asyncio.wait_for``: before Python 3.12 it swallows a cancellation that arrives
    together with the result, and whoever has cancelled waits for a task that goes on.
    """
    waiting = asyncio.wrap_future(future)
    try:
        await asyncio.wait((waiting,), timeout=limits.STORE_ANSWER_S)
    finally:
        is_there = waiting.done()
        if not is_there:
            waiting.cancel()
    if not is_there:
        raise Unavailable(
            f"The store has not answered within {limits.STORE_ANSWER_S:.0f} s. Try again later."
        )
    return waiting.result()
