"""The one place where adapters are built from settings.

A :class:`Container` builds each part when it is first asked for and once only, so that a command that needs
the database never loads a model, and every process shares one way of putting things together.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from assistant.errors import ErrorCode, Failure
from assistant.settings import quiet_libraries, token_cache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.answering.files import ConversationFiles
    from assistant.answering.kit import Kit
    from assistant.answering.service import AnswerService
    from assistant.db.engine import Database
    from assistant.ingestion.attachments import AttachmentIntake
    from assistant.ingestion.blobs import FileBlobStore
    from assistant.ingestion.run import IngestRunner
    from assistant.ingestion.service import IngestionService
    from assistant.jobs.queue import HueyJobQueue
    from assistant.jobs.schedule import Schedule
    from assistant.jobs.types import Handler, OnFailed
    from assistant.library.counting import Counts
    from assistant.library.index_expressions import Loaded
    from assistant.library.indexing import Indexes
    from assistant.library.lifecycle import Lifecycle
    from assistant.library.purge import PurgeJobs
    from assistant.library.reranking import Reranking
    from assistant.library.search import SearchService
    from assistant.ports import ChatModel, Sealer, TokenCounter
    from assistant.processes.chroma import ChromaAddress
    from assistant.settings import Settings
    from guardrails.engine import GuardEngine
    from guardrails.pii.engine import PiiEngine
    from guardrails.policy import Policy
    from prompts.registry import PromptRegistry
    from retrieval.hybrid import HybridSearcher
    from retrieval.loaders.limits import Limits
    from retrieval.loaders.sandbox import ParserPool
    from retrieval.ports import Embedder, LexicalIndex, VectorIndex

T = TypeVar("T")


class part(Generic[T]):  # noqa: N801 - reads as the decorator it is
    """A property that is built once, under the container's lock, whichever thread asks first."""

    def __init__(self, build: Callable[[Any], T]) -> None:
        self._build = build
        self._name = build.__name__
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> part[T]: ...
    @overload
    def __get__(self, owner: Container, kind: type) -> T: ...
    def __get__(self, owner: Container | None, kind: type) -> T | part[T]:
        del kind
        if owner is None:
            return self
        if self._name not in owner.built:  # what is built is had without the lock: a long build must not block it
            with owner.lock:
                if self._name not in owner.built:
                    owner.built[self._name] = self._build(owner)
        built: T = owner.built[self._name]
        return built


