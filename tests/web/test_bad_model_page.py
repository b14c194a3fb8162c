"""What a page shows of a bad model, at every moment: the browser writes down each state of the answer."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import scripted
from browsing import Site, open_context, serving, sign_in
from sqlalchemy import select

from assistant.answering.kit import Kit
from assistant.answering.service import AnswerService
from assistant.db.models import Document
from assistant.library.legal import LegalState
from assistant.library.search import SearchHit, SearchResponse
from assistant.settings import Settings
from assistant.wiring import Container
from guardrails.types import Stage
from retrieval.types import Locator

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.heavy]

NOTE = "근거 확인 필요"
GOOD = "시장은 보행환경 개선계획을 5년마다 수립하여야 합니다. [1]"
WATCH = """() => {
  window.seen = [];
  new MutationObserver(() => {
    for (const answer of document.querySelectorAll(".answer")) window.seen.push(answer.innerText);
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


class BadModel:
    """Says whatever a test wants, a few letters at a time."""

    name, max_grade, context_tokens, small = "bad", "O", 8192, False
    said = ""

    async def stream(self, _messages, *, max_tokens, schema=None):
        for at in range(0, len(self.said), 5):
            yield self.said[at : at + 5]

    async def aclose(self) -> None:
        pass


class OneArticle:
    """Finds the article on the mayor's duty, whatever is asked."""

    def __init__(self, container) -> None:
        begin = scripted.LAW.index("제3조(")
        text = scripted.LAW[begin : scripted.LAW.index("제4조(")].strip()
        with container.database.read() as session:
            shelf = session.scalars(select(Document.collection_id).where(Document.id == container.document_id)).one()
        self.hit = SearchHit(
            chunk_id="c", document_id=container.document_id, version_id=container.version_id, collection_id=shelf,
            collection="ordinances", grade="O", title="가온시 보행안전 조례",
            locator=Locator("제3조", "시장의 책무", ("제3조(시장의 책무)",)), text=text, start=begin,
            end=begin + len(text), score=0.95, legal_state=LegalState.IN_FORCE, effective_on=None, dense=0.9,
            lexical=1.0,
        )  # fmt: skip

    def search(self, _principal, _query, **_where) -> SearchResponse:
        return SearchResponse((self.hit,), 1.0, (), 0.93, 20.0)


@pytest.fixture
def told(furnished, tmp_path, browser) -> Iterator:
    """A page over the real answers of a bad model."""
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    container = scripted.open_container(Settings(home=tmp_path, _env_file=None))
    real = Container(container.settings, lambda: pytest.fail("no Chroma is needed here"))
    model = BadModel()
    kit = Kit(
        settings=real.settings, search=OneArticle(container), guards=real.guards, pii=real.pii, prompts=real.prompts,
        tokens=real.tokens, model=model, embedder=None,
    )  # fmt: skip
    real.guards.inspect("준비", Stage.OUTPUT)  # so that the first question does not wait for what loads at first use
    container.answers = AnswerService(container.database, container.sealer, real.pii, lambda: kit)
    container.files = real.files
    with serving(container) as address:
        site = Site(address, container)
        context = open_context(browser, site)
        yield sign_in(context.new_page()), model
        context.close()
        assert site.outside == []
    real.close()
    container.database.dispose()


@pytest.mark.parametrize(
    ("said", "never", "shown"),
    [
        (f"{GOOD} 보행환경 개선계획은 17년마다 수립하여야 합니다. [1]", "17년", NOTE),
        ("The mayor sets up a plan every 17 years.\n", "17", "5년마다"),
        (f"{GOOD} [17년]마다 개선계획을 시장이 수립합니다. [1]", "17년", NOTE),
        (f"{GOOD} ![x](https://evil.example/17) <b>계획</b>", "evil", "5년마다"),
        (f"{GOOD}\n" * 50 + "보행환경 개선계획은 17년마다 수립합니다.", "17년", "5년마다"),
    ],
)
def test_no_moment_shows_an_unsupported_figure_unmarked(told, said: str, never: str, shown: str) -> None:
    page, model = told
    model.said = said
    page.evaluate(WATCH)
    page.fill("#question", "보행환경 개선계획은 몇 년마다 세우나요?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn:not([data-running]) .actions")
    seen = [*page.evaluate("window.seen"), page.locator(".answer").first.inner_text()]
    assert any(shown in text for text in seen)
    assert [text for text in seen if never in text and NOTE not in text.partition(never)[2]] == []
    assert page.locator(".answer script, .answer img").count() == 0
