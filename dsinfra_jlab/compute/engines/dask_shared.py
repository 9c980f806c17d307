"""What the items of a map share, on its way through Dask: sent once, kept while items need it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from distributed import Future

from ...domain.compute.jobs import JobId
from .dask_link import DaskLink
from .dask_parcel import digests, files_to_send


class SharedFiles:
    """The files of maps that lie on workers; Dask itself brings them from one to the next."""

    def __init__(self, link: DaskLink) -> None:
        self._link = link
        self._sent: dict[str, asyncio.Task[tuple[dict[str, str], list[Future]]]] = {}

    async def of(self, job_id: JobId, folder: Path) -> tuple[dict[str, str], list[Future]]:
        """Return the digests of the files in a folder, and what stands for them on Dask.

        The job is the one in whose log the way is told, if they have to be sent.

        Raises
        ------
        OSError
            One cannot be read.
        """
        known = self._sent.get(folder.name)
        if known is not None and known.done() and not _is_there(known):
            known = None
        if known is None:
            known = asyncio.ensure_future(self._send(job_id, folder))
            self._sent[folder.name] = known
        return await asyncio.shield(known)

    def drop(self, name: str) -> None:
        """Let go of what no item needs any more."""
        sent = self._sent.pop(name, None)
        if sent is not None:
            sent.add_done_callback(_release)

    async def _send(self, job_id: JobId, folder: Path) -> tuple[dict[str, str], list[Future]]:
        files = await asyncio.to_thread(files_to_send, folder)
        found = await asyncio.to_thread(digests, files)
        return found, await self._link.scatter(job_id, files, None)


def _is_there(sent: asyncio.Task[tuple[dict[str, str], list[Future]]]) -> bool:
    """Return whether files that were sent are still on a worker."""
    if sent.cancelled() or sent.exception() is not None:
        return False
    return all(each.status == "finished" for each in sent.result()[1])


def _release(sent: asyncio.Task[tuple[dict[str, str], list[Future]]]) -> None:
    if not sent.cancelled() and sent.exception() is None:
        for each in sent.result()[1]:
            each.release()
