"""What users call to send work elsewhere: ``submit``, ``remote``, ``map``, ``register_cluster``.

The names that the work needs are found and packed in this kernel; what it gives comes back to the
caller and changes no name here.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable
from typing import Any, Callable

from .remote_calls import call_of, is_async, name_of, one, with_result
from .remote_clusters import register_cluster
from .remote_jobs import RESULT_NAME, Job, Jobs
from .remote_map import send_map
from .remote_resources import resources_of
from .remote_sending import Sender

__all__ = ["map", "register_cluster", "remote", "submit"]


def submit(
    code: str | Callable[[], Any],
    target: str = "local",
    returns: str | list[str] | None = None,
    *,
    cpus: int | None = None,
    memory: str | int | None = None,
    gpus: int | None = None,
    name: str = "",
    session: bool = False,
) -> Job:
    """Send code, or a call of a function without arguments, to a target; return at once.

    ``result()`` of the job gives the value of a single expression; with ``returns="model"`` the
    value of that name; with a list of names a dict of them; else a dict of the names that the code
    binds.

    Raises
    ------
    JobFailed
        If something that the code needs cannot be sent; the message names it.
    ValueError
        If there is no such target or the request makes no sense.
    TimeoutError
        If no server answers.

    Examples
    --------
    >>> job = dsinfra.submit("train()", target="local", returns=["model"])
    >>> model = job.result()["model"]
    """
    sender = Sender()
    text, given, wanted, pick = _asked_for(sender, code, returns)
    seen = sender.send(
        text,
        given,
        target=target,
        returns=wanted,
        resources=resources_of(cpus, memory, gpus),
        name=name,
        mode="session" if session else "fresh",
        shown_by="nobody",
        is_confirmed=True,
    )
    return sender.job(seen, pick)


Pick = Callable[[dict[str, Any]], Any]
"""Takes what a user asks for out of the names that a job has brought back."""


def _asked_for(
    sender: Sender, code: str | Callable[[], Any], returns: str | list[str] | None
) -> tuple[str, dict[str, Any], list[str] | None, Pick]:
    """Return the code of a job, its own names, what it is to bring back, and what is the result."""
    text, given = str(code), dict[str, Any]()
    if callable(code):
        text, given, *_ = call_of(code, sender.shell.user_ns)
    if isinstance(returns, str):
        return text, given, [returns], functools.partial(one, returns)
    if returns is not None:
        return text, given, [str(each) for each in returns], dict
    if not callable(code):
        binding = with_result(text)
        if binding is None:
            return text, given, None, dict
        text = binding
    return text, given, [RESULT_NAME], functools.partial(one, RESULT_NAME)


def remote(
    function: Callable[..., Any] | None = None,
    *,
    target: str = "local",
    cpus: int | None = None,
    memory: str | int | None = None,
    gpus: int | None = None,
    session: bool = False,
) -> Any:
    """Make calls of a function run on a target.

    A call waits for the result; that of an ``async def`` is awaited. ``function.submit(…)`` returns
    a job instead, and ``function.local(…)`` runs here.

    Examples
    --------
    >>> @dsinfra.remote(target="local", memory="4GB")
    ... def train(lr): ...
    >>> accuracy = train(0.1)
    >>> jobs = [train.submit(lr) for lr in (0.1, 0.01)]
    """
    if function is None:
        wanted = {"target": target, "cpus": cpus, "memory": memory, "gpus": gpus}
        return functools.partial(remote, session=session, **wanted)  # type: ignore[arg-type]
    made = _called_there(
        function,
        target=target,
        resources=resources_of(cpus, memory, gpus),
        mode="session" if session else "fresh",
    )
    made.local = function
    return made


def _called_there(function: Callable[..., Any], **wanted: Any) -> Any:
    """Return a function whose calls run on a target, with ``submit`` for those not waited for."""

    def send(*args: Any, **kwargs: Any) -> Job:
        sender = Sender()
        call = call_of(function, sender.shell.user_ns, "*{}, **{}", "args", "kwargs")
        seen = sender.send(
            call.code,
            {**call.given, **dict(zip(call.names, (args, kwargs)))},
            returns=[RESULT_NAME],
            name=name_of(function),
            shown_by="nobody",
            is_confirmed=True,
            **wanted,
        )
        return sender.job(seen, functools.partial(one, RESULT_NAME))

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return _result_or_cancel(send(*args, **kwargs))

    @functools.wraps(function)
    async def call_async(*args: Any, **kwargs: Any) -> Any:
        return await _awaited_or_cancelled(send(*args, **kwargs))

    made: Any = call_async if is_async(function) else call
    made.submit = send
    return made


def map(
    function: Callable[[Any], Any],
    items: Iterable[Any],
    target: str = "local",
    *,
    cpus: int | None = None,
    memory: str | int | None = None,
    gpus: int | None = None,
    fresh: bool = False,
) -> Jobs:
    """Send a call of a function for each item to a target; each is a run of this experiment.

    Returns when all are sent; the jobs run as the target has room. What all items need is sent
    once, as it is when ``map`` is called, and each item finds it so, whatever another one has done
    to it. Items are taken and sent a few at a time.

    Each worker runs its items one after the other in one kernel: what one leaves in names is gone
    for the next, modules stay imported. With ``fresh=True``, and where GPUs are asked for, each
    item has a kernel of its own.

    Raises
    ------
    JobFailed, ValueError, TimeoutError
        As ``submit`` does; what was sent until then is cancelled.

    Examples
    --------
    >>> jobs = dsinfra.map(train, [0.1, 0.01, 0.001], target="local")
    >>> jobs.results()
    [0.91, 0.93, 0.88]
    """
    wanted = {
        "target": target,
        "resources": resources_of(cpus, memory, gpus),
        "mode": "fresh" if fresh or gpus else "group",
    }
    return send_map(function, items, wanted)


def _result_or_cancel(job: Job) -> Any:
    """Return the result of a job; an interrupt of the waiting cell ends the job, too."""
    try:
        return job.result()
    except KeyboardInterrupt:
        job.cancel()
        raise


async def _awaited_or_cancelled(job: Job) -> Any:
    """Return the result of a job; who ceases to wait for it ends the job, too."""
    try:
        return await job
    except (asyncio.CancelledError, KeyboardInterrupt):
        job.cancel()
        raise
