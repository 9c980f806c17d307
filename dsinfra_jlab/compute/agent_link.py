"""The connection of a Jupyter server to the agent of one target."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..domain.exceptions import DsinfraError, Unavailable
from .agent_place import AGENT_FILE, LINE_MAX_BYTES, read_json

_LOG = logging.getLogger(__name__)

CONNECT_S = 2.0
"""How long an agent of this machine may take to say hello; it is idle nearly always."""

ANSWER_S = 120.0
"""How long any answer may take; the start of a target and a test are the longest."""

Pushed = Callable[[dict[str, Any]], None]


class AgentGone(Unavailable):
    """The agent ended before it had answered; another one may be there."""


class AgentLink:
    """Sends requests, several at a time, and passes on what the agent says unasked."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pushed: Pushed
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._pushed = pushed
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._is_broken = False
        self._token = ""
        self.hello: dict[str, Any] = {}
        """What the agent said first: its protocol, version, state and open jobs."""
        self._main = asyncio.ensure_future(self._read())

    @property
    def is_open(self) -> bool:
        """Whether the agent is still there."""
        return not (self._is_broken or self._main.done())

    async def ask(self, word: str, timeout_s: float = ANSWER_S, **more: Any) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises
        ------
        DsinfraError
            The agent refused, or is gone.
        """
        if not self.is_open:
            raise AgentGone(_GONE)
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            request = {"id": number, "do": word, **more}
            self._writer.write(json.dumps(request).encode() + b"\n")
            await self._writer.drain()
            reply = await asyncio.wait_for(waiting, timeout_s)
        except OSError as error:
            self._is_broken = True
            raise AgentGone(f"{_GONE} ({error})") from error
        except asyncio.TimeoutError:
            text = f"The process that keeps this target did not answer within {timeout_s:.0f} s."
            raise Unavailable(text) from None
        finally:
            self._waiting.pop(number, None)
        if "gone" in reply:
            raise AgentGone(_GONE)
        if "error" in reply:
            raise _error(reply["error"])
        answer: dict[str, Any] = reply["ok"]
        return answer

    async def greet(self, token: str, timeout_s: float = ANSWER_S) -> None:
        """Have the agent say how it is; raises as ``ask`` does."""
        self._token = token
        self.hello = await self.ask("hello", timeout_s, token=token)

    async def greet_again(self) -> None:
        """Have the agent say how it is now; raises as ``ask`` does."""
        await self.greet(self._token)

    async def ended(self, timeout_s: float) -> None:
        """Wait until the agent has closed the connection."""
        await asyncio.wait([self._main], timeout=timeout_s)

    async def close(self) -> None:
        """Let go of the agent, which lives on."""
        self._main.cancel()
        await asyncio.wait([self._main])
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                message = json.loads(line)
                waiting = self._waiting.get(message.get("id") or 0)
                if waiting is None:
                    self._pushed(message)
                elif not waiting.done():
                    waiting.set_result(message)
        except OSError:
            _LOG.info("An agent has gone", exc_info=True)
        except ValueError:
            _LOG.warning("An agent says what makes no sense", exc_info=True)
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_result({"gone": True})
            self._writer.close()


_GONE = "The process that keeps this target ended before it had answered. Start it again."


async def connect(folder: Path, pushed: Pushed) -> AgentLink | None:
    """Return a connection to the agent that lives in a folder, ``None`` if there is none."""
    about = read_json(folder / AGENT_FILE)
    if about is None:
        return None
    try:
        reader, writer = await asyncio.wait_for(
            asyncio.open_unix_connection(str(about.get("socket")), limit=LINE_MAX_BYTES), CONNECT_S
        )
    except (OSError, asyncio.TimeoutError):
        return None
    link = AgentLink(reader, writer, pushed)
    try:
        await link.greet(str(about.get("token")), CONNECT_S)
    except DsinfraError:
        await link.close()
        return None
    return link


def _error(said: dict[str, Any]) -> DsinfraError:
    """Return the error that an agent has said, as the kind it is."""
    kinds = {kind.code.value: kind for kind in DsinfraError.__subclasses__()}
    kind = kinds.get(str(said.get("code")), Unavailable)
    return kind(str(said.get("message") or "The agent refused, without a reason."))
