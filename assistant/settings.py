"""Every setting of the product, read from the environment in this one place.

Names are ``ASSISTANT_`` and the field name in capitals: ``ASSISTANT_HOME``, ``ASSISTANT_LLM_BASE_URL``.
A ``.env`` file in the working directory is read too. Nothing else in the code reads the environment.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import ErrorCode, Failure

Grade = Literal["O", "S", "C"]


class Settings(BaseSettings):
    """The product's settings; every field has a safe default, so none needs to be set."""

    model_config = SettingsConfigDict(env_prefix="ASSISTANT_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(default=Path("var"), description="The only folder the product writes to.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Level of the logs.")

    # Storage
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL; empty means SQLite in the home folder. PostgreSQL: postgresql+psycopg://…",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""), description="Key for sealed values and sessions; empty means a key file in the home."
    )

    # Index
    chroma_host: str = Field(default="", description="Host of a Chroma server; empty means one is started on loopback.")
    chroma_port: int = Field(default=8000, description="Port of that Chroma server (unused while the host is empty).")
    embedding_base_url: str = Field(
        default="", description="OpenAI-compatible embedding endpoint; empty means the bundled local model."
    )
    embedding_model: str = Field(default="", description="Model name at that endpoint.")
    embedding_api_key: SecretStr = Field(default=SecretStr(""), description="Key for that endpoint.")
    embedding_max_tokens: int = Field(default=128, ge=32, le=512, description="Tokens of a passage that are embedded.")
    embedding_threads: int = Field(default=0, ge=0, description="Threads of the local model; 0 means all cores.")
    fusion_weight: float = Field(default=0.5, ge=0, le=1, description="Share of the vector side in the fused score.")
    expressions_path: Path | None = Field(
        default=None,
        description="A city's own everyday questions beside the shipped ones: a tab-separated file as "
        "`retrieval/expressions/README.md` describes.",
    )
    rerank_base_url: str = Field(
        default="", description="Endpoint of a reranker (`/v1/rerank` as Cohere and Jina have it); empty means none."
    )
    rerank_model: str = Field(default="", description="Model name at that endpoint.")
    rerank_api_key: SecretStr = Field(default=SecretStr(""), description="Key for that endpoint.")
    rerank_max_grade: Grade = Field(default="O", description="Highest data grade that the reranker may receive.")
    rerank_timeout_s: float = Field(
        default=3.0, gt=0, description="Seconds a search waits for the reranker; after that the order is as it was."
    )
    chunk_max_chars: int = Field(default=900, ge=200, le=4000, description="Longest chunk, in characters.")

    # Model
    llm_base_url: str = Field(default="", description="OpenAI-compatible chat endpoint; empty means no model.")
    llm_model: str = Field(default="", description="Model name at that endpoint.")
    llm_api_key: SecretStr = Field(default=SecretStr(""), description="Key for that endpoint.")
    llm_langchain: str = Field(
        default="",
        description="Instead of an endpoint: 'module:factory' giving a LangChain chat model, called without arguments.",
    )
    llm_local: bool = Field(
        default=False,
        description="Run the small local model on this machine instead (`assistant model install`); it may see every "
        "grade.",
    )
    llm_dialect: Literal["auto", "openai", "azure", "hyperclova", "ollama", "vllm", "llamacpp"] = Field(
        default="auto", description="What kind of server the endpoint is; 'auto' tells by its address and its answers."
    )
    llm_api_version: str = Field(
        default="", description="Azure's api-version for addresses by deployment; empty where the address ends in /v1."
    )
    llm_style: Literal["auto", "full", "short"] = Field(
        default="auto",
        description="'full': the model writes the answer. 'short': it chooses a source and says a few words, the "
        "provision follows; 'auto' takes 'short' for models below four billion parameters.",
    )
    llm_max_grade: Grade = Field(default="O", description="Highest data grade that this model may receive.")
    llm_context_tokens: int = Field(default=8192, ge=1024, description="Context window used for the token budget.")
    llm_max_output_tokens: int = Field(default=800, ge=64, description="Longest answer asked of the model, in tokens.")
    llm_temperature: float = Field(default=0.1, ge=0, le=2, description="Sampling temperature.")
    llm_timeout_s: float = Field(default=60, gt=0, description="Longest silence of the model, in seconds.")
    llm_answer_s: float = Field(default=300, gt=0, description="Longest time for one whole answer, in seconds.")
    tokenizer: Literal["o200k_base", "cl100k_base"] = Field(default="o200k_base", description="tiktoken vocabulary.")

    # Answers
    sources_max: int = Field(default=6, ge=1, le=20, description="Sources given to an answer at most.")
    question_max_chars: int = Field(default=8000, ge=100, description="Longest question accepted, in characters.")
    refusal_threshold: float = Field(
        default=0.5, ge=0, le=1, description="Evidence strength below which the assistant says it found nothing."
    )
    policy_file: Path | None = Field(default=None, description="A city's own guard policy instead of the shipped one.")
    attachment_grade: Grade = Field(
        default="S", description="Data grade of files attached in a conversation: what a model may see of them."
    )

    # Ingest
    upload_max_bytes: int = Field(default=50 * 1024 * 1024, ge=1024, description="Largest file accepted.")
    parse_timeout_s: float = Field(
        default=120,
        gt=0,
        description="Processor time that one PDF or picture may take, in seconds; other files get a quarter of it, "
        "recognised pages add 20 each.",
    )
    parse_memory_bytes: int = Field(
        default=2 * 1024**3,
        ge=512 * 1024**2,
        description="Memory that one PDF or picture may take, in bytes; other files get half of it.",
    )
    ocr: bool = Field(default=True, description="Recognise the text of scanned pages and pictures (needs tesseract).")
    tessdata: Path | None = Field(
        default=None, description="Folder with kor.traineddata; where Debian puts it when not given."
    )
    read_distribution_locked: bool = Field(
        default=False, description="Also read Hancom files locked for distribution (배포용), where the city may."
    )
    retention_deleted_days: int = Field(
        default=30, ge=0, description="Days after which a deleted document is removed from storage for good."
    )
    disk_reserve_bytes: int = Field(
        default=1024**3, ge=0, description="Free disk space below which no file is taken in any more."
    )
    ingest_backlog: int = Field(
        default=1000, ge=1, description="Files of a folder import that may wait at once; the rest are read later."
    )
    worker_nice: int = Field(
        default=10, ge=0, le=19, description="How far the worker gives way to answers (niceness of its process)."
    )
    worker_threads: int = Field(
        default=2, ge=1, le=32, description="Jobs a worker runs side by side; one more thread is kept for uploads."
    )

    # Web and sign-in
    host: str = Field(default="127.0.0.1", description="Address the web page listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the web page listens on.")
    auth: Literal["demo", "header"] = Field(
        default="demo", description="'demo': local demo users, loopback only. 'header': a trusted proxy names the user."
    )
    auth_user_header: str = Field(default="X-Forwarded-User", description="Header in which the proxy names the user.")
    auth_secret_header: str = Field(default="X-Auth-Secret", description="Header in which the proxy proves itself.")
    auth_secret: SecretStr = Field(default=SecretStr(""), description="The secret expected in that header.")
    organisation: str = Field(default="가온시", description="Name of the city shown on the pages.")
    cli_user: str = Field(default="operator", description="User for whom the command line acts when --as is not given.")

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.home / 'assistant.db'}"

    @property
    def model_connected(self) -> bool:
        """Whether any chat model is configured."""
        return bool(self.llm_base_url or self.llm_langchain or self.llm_local)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process.

    Raises:
        Failure: ``settings_invalid``, naming the first setting that does not fit.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "ASSISTANT_" + "_".join(str(part) for part in first["loc"]).upper()
        raise Failure(ErrorCode.SETTINGS_INVALID, detail=f"{name}: {first['msg']}") from error


def child_environment(**overrides: str) -> dict[str, str]:
    """Return the environment for a child process: this one's, with telemetry off and the given overrides.

    The libraries named here call out unless told not to; a closed network must not see them try.
    """
    quiet = {
        "ANONYMIZED_TELEMETRY": "False",
        "LANGSMITH_TRACING": "false",
        "LANGCHAIN_TRACING_V2": "false",
        "HF_HUB_OFFLINE": "1",
        "OMP_WAIT_POLICY": "passive",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **quiet, **overrides}


def quiet_libraries(home: Path) -> None:
    """Put the same switches into this process, before any of the libraries is imported.

    tiktoken looks for its vocabularies in a folder that only the environment names.
    """
    os.environ.update(child_environment(TIKTOKEN_CACHE_DIR=str(token_cache(home))))


def token_cache(home: Path) -> Path:
    """Return the folder in which the tokenizer's vocabularies lie."""
    return home / "cache" / "tiktoken"
