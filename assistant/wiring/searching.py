"""What search is made of: both indexes, the models, the questions people ask, and the service over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.errors import ErrorCode, Failure
from assistant.wiring.foundations import Foundations
from assistant.wiring.part import part

if TYPE_CHECKING:
    from assistant.library.index_expressions import Loaded
    from assistant.library.indexing import Indexes
    from assistant.library.reranking import Reranking
    from assistant.library.search import SearchService
    from retrieval.hybrid import HybridSearcher
    from retrieval.ports import Embedder, LexicalIndex, VectorIndex


class Searching(Foundations):
    """The parts of search."""

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
