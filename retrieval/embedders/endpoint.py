"""Embeddings from any OpenAI-compatible endpoint (vLLM, TEI, Ollama, a cloud inside the grade rules)."""

from __future__ import annotations

import threading
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import IndexUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class EndpointEmbedder:
    """Asks ``{base_url}/embeddings`` for vectors and normalises them to length 1. Thread-safe.

    ``query_prefix`` and ``passage_prefix`` are what the served model was trained with (E5: ``query: `` and
    ``passage: ``). ``dimension`` is asked of the endpoint once when it is not given. Failures of any kind are
    ``IndexUnavailable``: for search, a model that does not answer is a side that cannot be asked.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str = "",
        dimension: int | None = None,
        query_prefix: str = "",
        passage_prefix: str = "",
        batch_size: int = 32,
        timeout: float = 30.0,
        max_retries: int = 2,
    ) -> None:
        """Keep the address; no request is made yet.

        Raises:
            ValueError: address or model name are empty, or ``batch_size`` is below 1.
        """
        if not base_url or not model or batch_size < 1:
            raise ValueError("base_url and model must be given and batch_size at least 1")
        self._base_url, self._model, self._api_key = base_url, model, api_key
        self._prefixes = (query_prefix, passage_prefix)
        self._batch_size, self._timeout, self._max_retries = batch_size, timeout, max_retries
        self._dimension = dimension
        self._lock = threading.Lock()
        self._connected: Any = None
        # the address is left out on purpose: the same model on another host gives the same vectors
        self.fingerprint = f"endpoint/{model}/{query_prefix}|{passage_prefix}"

    @property
    def dimension(self) -> int:
        """Length of the vectors; asks the endpoint the first time when it is not known."""
        if self._dimension is None:
            self._request(["차원"])
        assert self._dimension is not None  # noqa: S101 - set by the request
        return self._dimension

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per passage, shape ``(len(texts), dimension)``."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        inputs = [self._prefixes[1] + unicodedata.normalize("NFKC", text) for text in texts]
        parts = [
            self._request(inputs[start : start + self._batch_size]) for start in range(0, len(inputs), self._batch_size)
        ]
        return np.concatenate(parts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the unit vector of a question, shape ``(dimension,)``."""
        vector: NDArray[np.float32] = self._request([self._prefixes[0] + unicodedata.normalize("NFKC", text)])[0]
        return vector

    def close(self) -> None:
        """Close the connections; the embedder may still be used afterwards."""
        with self._lock:
            client, self._connected = self._connected, None
        if client is not None:
            client.close()

    def _request(self, inputs: list[str]) -> NDArray[np.float32]:
        import openai  # noqa: PLC0415 - heavy

        # some servers refuse empty inputs; a space embeds to something harmless everywhere
        inputs = [text or " " for text in inputs]
        try:
            reply = self._client().embeddings.create(model=self._model, input=inputs, encoding_format="float")
            rows = sorted(reply.data, key=lambda item: item.index)
            vectors = np.array([row.embedding for row in rows], dtype=np.float32)
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise IndexUnavailable(f"embedding endpoint: {type(error).__name__}: {error}") from error
        return self._checked(vectors, len(inputs))

    def _checked(self, vectors: NDArray[np.float32], expected: int) -> NDArray[np.float32]:
        if vectors.ndim != 2 or len(vectors) != expected or not np.isfinite(vectors).all():  # noqa: PLR2004
            raise IndexUnavailable("embedding endpoint: the reply is not one finite vector per text")
        if self._dimension is None:
            self._dimension = vectors.shape[1]
        if vectors.shape[1] != self._dimension:
            raise IndexUnavailable(f"embedding endpoint: {vectors.shape[1]} dimensions instead of {self._dimension}")
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (norms > 0).all():
            raise IndexUnavailable("embedding endpoint: the reply holds a zero vector")
        unit: NDArray[np.float32] = vectors / norms
        return unit

    def _client(self) -> Any:  # noqa: ANN401 - openai is imported lazily
        import openai  # noqa: PLC0415 - heavy

        with self._lock:
            if self._connected is None:
                self._connected = openai.OpenAI(
                    base_url=self._base_url,  # always: environment variables must not reroute requests
                    api_key=self._api_key or "none",  # local servers want none, the SDK wants a word
                    max_retries=self._max_retries,
                    http_client=openai.DefaultHttpxClient(timeout=self._timeout, trust_env=False),
                )
            return self._connected
