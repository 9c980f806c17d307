"""The error that a job's result raises; it is sent with the probe, so that it can be caught."""

from __future__ import annotations

from typing import Any


class JobFailed(RuntimeError):
    """A job did not end well.

    ``job`` is the job, ``ename`` and ``evalue`` are those of the error that ended it, if one did,
    and ``traceback`` is its text.

    Examples
    --------
    >>> try:
    ...     dsinfra.submit("1 / 0").result()
    ... except dsinfra.JobFailed as failure:
    ...     print(failure.ename)
    ZeroDivisionError
    """

    def __init__(
        self, message: str, job: Any = None, ename: str = "", evalue: str = "", traceback: str = ""
    ) -> None:
        super().__init__(message)
        self.job = job
        self.ename = ename
        self.evalue = evalue
        self.traceback = traceback
