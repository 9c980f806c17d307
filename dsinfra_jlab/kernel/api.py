"""What users call: ``import dsinfra_jlab as dsinfra``.

In a kernel that a server with the extension watches, calls become part of the record of the
running cell. A value that cannot be kept is counted and said once, and never stops a cell; a
file that does not exist is the caller's mistake and raises.
"""

from __future__ import annotations

import itertools
import os
import threading
from typing import Any

from . import limits
from .blocks import Block
from .job_failed import JobFailed as JobFailed
from .recorder import Recorder

_active: Recorder | None = None
_finding = threading.RLock()
_unnamed = itertools.count(1)


def _recorder() -> Recorder:
    """Return the recorder of this process, which is found or made the first time."""
    global _active
    if _active is None:
        from .active import find_recorder

        with _finding:  # threads may call for the first time at the same moment
            if _active is None:
                _active = find_recorder()
    return _active


def log_metric(key: str, value: Any, step: float | None = None) -> None:
    """Record a point of a metric.

    Without a step it is the last one's plus one. The value may be a number, a numpy scalar or a
    tensor with one element.

    Examples
    --------
    >>> for batch in range(3):
    ...     dsinfra.log_metric("loss", 1 / (batch + 1))
    """
    (_active or _recorder()).log_metric(key, value, step)


def log_metrics(metrics: dict[str, Any], step: float | None = None) -> None:
    """Record points of several metrics.

    Examples
    --------
    >>> dsinfra.log_metrics({"loss": 0.25, "acc": 0.9}, step=10)
    """
    _recorder().log_metrics(metrics, step)


def log_param(key: str, value: Any) -> None:
    """Record a parameter.

    Scalars are kept as they are, lists and dicts of scalars as text.

    Examples
    --------
    >>> dsinfra.log_param("optimizer", "adam")
    """
    _recorder().log_params([(key, value)])


def log_params(params: dict[str, Any]) -> None:
    """Record several parameters.

    Examples
    --------
    >>> dsinfra.log_params({"lr": 0.1, "layers": [64, 32]})
    """
    recorder = _recorder()
    recorder.log_params(recorder.pairs(params))


def set_tag(key: str, value: Any) -> None:
    """Set a tag, by which runs are found again: ``tag.team:nlp``.

    Examples
    --------
    >>> dsinfra.set_tag("team", "nlp")
    """
    _recorder().set_tags([(key, value)])


def set_tags(tags: dict[str, Any]) -> None:
    """Set several tags.

    Examples
    --------
    >>> dsinfra.set_tags({"team": "nlp", "stage": "draft"})
    """
    recorder = _recorder()
    recorder.set_tags(recorder.pairs(tags))


def log_artifact(path_or_bytes: str | os.PathLike[str] | bytes, name: str | None = None) -> None:
    r"""Record a file, every file below a folder, or bytes under a name.

    The content is stored once, however often it is logged.

    Raises
    ------
    FileNotFoundError, PermissionError
        If the file is not there or cannot be read.
    ValueError
        If it is too large, no regular file, or if the server does not keep it.
    TypeError
        If it is neither a path nor bytes, or bytes without a name.

    Examples
    --------
    >>> dsinfra.log_artifact("model.pt")
    >>> dsinfra.log_artifact(b"a,b\\n1,2\\n", name="table.csv")
    """
    from . import artifacts

    if isinstance(path_or_bytes, (bytes, bytearray, memoryview)):
        if not name:
            raise TypeError('bytes need a name: log_artifact(data, name="table.csv")')
        artifacts.send_bytes(_recorder(), path_or_bytes, name)
        return
    if not isinstance(path_or_bytes, (str, os.PathLike)):
        raise TypeError("log_artifact takes a path or bytes")
    artifacts.send_path(_recorder(), os.fspath(path_or_bytes), name)


def log_figure(figure: Any, name: str | None = None) -> None:
    """Record a figure of matplotlib or plotly as it looks now.

    Raises
    ------
    TypeError
        If it is no figure.

    Examples
    --------
    >>> figure, axes = plt.subplots()
    >>> dsinfra.log_figure(figure, "losses.png")
    """
    from . import artifacts, figures

    body, ending = figures.figure_bytes(figure)
    artifacts.send_bytes(_recorder(), body, name or f"figure-{next(_unnamed)}{ending}")


