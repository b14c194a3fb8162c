"""The one place where adapters are built from settings.

A :class:`Container` builds each part when it is first asked for and once only, so that a command that needs
the database never loads a model, and every process shares one way of putting things together.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from assistant.errors import ErrorCode, Failure
from assistant.settings import token_cache
from assistant.wiring.part import part
from assistant.wiring.searching import Searching

if TYPE_CHECKING:
    from assistant.answering.files import ConversationFiles
    from assistant.answering.kit import Kit
    from assistant.answering.service import AnswerService
    from assistant.ingestion.attachments import AttachmentIntake
    from assistant.ingestion.run import IngestRunner
    from assistant.ingestion.service import IngestionService
    from assistant.jobs.schedule import Schedule
    from assistant.jobs.types import Handler, OnFailed
    from assistant.library.counting import Counts
    from assistant.library.lifecycle import Lifecycle
    from assistant.library.purge import PurgeJobs
    from assistant.ports import ChatModel, TokenCounter
    from assistant.processes.chroma import ChromaAddress
    from assistant.settings import Settings
    from guardrails.engine import GuardEngine
    from guardrails.policy import Policy
    from prompts.registry import PromptRegistry
    from retrieval.loaders.limits import Limits
    from retrieval.loaders.sandbox import ParserPool


class Container(Searching):
    """Everything one process works with.

    Args:
        settings: the settings in force.
        chroma: gives the address of the Chroma server; called when the vector index is first needed.
    """

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
