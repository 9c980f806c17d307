"""What a person does with jobs: send, look, cancel, send again."""

from __future__ import annotations

from typing import NoReturn

from ..domain.errors import Unavailable
from ..domain.jobs import Job, JobId, JobLog, JobQuery, LandRequest, NewJob
from ..domain.runs import Page, RunOutputs


class JobService:
    """The use cases of jobs."""

    async def submit(self, new: NewJob, user: str | None) -> Job:
        """Take a job, and return it as it then stands."""
        self._refuse()

    async def jobs(self, query: JobQuery) -> Page[Job]:
        """Return jobs that match, newest first; raises ``BadInput``."""
        self._refuse()

    async def job(self, job_id: JobId) -> Job:
        """Return one job; raises ``NotFound``."""
        self._refuse()

    async def outputs(self, job_id: JobId) -> RunOutputs:
        """Return what a job printed and showed; raises ``NotFound``."""
        self._refuse()

    async def log(self, job_id: JobId, after: int) -> JobLog:
        """Return a stretch of what a job puts out; raises ``NotFound``."""
        self._refuse()

    async def cancel(self, job_id: JobId) -> Job:
        """Ask for the end of a job; raises ``NotFound``, ``Conflict``."""
        self._refuse()

    async def retry(self, job_id: JobId, user: str | None) -> Job:
        """Send a job that has ended once more; raises ``NotFound``, ``Conflict``."""
        self._refuse()

    async def confirm(self, job_id: JobId) -> Job:
        """Go on with a job that waits for the user's word; raises ``NotFound``, ``Conflict``."""
        self._refuse()

    async def land(self, job_id: JobId, request: LandRequest) -> Job:
        """Have the notebook's kernel take results; raises ``NotFound``, ``Conflict``."""
        self._refuse()

    async def forget(self, job_id: JobId) -> None:
        """Forget a job that has ended; raises ``NotFound``, ``Conflict``."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Unavailable("No cell can be sent anywhere yet.")
