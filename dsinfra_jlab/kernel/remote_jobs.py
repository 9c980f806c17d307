"""Jobs as the user's code holds them: how they stand, what they print, what they give."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any, Callable

from . import limits
from .job_failed import JobFailed
from .questions import NoAnswer, Refused
from .recorder import Recorder

RESULT_NAME = "result"
"""The name that the code of a call or of a single expression binds."""

FINAL = frozenset(("ok", "error", "cancelled", "lost"))

NO_SERVER = (
    "no server has answered: remote compute needs the Jupyter server that started this kernel, "
    "with the dsinfra_jlab extension in it"
)


def ask(recorder: Recorder, what: str, /, **arguments: Any) -> Any:
    """Return what the server answers.

    A question with ``wait_s`` or ``timeout_s`` is answered so much later at most.

    Raises
    ------
    TimeoutError
        If no server answers.
    ValueError
        If it refuses; the message says why.
    """
    try:
        later_s = arguments.get("wait_s", 0.0) + arguments.get("timeout_s", 0.0)
        return recorder.questions.ask_with(what, arguments, limits.QUESTION_TIMEOUT_S + later_s)
    except NoAnswer:
        raise TimeoutError(NO_SERVER) from None
    except Refused as refusal:
        raise ValueError(str(refusal)) from None


class Job:
    """One job; made by ``submit``.

    Examples
    --------
    >>> job = dsinfra.submit("train()", target="local")
    >>> job.state
    'running'
    >>> job.result()
    0.93
    """

    def __init__(
        self,
        recorder: Recorder,
        fetch: Callable[[dict[str, Any], frozenset[str]], Any],
        seen: dict[str, Any],
        where: dict[str, Any] | None = None,
    ) -> None:
        """Hold a job; ``where`` says where its results will lie, if that is known already."""
        self._where = where
        self._recorder = recorder
        self._fetch = fetch
        self._seen = seen
        self._taken: Any = None
        self._is_taken = False

    @property
    def id(self) -> str:
        """The id of the job."""
        return str(self._seen["id"])

    @property
    def target(self) -> str:
        """The name of the target."""
        return str(self._seen["target"])

    @property
    def name(self) -> str:
        """What it is called, or the first line of its code."""
        return str(self._seen.get("name") or self._seen.get("code_line") or "")

    @property
    def state(self) -> str:
        """How it stands now: queued, starting, running, ok, error, cancelled or lost."""
        if not self.is_over:
            self.take(ask(self._recorder, "job_wait", job_ids=[self.id], timeout_s=0)["items"])
        return str(self._seen["state"])

    @property
    def detail(self) -> str:
        """What it waits for, or why it ended so."""
        return str(self._seen.get("detail") or "")

    @property
    def is_over(self) -> bool:
        """Whether it was last seen to have ended."""
        return self._seen["state"] in FINAL

    def take(self, items: list[dict[str, Any]]) -> None:
        """Take what the server says of it, if it is among these."""
        for seen in items:
            if seen["id"] == self._seen["id"]:
                self._seen = seen

    def wait(self, timeout: float | None = None) -> str:
        """Wait until it has ended, and return how it stands then, or after so many seconds."""
        wait_all(self._recorder, [self], timeout)
        return str(self._seen["state"])

    def result(self, timeout: float | None = None) -> Any:
        """Return what it gives, once it has ended.

        Raises
        ------
        JobFailed
            If it failed, was cancelled or got lost.
        TimeoutError
            If it has not ended after ``timeout`` seconds; it goes on.
        """
        if self.wait(timeout) not in FINAL:
            raise TimeoutError(f"the job has not ended after {timeout} s; it goes on")
        if self._seen["state"] != "ok":
            raise self.failure()
        if not self._is_taken:
            where = self._where or ask(self._recorder, "job_result", job_id=self.id)
            try:
                self._taken = self._fetch(where, self._unchanged())
            except JobFailed as failure:
                why = f"{failure}. {self.detail}" if self.detail else str(failure)
                raise JobFailed(why, self) from None
            self._is_taken = True
        return self._taken

    def _unchanged(self) -> frozenset[str]:
        """Return the names that it was to bring back and left as they were sent."""
        told = self._seen.get("returned") or ()
        return frozenset(each["name"] for each in told if each["note"] == "unchanged")

    def cancel(self) -> None:
        """Ask for its end: it is interrupted, and killed if that does not help within seconds."""
        self.take([ask(self._recorder, "job_cancel", job_id=self.id)])

    def messages(self, after: int = 0, wait_s: float = 0.0) -> dict[str, Any]:
        """Return what it put out since message number ``after``, as messages of a kernel."""
        given = {"job_id": self.id, "after": after, "wait_s": wait_s}
        answer: dict[str, Any] = ask(self._recorder, "job_log", **given)
        return answer

    def log(self) -> str:
        """Return the text that it has printed so far."""
        pieces: list[str] = []
        after, is_complete = 0, False
        while not is_complete:
            page = self.messages(after)
            pieces += [
                str(item["content"].get("text", ""))
                for item in page["items"]
                if item["type"] == "stream"
            ]
            is_complete = page["is_complete"] or not page["items"]
            after = page["next_seq"]
        return "".join(pieces)

    def __await__(self) -> Any:
        return self._awaited().__await__()

    async def _awaited(self) -> Any:
        loop = asyncio.get_running_loop()
        while not self.is_over:
            # The thread waits for one answer only: it ends soon where nobody awaits any more.
            await loop.run_in_executor(None, wait_any, self._recorder, [self], None)
        return self.result()

    def __repr__(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        return f"<Job {self.id[:8]} on {self.target}, {self._seen['state']}{detail}>"

    def failure(self) -> JobFailed:
        """Return what tells that it did not end well."""
        state = self._seen["state"]
        if state == "error":
            for item in reversed(self._all_messages()):
                if item["type"] == "error":
                    content = item["content"]
                    ename, evalue = str(content.get("ename")), str(content.get("evalue"))
                    text = "\n".join(map(str, content.get("traceback") or ()))
                    return JobFailed(
                        f"{ename}: {evalue} (on {self.target})", self, ename, evalue, text
                    )
        return JobFailed(self.detail or f"the job is {state}", self)

    def _all_messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = 0
        while True:
            page = self.messages(after)
            found += page["items"]
            if page["is_complete"] or not page["items"]:
                return found
            after = page["next_seq"]


class Jobs(Sequence[Job]):
    """The jobs of a ``map``, in the order of its items.

    Examples
    --------
    >>> jobs = dsinfra.map(train, [0.1, 0.01, 0.001], target="local")
    >>> for job in jobs.as_completed():
    ...     print(job.name, job.result())
    """

    def __init__(self, recorder: Recorder, jobs: list[Job]) -> None:
        self._recorder = recorder
        self._jobs = jobs

    def append(self, job: Job) -> None:
        """Add the job of the next item."""
        self._jobs.append(job)

    def __len__(self) -> int:
        return len(self._jobs)

    def __getitem__(self, index: Any) -> Any:
        return self._jobs[index]

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all have ended; return whether they have."""
        wait_all(self._recorder, self._jobs, timeout)
        return all(job.is_over for job in self._jobs)

    def as_completed(self) -> Iterator[Job]:
        """Give each job when it has ended."""
        told: set[str] = set()
        while len(told) < len(self._jobs):
            for job in self._jobs:
                if job.is_over and job.id not in told:
                    told.add(job.id)
                    yield job
            left = [job for job in self._jobs if job.id not in told]
            if left and not any(job.is_over for job in left):
                wait_any(self._recorder, left, None)

    def results(self, timeout: float | None = None, errors: str = "raise") -> list[Any]:
        """Return what the jobs give, in the order of the items, once all have ended.

        With ``errors="return"`` a failed one gives its ``JobFailed``; else the first one raises.

        Raises
        ------
        JobFailed
            If one of them failed.
        TimeoutError
            If they have not ended in time; they go on, and ``partial`` gives what is there.
        """
        if errors not in ("raise", "return"):
            raise ValueError('errors is "raise" or "return"')
        if not self.wait(timeout):
            raise TimeoutError(f"{self.progress()}; partial() gives what is there")
        found: list[Any] = []
        for job in self._jobs:
            try:
                found.append(job.result())
            except JobFailed as failure:
                if errors == "raise":
                    raise
                found.append(failure)
        return found

    def partial(self) -> dict[int, Any]:
        """Return what those give that have ended well so far, by the number of the item."""
        wait_all(self._recorder, self._jobs, 0)
        return {
            number: job.result()
            for number, job in enumerate(self._jobs)
            if job._seen["state"] == "ok"
        }

    def cancel(self) -> None:
        """Cancel those that have not ended."""
        for first in range(0, len(self._jobs), limits.JOBS_CANCELLED_MAX):
            some = self._jobs[first : first + limits.JOBS_CANCELLED_MAX]
            left = [job.id for job in some if not job.is_over]
            if left:
                answer = ask(self._recorder, "jobs_cancel", job_ids=left)
                for job in some:
                    job.take(answer["items"])

    def progress(self) -> str:
        """Return in words how many have ended, as last seen."""
        states = [job._seen["state"] for job in self._jobs]
        failed = sum(state in FINAL and state != "ok" for state in states)
        text = f"{states.count('ok')} of {len(states)} jobs done"
        return f"{text}, {failed} failed" if failed else text

    def __repr__(self) -> str:
        return f"<Jobs: {self.progress()}>"


def wait_all(recorder: Recorder, jobs: Sequence[Job], timeout: float | None) -> None:
    """Wait until all of these have ended, or so many seconds."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = [job for job in jobs if not job.is_over]
        if not left or not wait_any(recorder, left, end):
            return


def wait_any(recorder: Recorder, left: Sequence[Job], end: float | None) -> bool:
    """Wait until one of these may have ended; return whether there is time to go on."""
    rest = limits.JOB_WAIT_S if end is None else min(limits.JOB_WAIT_S, end - time.monotonic())
    asked = list(left[: limits.JOBS_WAITED_MAX])
    for each in asked:
        if each.is_over:
            return True
    wait_s = max(0.0, rest)
    ids = [job.id for job in asked]
    answer = ask(recorder, "job_wait", job_ids=ids, timeout_s=wait_s)
    seen = {item["id"]: item for item in answer["items"]}
    for job in asked:
        if job.id in seen:
            job.take([seen[job.id]])
    return end is None or time.monotonic() < end