def log_image(image: Any, name: str | None = None) -> None:
    """Record an image of PIL, numpy or torch as PNG; floats go from 0 to 1.

    Raises
    ------
    TypeError, ValueError
        If it is no image.

    Examples
    --------
    >>> dsinfra.log_image(np.random.rand(64, 64, 3), "noise.png")
    """
    from . import artifacts, figures

    body = figures.image_bytes(image)
    artifacts.send_bytes(_recorder(), body, name or f"image-{next(_unnamed)}.png")


def run(name: str, **params: Any) -> Block:
    """Make a stretch of a cell, or each call of a function, a run of its own.

    It holds what is logged inside. An exception ends it as failed and goes on.

    Examples
    --------
    >>> for lr in (0.1, 0.01):
    ...     with dsinfra.run("fit", lr=lr):
    ...         dsinfra.log_metric("loss", lr * 2)
    >>> @dsinfra.run("evaluate")
    ... def evaluate(model): ...
    """
    return Block(_recorder, str(name), params)


def experiment(name: str | None = None) -> None:
    """Name the experiment that runs belong to from now on; ``None`` is the notebook's again.

    Examples
    --------
    >>> dsinfra.experiment("ablation")
    """
    kept = None if name is None else str(name).strip()[: limits.KEY_MAX_CHARS] or None
    recorder = _recorder()
    recorder.emit({"kind": "experiment", "name": kept})
    recorder.reporter.flush()


def runs(q: str = "", limit: int = 100, scope: str = "experiment") -> Any:
    """Return runs as a pandas DataFrame, newest first; a list of dicts where pandas is missing.

    ``q`` is the search language of the panel, ``scope`` is ``experiment``, ``notebook`` or
    ``all``. Parameters and metrics are the columns ``param.…`` and ``metric.…``.

    Raises
    ------
    ValueError
        If the query is wrong; the message says where.
    TimeoutError
        If no server answers.

    Examples
    --------
    >>> dsinfra.runs("metric.acc>0.9").sort_values("metric.acc")
    """
    from .answers import runs_from_server

    return runs_from_server(_recorder(), q, limit, scope)


def submit(code: Any, target: str = "local", returns: Any = None, **wanted: Any) -> Any:
    """Send code, or a call of a function without arguments, to a target; return a job at once.

    ``job.result()`` gives the value of a single expression; with ``returns="model"`` the value of
    that name, with a list of names a dict of them, else a dict of the names that the code binds.
    ``cpus``, ``memory`` (``"4GB"``), ``gpus``, ``name`` and ``session`` may be given besides.

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
    from .jobs_modules import remote_api

    return remote_api().submit(code, target, returns, **wanted)


def remote(function: Any = None, **wanted: Any) -> Any:
    """Make calls of a function run on a target.

    A call waits for the result; ``function.submit(…)`` returns a job instead, and
    ``function.local(…)`` runs here. ``target``, ``cpus``, ``memory``, ``gpus`` and ``session`` may
    be given.

    Examples
    --------
    >>> @dsinfra.remote(target="local", memory="4GB")
    ... def train(lr): ...
    >>> accuracy = train(0.1)
    """
    from .jobs_modules import remote_api

    return remote_api().remote(function, **wanted)


def map(function: Any, items: Any, target: str = "local", **wanted: Any) -> Any:
    """Send a call of a function for each item to a target; each is a run of this experiment.

    Returns the jobs when all items are sent. ``cpus``, ``memory`` and ``gpus`` of each may be
    given.

    Examples
    --------
    >>> jobs = dsinfra.map(train, [0.1, 0.01, 0.001], target="local")
    >>> jobs.results()
    [0.91, 0.93, 0.88]
    """
    from .jobs_modules import remote_api

    return remote_api().map(function, items, target, **wanted)


def register_cluster(cluster: Any, name: str | None = None) -> str:
    """Make a Dask cluster that code has made a target; return the target's name.

    Raises
    ------
    ValueError
        If other processes cannot reach it, or its certificates are not in files.

    Examples
    --------
    >>> dsinfra.register_cluster(dask.distributed.LocalCluster(), "my-cluster")
    'my-cluster'
    """
    from .jobs_modules import remote_api

    return str(remote_api().register_cluster(cluster, name))