class Container:
    """Everything one process works with.

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

    # -- search

    @part
    def embedder(self) -> Embedder | None:
        """The embedding model: an endpoint, the bundled one, or none where its package is not installed."""
        from assistant.embedding import build_embedder

        return build_embedder(self.settings)

    @part
    def lexical(self) -> LexicalIndex:
        """The word index."""
        from retrieval.indexes.lexical import TantivyIndex

        return TantivyIndex(self.home / "lexical")

    @part
    def vector(self) -> VectorIndex:
        """The vector index in Chroma, and beside it the vectors of conversations."""
        from assistant.embedding import fingerprint
        from assistant.library.private_vectors import PrivateVectors
        from retrieval.indexes.chroma import ChromaVectorIndex

        address = self._chroma()
        model = fingerprint(self.embedder)
        return PrivateVectors(ChromaVectorIndex(address.host, address.port, model), self.database, model)

    @part
    def indexes(self) -> Indexes:
        """Both indexes and the model behind them."""
        from assistant.library.indexing import Indexes

        redact = (lambda text: self.pii.redact(text)[0]) if self.settings.embedding_base_url else None
        return Indexes(
            lexical=self.lexical,
            vector=self.vector,
            embedder=self.embedder,
            redact=redact,
            expressions=self.expressions.expressions,
        )

    @part
    def expressions(self) -> Loaded:
        """Everyday questions of articles."""
        from assistant.library.index_expressions import load_expressions

        return load_expressions(self.settings.expressions_path)

    @part
    def searcher(self) -> HybridSearcher:
        """What proposes passages."""
        from assistant.library.questions import QuestionReaders
        from retrieval.hybrid import HybridSearcher

        return HybridSearcher(
            self.lexical,
            self.vector,
            self.embedder,
            weight=self.settings.fusion_weight,
            reader=QuestionReaders(self.database),
        )

    @part
    def search(self) -> SearchService:
        """Search as a user may."""
        from assistant.library.ranking import Ranker
        from assistant.library.search import SearchService

        ranker = Ranker(self.searcher.weights, self.expressions.expressions)
        return SearchService(self.database, self.searcher, ranker=ranker, reranking=self.reranking)

    @part
    def reranking(self) -> Reranking | None:
        """A reranker, where the settings name one."""
        from assistant.library.reranking import Reranking
        from retrieval.rerankers.endpoint import EndpointReranker

        settings = self.settings
        if not settings.rerank_base_url:
            return None
        try:
            reranker = EndpointReranker(
                base_url=settings.rerank_base_url,
                model=settings.rerank_model,
                api_key=settings.rerank_api_key.get_secret_value(),
                timeout=settings.rerank_timeout_s,
            )
        except ValueError as error:
            raise Failure(ErrorCode.SETTINGS_INVALID, detail="ASSISTANT_RERANK_MODEL") from error
        return Reranking(reranker, settings.rerank_max_grade, redact=lambda text: self.pii.redact(text)[0])

    # -- ingest

    @part
    def pipeline(self) -> str:
        """Fingerprint of what turns a file into searchable passages."""
        from assistant.embedding import fingerprint
        from assistant.ingestion.run import pipeline_revision

        return pipeline_revision(fingerprint(self.embedder), self.settings.chunk_max_chars)

    @part
    def ingestion(self) -> IngestionService:
        """Taking documents in."""
        from assistant.ingestion.service import IngestionService

        return IngestionService(self.database, self.queue, self.blobs, self.settings, pipeline=self.pipeline)

    @part
    def counts(self) -> Counts:
        """Kept counts of the list of documents."""
        from assistant.library.counting import Counts

        return Counts()

    @part
    def lifecycle(self) -> Lifecycle:
        """Withdrawing, restoring and deleting documents."""
        from assistant.library.lifecycle import Lifecycle

        return Lifecycle(self.database, self.queue)

    @part
    def parse_limits(self) -> Limits:
        """What one file may cost."""
        from retrieval.loaders.limits import Limits

        return Limits(
            max_bytes=self.settings.upload_max_bytes,
            cpu_seconds=max(1, math.ceil(self.settings.parse_timeout_s)),
            memory_bytes=self.settings.parse_memory_bytes,
            ocr=self.settings.ocr,
            tessdata=str(self.settings.tessdata or ""),
            read_distribution_locked=self.settings.read_distribution_locked,
        )

    @part
    def attachments(self) -> AttachmentIntake:
        """Files inside files."""
        from assistant.ingestion.attachments import AttachmentIntake

        return AttachmentIntake(self.database, self.queue, self.blobs, self.parse_limits, pipeline=self.pipeline)

    @part
    def parser(self) -> ParserPool:
        """Sandboxed parsing."""
        from retrieval.loaders.sandbox import ParserPool

        return ParserPool(self.parse_limits, size=self.settings.worker_threads + 1)

    @part
    def runner(self) -> IngestRunner:
        """The stages of an ingest."""
        from assistant.ingestion.run import IngestRunner

        return IngestRunner(
            self.database,
            self.blobs,
            self.parser,
            self.indexes,
            self.queue,
            self.settings,
            attachments=self.attachments,
            pii=self.pii,
        )

    @part
    def purge(self) -> PurgeJobs:
        """Removing deleted documents from storage."""
        from assistant.library.purge import PurgeJobs

        return PurgeJobs(self.database, self.indexes, self.blobs, days=self.settings.retention_deleted_days)

    # -- work

    @property
    def handlers(self) -> dict[str, Handler]:
        """What runs each kind of job."""
        from assistant.jobs.tidy import Tidy
        from assistant.library.index_jobs import IndexJobs
        from assistant.library.turnover import TurnoverJobs

        care = IndexJobs(self.database, self.indexes, self.queue)
        turnover = TurnoverJobs(self.database, self.queue)
        tidy = Tidy(self.database)
        jobs = (self.runner, care, turnover, self.purge, tidy)
        return {kind: handler for one in jobs for kind, handler in one.handlers().items()}

    @property
    def schedule(self) -> Schedule:
        """What comes round."""
        from assistant.jobs import tidy
        from assistant.jobs.schedule import Periodic, Schedule
        from assistant.library.job_names import JOB_PURGE, JOB_TURNOVER

        jobs = [Periodic(tidy.JOB_TIDY, tidy.EVERY_S), Periodic(JOB_TURNOVER, 600), Periodic(JOB_PURGE, 86_400)]
        return Schedule(self.database, self.queue, jobs)

    @property
    def on_failed(self) -> dict[str, OnFailed]:
        """What else to write when a job of a kind has failed for good."""
        from assistant.library.job_names import JOB_INGEST

        return {JOB_INGEST: self.runner.on_abandoned}

    # -- answers

    @part
    def pii(self) -> PiiEngine:
        """Finding and hiding personal data."""
        from guardrails.pii.engine import PiiEngine

        return PiiEngine()

    @part
    def policy(self) -> Policy:
        """The guard policy in force."""
        from guardrails.policy import PolicyError, load

        try:
            return load(self.settings.policy_file)
        except PolicyError as error:
            raise Failure(ErrorCode.SETTINGS_INVALID, detail=f"ASSISTANT_POLICY_FILE: {error}") from error

    @part
    def guards(self) -> GuardEngine:
        """All guards under the policy."""
        from guardrails.engine import GuardEngine, default_guards

        return GuardEngine(self.policy, default_guards(self.pii))

    @part
    def prompts(self) -> PromptRegistry:
        """The versioned prompts."""
        from prompts.registry import PromptRegistry

        return PromptRegistry()

    @part
    def tokens(self) -> TokenCounter:
        """The token counter."""
        from assistant.llm.tokens import TiktokenCounter

        return TiktokenCounter(self.settings.tokenizer, token_cache(self.home))

    @part
    def model(self) -> ChatModel | None:
        """The connected chat model, if any."""
        from assistant.llm.build import build_model

        return build_model(self.settings)

    @part
    def kit(self) -> Kit:
        """The tools of an answer."""
        from assistant.answering.kit import Kit
        from assistant.library.articles import ArticleReader

        return Kit(
            settings=self.settings,
            search=self.search,
            guards=self.guards,
            pii=self.pii,
            prompts=self.prompts,
            tokens=self.tokens,
            model=self.model,
            embedder=self.embedder,
            articles=ArticleReader(self.database),
        )

    @part
    def answers(self) -> AnswerService:
        """Questions and answers."""
        from assistant.answering.service import AnswerService

        return AnswerService(
            self.database,
            self.sealer,
            self.pii,
            lambda: self.kit,
            question_max_chars=self.settings.question_max_chars,
            queue=self.queue,
        )

    @part
    def files(self) -> ConversationFiles:
        """Files attached in conversations."""
        from assistant.answering.files import ConversationFiles

        return ConversationFiles(
            self.database, lambda: self.ingestion, self.queue, grade=self.settings.attachment_grade
        )

    def warm(self) -> None:
        """Load what the first question would otherwise wait for: models, morphemes, recognizers."""
        from retrieval.korean import tokens

        tokens("준비")
        self.pii.find("준비")
        if self.embedder is not None:
            self.embedder.embed_query("준비")
        _ = self.kit

    def close(self) -> None:
        """Let go of connections and child processes."""
        for name in ("parser", "queue", "searcher", "vector", "embedder"):
            part_ = self.built.get(name)
            if part_ is not None:
                part_.close()
        if "database" in self.built:
            self.built["database"].dispose()


def build_container(settings: Settings, *, patient: bool = True) -> Container:
    """Return a container for these settings, with Chroma where the settings or the home say it is.

    Args:
        settings: the settings in force.
        patient: wait for the home's own Chroma server until it answers; otherwise only until it is known where it
            will, for a process that has better things to do and searches by words meanwhile.
    """
    from assistant.processes.basics import prepare_home
    from assistant.processes.chroma import ChromaAddress, ChromaUse

    prepare_home(settings.home)
    if settings.chroma_host:
        address = ChromaAddress(settings.chroma_host, settings.chroma_port)
        return Container(settings, lambda: address)
    use: list[ChromaUse] = []

    def ensure() -> ChromaAddress:
        use.append(ChromaUse(settings.home))
        return use[-1].ensure() if patient else use[-1].expect()

    return Container(settings, ensure)
