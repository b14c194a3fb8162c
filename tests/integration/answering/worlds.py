"""Real database, guards, prompts and token counter; search and model are small scripted ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from assistant.answering.kit import Kit
from assistant.answering.service import AnswerService
from assistant.library.legal import LegalState
from assistant.library.search import SearchHit, SearchResponse
from assistant.sealing import FernetSealer
from retrieval.types import Locator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from assistant.accounts.identity import Principal
    from assistant.db.engine import Database
    from assistant.ports import ChatMessage
    from assistant.wiring import Container

TEXT = """제19조 (처리기간의 계산)

① 민원의 처리기간을 5일 이하로 정한 경우에는 민원의 접수시각부터 “시간” 단위로 계산한다. <개정 2022.1.11>
② 민원의 처리기간을 6일 이상으로 정한 경우에는 “일” 단위로 계산하고 첫날을 산입한다.
"""


class ScriptedSearch:
    """Returns the hits it is given, as the search service would."""

    def __init__(self, hits: Sequence[SearchHit]) -> None:
        self.hits = tuple(hits)
        self.queries: list[str] = []
        self.dense_top = 0.93
        self.failure: Exception | None = None

    def search(self, _principal: Principal, query: str, *, k: int = 10, **_where: object) -> SearchResponse:
        self.queries.append(query)
        if self.failure is not None:
            raise self.failure
        return SearchResponse(self.hits[:k], 1.0, (), self.dense_top, 20.0)


class ScriptedModel:
    """Streams what it is given, or raises; keeps what it was asked."""

    name = "scripted"
    max_grade = "O"
    context_tokens = 4096
    small = False

    def __init__(self, *pieces: str | Exception | Callable[[], object]) -> None:
        self.pieces = pieces
        self.asked: list[Sequence[ChatMessage]] = []
        self.closed = False

    async def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, schema: object = None
    ) -> AsyncIterator[str]:
        del max_tokens, schema
        self.asked.append(messages)
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            if callable(piece):
                await piece()
                continue
            yield piece

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class World:
    """One installation in the making: its services and what they were built from."""

    container: Container
    database: Database
    search: ScriptedSearch
    staff: Principal
    other: Principal
    model: ScriptedModel | None = None
    made: list[AnswerService] = field(default_factory=list)

    def service(self, model: ScriptedModel | None = None) -> AnswerService:
        """A service as a process would have it; each one is a process of its own."""
        container = self.container
        kit = Kit(
            settings=container.settings,
            search=self.search,  # type: ignore[arg-type]  # the part of it that steps use
            guards=container.guards,
            pii=container.pii,
            prompts=container.prompts,
            tokens=container.tokens,
            model=model,
            embedder=None,
        )
        service = AnswerService(self.database, FernetSealer("k" * 32), container.pii, lambda: kit)
        self.made.append(service)
        return service


def hit(text: str = TEXT, *, grade: str = "O", number: int = 1, collection_id: str = "c") -> SearchHit:
    """A search hit over a text."""
    return SearchHit(
        chunk_id=f"chunk{number}",
        document_id=f"document{number}",
        version_id=f"version{number}",
        collection_id=collection_id,
        collection="laws",
        grade=grade,
        title="민원 처리에 관한 법률",
        locator=Locator("제19조", "처리기간의 계산", ("제2장 민원의 처리", "제19조 (처리기간의 계산)"), None),
        text=text,
        start=1000,
        end=1000 + len(text),
        score=0.9,
        legal_state=LegalState.IN_FORCE,
        effective_on=date(2022, 7, 12),
        dense=0.9,
        lexical=1.0,
    )
