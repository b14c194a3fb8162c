"""What the application expects of the adapters that ``wiring`` builds."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session


ChatMessage = dict[str, str]  # {"role": "system" | "user" | "assistant", "content": text}, as every endpoint takes it


class ChatModel(Protocol):
    """A language model that streams text.

    ``max_grade`` is the highest data grade (``O`` < ``S`` < ``C``) it may receive; callers check before calling.
    """

    name: str
    max_grade: str

    @property
    def context_tokens(self) -> int:
        """Its context window."""
        ...

    @property
    def small(self) -> bool:
        """Whether it is too small to be trusted with a whole answer (see ``answering.choosing``)."""
        ...

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, schema: Mapping[str, object] | None = None
    ) -> AsyncIterator[str]:
        """Yield the answer piece by piece.

        ``schema`` is a JSON schema that the answer shall follow, as far as the endpoint can be held to it.

        Raises:
            Failure: with a ``model_…`` code; pieces already yielded stay valid.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        ...


class TokenCounter(Protocol):
    """Counts tokens as a model would, offline."""

    def count(self, text: str) -> int:
        """Return the number of tokens of a text."""
        ...

    def cut(self, text: str, limit: int) -> str:
        """Return the longest beginning of the text that fits into ``limit`` tokens."""
        ...


class Sealer(Protocol):
    """Encrypts what must not lie in clear. Opening what another key sealed raises ``ValueError``."""

    def seal(self, text: str) -> bytes:
        """Encrypt a text."""
        ...

    def open(self, sealed: bytes) -> str:
        """Decrypt what :meth:`seal` made."""
        ...

    def digest(self, text: str) -> str:
        """Return a keyed hash: equal texts give equal digests, nobody without the key can try values."""
        ...


class JobQueue(Protocol):
    """Durable work. The job's row is part of the caller's transaction; delivery follows the commit."""

    def add(
        self,
        session: Session,
        kind: str,
        payload: Mapping[str, object],
        *,
        key: str | None = None,
        priority: int = 0,
    ) -> str:
        """Write a job row and return its id; the queue learns of it when the session commits."""
        ...


class Priority(IntEnum):
    """Who goes first; higher is earlier. Everything below zero is bulk: it never takes the last thread of a worker."""

    CARE = 100  # the indexes themselves
    PERSON = 10  # somebody waits for this one file
    MANY = 5  # somebody waits for a heap of files, behind those who wait for one
    USUAL = 0
    BULK = -10  # a folder of thousands; nobody sits and waits


class RetryLater(Exception):  # noqa: N818 - a wish, not an error
    """Raised by a job's handler that cannot go on now: the job is put back.

    Stands here and not with the queue, because handlers live in layers that know nothing of the queue.

    Args:
        delay_s: seconds until it is delivered again.
        counts: whether this run counts as an attempt; if it does, the job can run out of attempts.
        reason: error code kept on the row meanwhile.
    """

    def __init__(self, delay_s: float, *, counts: bool = False, reason: str | None = None) -> None:
        super().__init__(f"again in {delay_s:g} s")
        self.delay_s = delay_s
        self.counts = counts
        self.reason = reason


class JobRun(Protocol):
    """What a job's handler may ask of the run it is part of."""

    @property
    def stopping(self) -> Callable[[], bool]:
        """Asks whether the worker was told to stop; a long handler then raises ``RetryLater(0)`` at a good place."""
        ...


class BlobStore(Protocol):
    """Original files, kept by content hash."""

    def put(self, source: Path) -> tuple[str, int]:
        """Copy a file in and return (sha256, size). The same content again changes nothing."""
        ...

    def put_bytes(self, data: bytes) -> tuple[str, int]:
        """Keep what is in memory and return (sha256, size)."""
        ...

    def holds(self, sha256: str, size: int) -> bool:
        """Whether this content is stored, whole."""
        ...

    def sweep(self, in_use: Callable[[Sequence[str]], set[str]], *, older_than_s: float) -> int:
        """Remove contents that nothing refers to and return how many.

        Args:
            in_use: returns those of some hashes that something refers to.
            older_than_s: what was handed in within so many seconds is left alone.
        """
        ...

    def path(self, sha256: str) -> Path:
        """Return where the content lies.

        Raises:
            Failure: ``file_missing``.
        """
        ...
