"""What users call to send work elsewhere: ``submit``, ``remote``, ``map``, ``register_cluster``.

The names that the work needs are found and packed in this kernel; what it gives comes back to the
caller and changes no name here.
"""

from __future__ import annotations

import ast
import functools
import json
import os
import uuid
from collections.abc import Iterable
from typing import Any, Callable

from . import limits
from .active import find_recorder
from .job_failed import JobFailed
from .loading import current_shell, loaded_probe
from .parcel_reading import Damaged, Unreadable, open_parcel, read_parcel
from .recorder import Recorder
from .remote_jobs import NO_SERVER, RESULT_NAME, Job, Jobs, ask
from .remote_marks import Marks
from .remote_packing import Packing
from .remote_side import answer_to

MEMORY_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


class _With:
    """A shell with names of its own besides the notebook's."""

    def __init__(self, shell: Any, given: dict[str, Any]) -> None:
        self.user_ns = {**shell.user_ns, **given}
        self.user_ns_hidden = shell.user_ns_hidden
        self.transform_cell = shell.transform_cell


class Sender:
    """Sends work of this kernel: asks the server for a job, packs for it, and hands it over.

    Raises
    ------
    RuntimeError
        If this is no kernel that the probe is in.
    """

    def __init__(self) -> None:
        self.recorder: Recorder = find_recorder()
        self.shell = current_shell()
        probe = loaded_probe(self.shell) if self.shell is not None else None
        if probe is None:
            raise RuntimeError(NO_SERVER)
        self._probe = probe

    def send(self, code: str, given: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
        """Return a new job, as the server describes it.

        Parameters
        ----------
        given
            Names besides those of the notebook.
        wanted
            The arguments of the question ``job_begin``.

        Raises
        ------
        ValueError
            If the server refuses; the message says why.
        JobFailed
            If something that is needed cannot be sent.
        """
        begun = ask(self.recorder, "job_begin", code=code, **wanted)
        if given is None:
            packed = json.loads(self._probe.remote.pack(json.dumps(begun["request"])))
        else:
            packed = self._pack(begun["request"], given)
        # A target that has to be started first is not waited for: the job is queued meanwhile.
        job: dict[str, Any] = ask(
            self.recorder, "job_submit", job_id=begun["job_id"], packed=packed
        )
        if job["state"] == "error":
            raise JobFailed(str(job.get("detail")))
        return job

    def _pack(self, request: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        """Pack with names besides those of the notebook; no name of it is marked as sent."""
        packing = Packing(_With(self.shell, given), Marks())
        found: dict[str, Any] = json.loads(answer_to(packing.pack, json.dumps(request)))
        return found

    def fetch(self, where: dict[str, Any]) -> dict[str, Any]:
        """Return what came back of a job, by name.

        Raises
        ------
        JobFailed
            If it cannot be read any more.
        """
        try:
            parcel = open_parcel(os.path.join(where["folder"], "returned"))
            changed = set(parcel.content.get("changed") or ())
            arrived = read_parcel(
                parcel,
                self.shell.user_ns,
                is_mapped=False,
                renews_classes=False,
                count=sum(each["name"] not in changed for each in parcel.names),
            )
        except Damaged as failure:
            raise JobFailed(f"the results cannot be used: {failure}") from None
        except Unreadable as failure:
            raise JobFailed(f"{failure.name} cannot be made here") from failure.reason
        return {name: value for name, value in arrived.values.items() if name not in changed}

    def land(self, where: dict[str, Any]) -> None:
        """Take what came back of a job into the notebook's namespace."""
        self._probe.remote.land(json.dumps(where))

    def job(self, seen: dict[str, Any], pick: Callable[[dict[str, Any]], Any]) -> Job:
        """Return a job whose result is what ``pick`` takes out of the names it brings back."""
        return Job(self.recorder, lambda where: pick(self.fetch(where)), seen)


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
    given: dict[str, Any] = {}
    if callable(code):
        text, given = _call_text(code, ""), {_name_of(code): code}
    else:
        text = str(code)
    pick: Callable[[dict[str, Any]], Any] = dict
    wanted: list[str] | None
    if isinstance(returns, str):
        wanted, pick = [returns], functools.partial(_one, returns)
    elif returns is not None:
        wanted = [str(each) for each in returns]
    elif callable(code) or _is_expression(text):
        text = text if callable(code) else f"{RESULT_NAME} = {text.strip()}"
        wanted, pick = [RESULT_NAME], functools.partial(_one, RESULT_NAME)
    else:
        wanted = None
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

    A call waits for the result. ``function.submit(…)`` returns a job instead, and
    ``function.local(…)`` runs here.

    Examples
    --------
    >>> @dsinfra.remote(target="local", memory="4GB")
    ... def train(lr): ...
    >>> accuracy = train(0.1)
    >>> jobs = [train.submit(lr) for lr in (0.1, 0.01)]
    """
    if function is None:
        given = {"target": target, "cpus": cpus, "memory": memory, "gpus": gpus}
        return lambda wrapped: remote(wrapped, session=session, **given)  # type: ignore[arg-type]
    wanted = {"resources": resources_of(cpus, memory, gpus), "target": target}

    def send(*args: Any, **kwargs: Any) -> Job:
        sender = Sender()
        seen = sender.send(
            _call_text(function, "*args, **kwargs"),
            {_name_of(function): function, "args": args, "kwargs": kwargs},
            returns=[RESULT_NAME],
            name=_name_of(function),
            mode="session" if session else "fresh",
            shown_by="nobody",
            is_confirmed=True,
            **wanted,
        )
        return sender.job(seen, functools.partial(_one, RESULT_NAME))

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return _result_or_cancel(send(*args, **kwargs))

    call.submit = send  # type: ignore[attr-defined]
    call.local = function  # type: ignore[attr-defined]
    return call


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

    Returns at once; the jobs run as the target has room. Each worker runs its items one after the
    other in one kernel: what one leaves in names is gone for the next, modules stay imported. With
    ``fresh=True``, and where GPUs are asked for, each item has a kernel of its own.

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
    wanted = list(items)
    if len(wanted) > limits.MAP_ITEMS_MAX:
        raise ValueError(f"map takes at most {limits.MAP_ITEMS_MAX:,} items, not {len(wanted):,}")
    sender = Sender()
    group, jobs = uuid.uuid4().hex, []
    mode = "fresh" if fresh or gpus else "group"
    resources = resources_of(cpus, memory, gpus)
    called = _name_of(function)
    try:
        for item in wanted:
            seen = sender.send(
                _call_text(function, "item"),
                {called: function, "item": item},
                target=target,
                returns=[RESULT_NAME],
                resources=resources,
                name=f"{called}({_shown(item)})",
                group_id=group,
                mode=mode,
                shown_by="nobody",
                is_confirmed=True,
            )
            jobs.append(sender.job(seen, functools.partial(_one, RESULT_NAME)))
    except BaseException:
        Jobs(sender.recorder, jobs).cancel()
        raise
    return Jobs(sender.recorder, jobs)


def register_cluster(cluster: Any, name: str | None = None) -> str:
    """Make a Dask cluster, or the cluster of a client, a target; return the target's name.

    Raises
    ------
    ValueError
        If other processes cannot reach it, or its certificates are not in files.

    Examples
    --------
    >>> cluster = dask.distributed.LocalCluster()
    >>> dsinfra.register_cluster(cluster, "my-cluster")
    'my-cluster'
    """
    found = getattr(cluster, "cluster", None) or cluster
    scheduler = getattr(found, "scheduler", None)
    address = getattr(found, "scheduler_address", None) or getattr(scheduler, "address", None)
    if not isinstance(address, str) or not address:
        raise ValueError("register_cluster takes a Dask cluster or a client")
    if address.startswith("inproc://"):
        raise ValueError(
            "this cluster lives inside the kernel (inproc://), where no other process can reach "
            "it; make it with processes=True"
        )
    options = {"address": address, **_security_options(getattr(found, "security", None))}
    answer = ask(Sender().recorder, "target_register", name=name, address=address, options=options)
    return str(answer["name"])


def resources_of(
    cpus: int | None, memory: str | int | None, gpus: int | None
) -> dict[str, int] | None:
    """Return what a job asks for, ``None`` if it asks for nothing.

    >>> resources_of(2, "1.5GB", None)
    {'cpus': 2, 'memory_bytes': 1500000000}
    """
    wanted = {"cpus": cpus, "memory_bytes": _bytes_of(memory), "gpus": gpus}
    return {key: int(value) for key, value in wanted.items() if value is not None} or None


def _bytes_of(memory: str | int | None) -> int | None:
    """Return a size in bytes.

    >>> _bytes_of("512 MiB"), _bytes_of("4G"), _bytes_of(1000)
    (536870912, 4000000000, 1000)
    """
    if memory is None or isinstance(memory, int):
        return memory
    text = memory.strip().lower().replace(" ", "")
    number = text.rstrip("bikmgt")
    unit = text[len(number) :].rstrip("b")
    base = MEMORY_UNITS.get(unit[:1])
    try:
        if base is None or unit[1:] not in ("", "i"):
            raise ValueError
        if unit[1:] == "i":
            base = 1024 ** (list(MEMORY_UNITS).index(unit[:1]))
        return int(float(number) * base)
    except ValueError:
        raise ValueError(f"{memory!r} is no size; say for example 4GB or 512MiB") from None


def _security_options(security: Any) -> dict[str, str]:
    """Return the options that reach a cluster with TLS, none for one without."""
    if security is None or not getattr(security, "require_encryption", False):
        return {}
    options: dict[str, str] = {}
    for ours, theirs in (
        ("tls_ca_file", "tls_ca_file"),
        ("tls_cert", "tls_client_cert"),
        ("tls_key", "tls_client_key"),
    ):
        value = getattr(security, theirs, None)
        if not isinstance(value, str) or "\n" in value:
            raise ValueError(
                "this cluster's certificates are in memory only; give it a Security with files, "
                "so that another process can connect"
            )
        options[ours] = value
    return options


def _result_or_cancel(job: Job) -> Any:
    """Return the result of a job; an interrupt of the waiting cell ends the job, too."""
    try:
        return job.result()
    except KeyboardInterrupt:
        job.cancel()
        raise


def _one(name: str, found: dict[str, Any]) -> Any:
    if name not in found:
        raise JobFailed(f"the job brought back no {name}")
    return found[name]


def _is_expression(text: str) -> bool:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return len(body) == 1 and isinstance(body[0], ast.Expr)


def _name_of(function: Any) -> str:
    name = getattr(function, "__name__", "")
    return name if isinstance(name, str) and name.isidentifier() else "function"


def _call_text(function: Any, arguments: str) -> str:
    return f"{RESULT_NAME} = {_name_of(function)}({arguments})"


def _shown(item: Any) -> str:
    """Return an item in few characters, only where its type is known to be harmless."""
    if type(item) in (int, float, bool, str):
        return repr(item)[:40]
    if type(item) is dict:
        pairs = [f"{key}={_shown(value)}" for key, value in item.items() if type(key) is str]
        return ", ".join(pairs)[:60]
    return "…"
