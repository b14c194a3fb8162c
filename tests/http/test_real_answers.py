"""The interface over the real answer service: what it gives is what pages and API show. Only search is scripted."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from scripted import LAW
from visiting import sign_in

from assistant.answering.kit import Kit
from assistant.answering.service import AnswerService
from assistant.http.app import create_app
from assistant.library.legal import LegalState
from assistant.library.search import SearchHit, SearchResponse
from assistant.wiring import Container
from retrieval.types import Locator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

pytestmark = pytest.mark.heavy

PHONE = "010-1234-5678"


class _Search:
    """Finds the article on inspections, whatever is asked."""

    def __init__(self, container) -> None:
        begin = LAW.index("제4조(점검)")
        with container.database.read() as session:
            from assistant.db.models import Document  # noqa: PLC0415 - one look-up

            shelf = session.get_one(Document, container.document_id).collection_id
        self.hit = SearchHit(
            chunk_id="c", document_id=container.document_id, version_id=container.version_id, collection_id=shelf,
            collection="ordinances", grade="O", title="가온시 보행안전 조례",
            locator=Locator("제4조", "점검", ("제4조(점검)",)), text=LAW[begin:], start=begin, end=len(LAW), score=0.95,
            legal_state=LegalState.IN_FORCE, effective_on=None, dense=0.9, lexical=1.0,
        )  # fmt: skip

    def search(self, _principal, _query, **_where) -> SearchResponse:
        return SearchResponse((self.hit,), 1.0, (), 0.93, 20.0)


@pytest.fixture
async def client(container, connect) -> AsyncIterator[httpx.AsyncClient]:
    real = Container(container.settings, lambda: pytest.fail("no Chroma is needed here"))
    kit = Kit(
        settings=real.settings, search=_Search(container), guards=real.guards, pii=real.pii, prompts=real.prompts,
        tokens=real.tokens, model=None, embedder=None,
    )  # fmt: skip
    container.answers = AnswerService(container.database, container.sealer, real.pii, lambda: kit)
    container.files = real.files
    app = create_app(container)
    async with app.router.lifespan_context(app), connect(app=app) as client:
        yield await sign_in(client, "staff")
    real.close()


async def test_from_question_to_passage(client, connect) -> None:
    question = f"보도의 상태는 해마다 몇 번 점검하고 결과는 어디에 공개하나요? 제 번호는 {PHONE}입니다."
    asked = (await client.post("/api/v1/turns", json={"question": question})).json()
    stream = (await client.get(asked["events_url"])).text
    assert stream.rstrip().split("\n\n")[-1].startswith(f"id: {stream.count('event: ')}\nevent: done\n")
    view = json.loads(stream.rstrip().rsplit("data: ", 1)[1])["turn"]
    assert view == (await client.get(f"/api/v1/turns/{asked['id']}")).json()
    assert view["status"] == "answered_extractive"
    assert view["question"] == question, "the owner sees what was typed"
    assert [source["cited"] for source in view["citations"]] == [True]

    page = (await client.get(f"/c/{asked['conversation_id']}")).text
    assert "원문 발췌 답변" in page
    assert "두 번 이상" in page
    link = unescape(re.search(r'<a class="chip" href="([^"]+)"', page)[1])
    document = (await client.get(link)).text
    marked = "".join(re.findall(r"<mark.*?>(.*?)</mark>", document, re.DOTALL))
    assert re.sub(r"\s|<br>", "", unescape(marked)) == re.sub(r"\s", "", view["citations"][0]["quote"])

    title = (await client.get("/api/v1/conversations")).json()["items"][0]["title"]
    assert title
    assert unescape(page).count(title) >= 1

    feedback = await client.post(f"/api/v1/turns/{asked['id']}/feedback", json={"rating": 1, "comment": "좋음"})
    assert feedback.status_code == 204
    fragment = (await client.get(f"/turns/{asked['id']}")).text
    assert 'value="1" aria-pressed="true"' in fragment

    async with connect(app=client._transport.app) as other:
        await sign_in(other, "staff2")
        assert (await other.get(asked["events_url"])).json()["code"] == "turn_not_found"
        assert (await other.get(f"/c/{asked['conversation_id']}")).json()["code"] == "conversation_not_found"


async def test_conversations_are_renamed_and_deleted_for_good(client) -> None:
    asked = (await client.post("/api/v1/turns", json={"question": "점검은 몇 번 하나요?"})).json()
    await client.get(asked["events_url"])
    path = f"/api/v1/conversations/{asked['conversation_id']}"
    assert (await client.patch(path, json={"title": "보도 점검"})).status_code == 204
    assert "보도 점검" in (await client.get("/history")).text
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(f"/api/v1/turns/{asked['id']}")).json()["code"] == "turn_not_found"
