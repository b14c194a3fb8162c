"""What everything else stands on: database, keys, files, and the hiding of personal data."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from assistant.errors import ErrorCode, Failure
from assistant.settings import quiet_libraries
from assistant.wiring.part import part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.db.engine import Database
    from assistant.ingestion.blobs import FileBlobStore
    from assistant.jobs.queue import HueyJobQueue
    from assistant.ports import Sealer
    from assistant.processes.chroma import ChromaAddress
    from assistant.settings import Settings
    from guardrails.pii.engine import PiiEngine


class Foundations:
    """Settings, storage and personal data.

    Args:
        settings: the settings in force.
        chroma: gives the address of the Chroma server; called when the vector index is first needed.
    """

    def __init__(self, settings: Settings, chroma: Callable[[], ChromaAddress]) -> None:
        quiet_libraries(settings.home)
        self.settings = settings
        self.lock = threading.RLock()
        self.built: dict[str, Any] = {}
        self._chroma = chroma

    @property
    def home(self) -> Path:
        """The only folder the product writes to."""
        return self.settings.home

    # -- storage

    @part
    def database(self) -> Database:
        """The database."""
        from assistant.db.engine import Database

        return Database(self.settings.database)

    @part
    def sealer(self) -> Sealer:
        """Encryption of what must not lie in clear."""
        from assistant.sealing import FernetSealer, load_or_create_key

        try:
            return FernetSealer(self.settings.secret_key.get_secret_value() or load_or_create_key(self.home))
        except ValueError as error:
            raise Failure(ErrorCode.SETTINGS_INVALID, detail="ASSISTANT_SECRET_KEY") from error

    @part
    def queue(self) -> HueyJobQueue:
        """Durable work."""
        from assistant.jobs.queue import HueyJobQueue

        return HueyJobQueue(self.database, self.home)

    @part
    def blobs(self) -> FileBlobStore:
        """Original files."""
        from assistant.ingestion.blobs import FileBlobStore

        return FileBlobStore(self.home, reserve=self.settings.disk_reserve_bytes)

    @part
    def pii(self) -> PiiEngine:
        """Finding and hiding personal data."""
        from guardrails.pii.engine import PiiEngine

        return PiiEngine()
