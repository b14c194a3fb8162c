"""What a job's handler is given, and how it says that it wants to be called again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from assistant.ports import RetryLater

__all__ = ["Handler", "JobContext", "OnFailed", "Payload", "RetryLater"]

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobContext:
    """The run of a job.

    Attributes:
        job_id: key of the job's row.
        kind: kind of job.
        key: what the job works on, as given when it was added.
        attempt: 1 for the first run.
        max_attempts: how often the job may be begun before it is given up.
        stopping: whether the worker was told to stop; a long handler then raises ``RetryLater(0)`` at a good place.
    """

    job_id: str
    kind: str
    key: str | None
    attempt: int
    max_attempts: int
    stopping: Callable[[], bool]

    @property
    def last_attempt(self) -> bool:
        """Whether the job is given up when this run does not finish it."""
        return self.attempt >= self.max_attempts


Handler = Callable[[Payload, JobContext], None]
"""Does the work of one kind of job. It may be begun again after any crash, so every step must be safe to repeat."""

OnFailed = Callable[[Session, Payload, str], None]
"""Called in the transaction in which a job ends as failed, with its payload and the error code."""
