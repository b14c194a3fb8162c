"""A worker process over real parts: sandboxed parsers, word index on disk, Chroma server; only the model is small.

python ingest_program.py HOME CHROMA_PORT
"""

from __future__ import annotations

import sys
import zlib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.db.engine import Database
from assistant.ingestion.attachments import AttachmentIntake
from assistant.ingestion.blobs import FileBlobStore
from assistant.ingestion.run import IngestRunner
from assistant.jobs.queue import HueyJobQueue
from assistant.jobs.worker import Worker
from assistant.library.index_jobs import IndexJobs
from assistant.library.indexing import Indexes
from assistant.library.job_names import JOB_INGEST
from assistant.settings import Settings
from guardrails.pii.engine import PiiEngine
from retrieval.indexes.chroma import ChromaVectorIndex
from retrieval.indexes.lexical import TantivyIndex
from retrieval.loaders.sandbox import ParserPool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class SmallEmbedder:
    """Unit vectors of hashed bigrams."""

    fingerprint = "small/1"
    dimension = 96

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        row = np.full(self.dimension, 1e-3, dtype=np.float32)
        for first, second in pairwise([character for character in text if character.isalnum()]):
            row[zlib.crc32(f"{first}{second}".encode()) % self.dimension] += 1.0
        return row / float(np.linalg.norm(row))


def real_indexes(home: Path, port: int) -> Indexes:
    embedder = SmallEmbedder()
    vector = ChromaVectorIndex("127.0.0.1", port, embedder.fingerprint)
    return Indexes(lexical=TantivyIndex(home / "lexical"), vector=vector, embedder=embedder)


def main() -> None:
    home, port = Path(sys.argv[1]), int(sys.argv[2])
    settings = Settings(home=home)
    database = Database(settings.database)
    queue = HueyJobQueue(database, home)
    indexes = real_indexes(home, port)
    with ParserPool(size=2) as parser:
        blobs = FileBlobStore(home)
        attachments = AttachmentIntake(database, queue, blobs, parser.limits, pipeline="test")
        runner = IngestRunner(
            database, blobs, parser, indexes, queue, settings, attachments=attachments, pii=PiiEngine()
        )
        handlers = {**runner.handlers(), **IndexJobs(database, indexes, queue).handlers()}
        worker = Worker(database, queue, home, handlers, on_failed={JOB_INGEST: runner.on_abandoned}, threads=2)
        print("up", flush=True)  # noqa: T201 - the test waits for it
        worker.run(until_idle=True)


if __name__ == "__main__":
    main()
