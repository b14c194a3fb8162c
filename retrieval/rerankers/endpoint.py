"""Reranking by any endpoint that speaks ``/v1/rerank`` as Cohere and Jina do (vLLM, TEI behind a gateway, Infinity)."""

from __future__ import annotations

import json
import math
import threading
from typing import TYPE_CHECKING, Any

from retrieval.errors import IndexUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence


class EndpointReranker:
    """Asks ``{base_url}/rerank`` for the relevance of passages to a question. Thread-safe.

    Failures of any kind are ``IndexUnavailable``: for search, a reranker that does not answer is a step left out.
    ``timeout`` is for the whole request, in seconds.
    """

    def __init__(self, *, base_url: str, model: str, api_key: str = "", timeout: float = 3.0) -> None:
        """Keep the address; no request is made yet.

        Raises:
            ValueError: address or model name are empty.
        """
        if not base_url or not model:
            raise ValueError("base_url and model must be given")
        self._address, self._model, self._api_key = f"{base_url.rstrip('/')}/rerank", model, api_key
        self._timeout = timeout
        self._lock = threading.Lock()
        self._connected: Any = None
        self.fingerprint = f"rerank/{model}"

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return one score per passage, in their order; higher is better, the scale is the model's.

        Raises:
            IndexUnavailable: the endpoint does not answer in time, refuses, or answers something else.
        """
        import httpx  # noqa: PLC0415 - heavy

        if not passages:
            return []
        body = {"model": self._model, "query": query, "documents": list(passages), "top_n": len(passages)}
        try:
            reply = self._client().post(self._address, json=body)
            reply.raise_for_status()
            found = {int(row["index"]): float(row["relevance_score"]) for row in reply.json()["results"]}
        except (httpx.HTTPError, json.JSONDecodeError, ValueError, KeyError, TypeError) as error:
            raise IndexUnavailable(f"rerank endpoint: {type(error).__name__}") from error
        if set(found) != set(range(len(passages))) or not all(map(math.isfinite, found.values())):
            raise IndexUnavailable("rerank endpoint: the reply is not one finite score per passage")
        return [found[number] for number in range(len(passages))]

    def close(self) -> None:
        """Close the connections; the reranker may still be used afterwards."""
        with self._lock:
            client, self._connected = self._connected, None
        if client is not None:
            client.close()

    def _client(self) -> Any:  # noqa: ANN401 - httpx is imported lazily
        import httpx  # noqa: PLC0415 - heavy

        with self._lock:
            if self._connected is None:
                headers = {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}
                # variables of the environment must not reroute requests, nor may the endpoint
                self._connected = httpx.Client(
                    timeout=self._timeout, headers=headers, trust_env=False, follow_redirects=False
                )
            return self._connected
