"""Answers what a kernel asks by its magics and its Python API."""

from __future__ import annotations

from typing import Any

from .._version import __version__
from ..domain import limits
from ..domain.exceptions import BadInput
from ..domain.runs.records import RunQuery, RunSummary
from ..domain.tracking.probe_events import Question
from .job_questions import JobQuestions
from .ports import RecordStore
from .recording import Policy
from .runs import RunService
from .watched_kernel import WatchedKernel


class KernelQuestions:
    """The use cases of code that runs in a kernel."""

    def __init__(self, runs: RunService, store: RecordStore, policy: Policy) -> None:
        self._runs = runs
        self._store = store
        self._policy = policy
        self.jobs: JobQuestions | None = None
        """Answers what is about jobs and targets."""

    async def answer(self, kernel: WatchedKernel, question: Question) -> dict[str, Any]:
        """Return the answer to a question.

        Raises
        ------
        BadInput
            There is no such question, or what it asks for makes no sense.
        """
        if question.what == "status":
            return self._status(kernel)
        if question.what == "runs":
            return await self._list_runs(kernel, question.arguments)
        if self.jobs is not None and self.jobs.knows(question.what):
            return await self.jobs.answer(kernel, question.what, question.arguments)
        raise BadInput(f"The server does not know the question {question.what[:50]!r}.")

    def _status(self, kernel: WatchedKernel) -> dict[str, Any]:
        health = self._store.health()
        return {
            "version": __version__,
            "recording": self._policy.is_recorded(kernel.document.path),
            "experiment": kernel.document.name,
            "store": health.url,
            "detail": health.detail,
        }

    async def _list_runs(self, kernel: WatchedKernel, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the newest runs, of the kernel's own experiment unless all are asked for."""
        q, limit = arguments.get("q", ""), arguments.get("limit", limits.PAGE_DEFAULT)
        if not isinstance(q, str) or type(limit) is not int or limit < 1:
            raise BadInput("runs() takes a search as text and a limit of at least 1.")
        experiment_id = None
        if arguments.get("scope", "experiment") != "all":
            experiment_id = await self._store.experiment_of(kernel.document)
            if experiment_id is None:
                return {"items": []}
        items: list[dict[str, Any]] = []
        cursor = None
        wanted = min(limit, limits.QUESTION_MAX_RUNS)
        while len(items) < wanted:
            size = min(limits.PAGE_MAX, wanted - len(items))
            query = RunQuery(q=q, experiment_id=experiment_id, limit=size, cursor=cursor)
            page = await self._runs.runs(query)
            items += map(_flat, page.items)
            cursor = page.next_cursor
            if cursor is None:
                break
        return {"items": items}


def _flat(run: RunSummary) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "kind": run.kind.value,
        "name": run.name,
        "status": run.status.value,
        "queued_at": run.queued_at.isoformat(),
        "duration_s": run.duration_s,
        "cell_id": run.cell_id,
        "execution_count": run.execution_count,
        "params": run.params,
        "metrics": run.metrics,
        "tags": run.tags,
    }
