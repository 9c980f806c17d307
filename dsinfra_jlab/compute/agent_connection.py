"""One server that is connected to an agent: its requests, and what it is told unasked."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.compute.jobs import JobId
from ..domain.exceptions import BadInput, DsinfraError, ErrorCode, NotPermitted

if TYPE_CHECKING:
    from .agent_server import Agent

_LOG = logging.getLogger(__name__)


class Connection:
    """Answers requests side by side, so that a slow one holds up no other."""

    def __init__(
        self,
        agent: Agent,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        gone: Callable[[Connection], None],
    ) -> None:
        self._agent = agent
        self._reader = reader
        self._writer = writer
        self._gone = gone
        self._is_known = False
        self._news: dict[JobId, tuple[int, bool]] = {}
        self._status_is_news = False
        self._has_news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._main = asyncio.ensure_future(self._live())

    def grown(self, job_id: JobId, seq: int, is_behind: bool) -> None:
        """Tell that a log has grown. A slow reader gets the newest number only."""
        self._news[job_id] = (seq, is_behind)
        self._has_news.set()

    def status_changed(self) -> None:
        """Tell that the status of the target is another one."""
        self._status_is_news = True
        self._has_news.set()

    async def close(self) -> None:
        """Let answers that are under way get out, then end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        self._main.cancel()
        await asyncio.wait([self._main])

    async def _live(self) -> None:
        telling = asyncio.ensure_future(self._tell())
        try:
            while line := await self._reader.readline():
                task = asyncio.ensure_future(self._answer(line))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except (OSError, ValueError):
            _LOG.warning("A connection has broken", exc_info=True)
        finally:
            telling.cancel()
            self._gone(self)
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def _tell(self) -> None:
        with suppress(OSError):
            while True:
                await self._has_news.wait()
                self._has_news.clear()
                news, self._news = self._news, {}
                has_status, self._status_is_news = self._status_is_news, False
                if not self._is_known:
                    continue
                for job_id, (seq, is_behind) in news.items():
                    more = {"is_behind": True} if is_behind else {}
                    self._write({"grown": job_id, "seq": seq, **more})
                if has_status:
                    self._write({"status": "changed"})
                await self._writer.drain()

    def _write(self, message: dict[str, Any]) -> None:
        self._writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    async def _answer(self, line: bytes) -> None:
        number: Any = None
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise BadInput("A request is a JSON object.")
            number = request.get("id")
            reply = {"id": number, "ok": await self._do(request)}
        except DsinfraError as error:
            reply = {"id": number, "error": {"code": error.code.value, "message": error.message}}
        except ValueError as error:
            reply = {"id": number, "error": {"code": "bad_input", "message": str(error)}}
        except Exception as error:
            _LOG.exception("A request has failed")
            text = f"The agent has failed: {type(error).__name__}: {error}"
            reply = {"id": number, "error": {"code": ErrorCode.failed.value, "message": text}}
        with suppress(OSError):
            self._write(reply)
            await self._writer.drain()

    async def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        word = request.get("do")
        if word == "hello":
            if not hmac.compare_digest(str(request.get("token")), self._agent.token):
                raise NotPermitted("That is not the token of this agent.")
            self._is_known = True
            return await self._agent.hello()
        if not self._is_known:
            raise NotPermitted("The first request has to be hello, with the token.")
        action = _ACTIONS.get(str(word))
        if action is None:
            raise BadInput(f"This agent knows no {word!r}. Known: {', '.join(_ACTIONS)}.")
        return await action(self._agent, request)


async def _start(agent: Agent, request: dict[str, Any]) -> dict[str, Any]:
    return asdict(await (await agent.opened()).status())


async def _status(agent: Agent, request: dict[str, Any]) -> dict[str, Any]:
    return asdict(await agent.status())


async def _submit(agent: Agent, request: dict[str, Any]) -> dict[str, Any]:
    folder = Path(str(request.get("folder")))
    with agent.jobs.awaiting(folder):
        agent.jobs.submit(folder, await agent.opened())
    return {}


async def _cancel(agent: Agent, request: dict[str, Any]) -> dict[str, Any]:
    job_id = JobId(str(request.get("job_id")))
    if agent.jobs.is_known(job_id):
        await agent.target.cancel(job_id)
    return {}


async def _known(agent: Agent, request: dict[str, Any]) -> dict[str, Any]:
    return {"is_known": agent.jobs.is_known(JobId(str(request.get("job_id"))))}


async def _unwritten(agent: Agent, request: dict[str, Any]) -> dict[str, Any]:
    return {"event": agent.jobs.unwritten(JobId(str(request.get("job_id"))))}


async def _scale(agent: Agent, request: dict[str, Any]) -> dict[str, Any]:
    workers = request.get("workers")
    if not isinstance(workers, int) or workers < 0:
        raise BadInput("workers has to be a number of workers.")
    target = await agent.opened()
    await target.scale(workers)
    return asdict(await target.status())


async def _test(agent: Agent, request: dict[str, Any]) -> dict[str, Any]:
    return asdict(await (await agent.opened()).test())


async def _stop(agent: Agent, request: dict[str, Any]) -> dict[str, Any]:
    await agent.stop()
    return {}


_ACTIONS = {
    "start": _start,
    "status": _status,
    "submit": _submit,
    "cancel": _cancel,
    "known": _known,
    "unwritten": _unwritten,
    "scale": _scale,
    "test": _test,
    "stop": _stop,
}
