"""The library in a browser: choosing, reading at a passage, finding words, comparing; with and without scripts."""

from __future__ import annotations

from importlib import resources

import pytest
from browsing import open_context, sign_in
from scripted import LAW, QUOTE
from sqlalchemy import update

from assistant.db.models import Document, DocumentVersion, VersionText, now

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = [pytest.param((1440, 900, "light"), id="wide-light"), pytest.param((390, 844, "dark"), id="narrow-dark")]
ARTICLES = 1100  # 민법 has 1,118


@pytest.fixture
def law(site) -> str:
    """The open law, amended and somewhat longer; its address."""
    return amend(site.container, 12)


@pytest.fixture
def code(site) -> str:
    """The open law, amended and grown to the length of a code; its address."""
    return amend(site.container, ARTICLES)


def amend(container, articles: int) -> str:
    text, outline, blocks = LAW.replace("5년마다", "3년마다"), [], []
    with container.database.write() as session:
        first = session.get_one(VersionText, container.version_id)
        outline, blocks = list(first.outline), list(first.blocks)
        for number in range(5, articles):
            label, body = f"제{number}조(규정 {number})", f"이 조는 {number}번째 규정이다. " * 3
            start = len(text) + 2
            text += f"\n\n{label}\n\n{body.strip()}"
            outline.append([2, label, start])
            blocks += [["heading", start, start + len(label), 2, None]]
            blocks += [["paragraph", start + len(label) + 2, len(text), 0, None]]
        old = session.get_one(DocumentVersion, container.version_id)
        old.state = "superseded"
        session.add(
            DocumentVersion(
                id="second", document_id=container.document_id, number=2, content_sha256=old.content_sha256,
                size=old.size, media_type="text/markdown", state="ready", title=old.title, kind="조례",
                legal_status="시행", chunk_count=9, ready_at=now(), meta={"warnings": ["숨긴 시트는 읽지 않았습니다."]},
            )
        )  # fmt: skip
        session.flush()
        session.add(VersionText(version_id="second", text=text, blocks=blocks, outline=outline))
        where = Document.id == container.document_id
        session.execute(update(Document).where(where).values(active_version_id="second"))
    return f"/documents/{container.document_id}"


def passage(address: str, text: str, words: str, version: str) -> str:
    start = text.index(words)
    return f"{address}?version={version}&start={start}&end={start + len(words)}#mark"


@pytest.mark.parametrize("screen", SCREENS)
def test_the_pages_of_documents_are_accessible_and_fit(browser, site, law: str, screen: tuple[int, int, str]) -> None:
    axe = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    width, height, scheme = screen
    context = open_context(browser, site, viewport={"width": width, "height": height}, color_scheme=scheme)
    page = sign_in(context.new_page(), "steward")
    found: dict[str, list[str]] = {}
    addresses = {
        "library": "/documents",
        "chosen": "/documents?kind=조례&since=2020-01-01&order=title",
        "bin": "/documents?bin=1",
        "passage": passage(law, LAW, QUOTE, site.container.version_id),
        "history": f"{law}/history",
        "compare": f"{law}/compare",
    }
    for name, address in addresses.items():
        page.goto(address)
        page.wait_for_selector("html.js, main.sheet")
        page.evaluate(axe)
        broken = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
        found[name] = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in broken]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    context.close()
    assert {name: broken for name, broken in found.items() if broken} == {}
    assert site.outside == []
    assert site.complaints == []


def test_a_passage_of_a_long_law_is_in_view(page, site, code: str) -> None:
    with site.container.database.read() as session:
        text = session.get_one(VersionText, "second").text
    page.goto(passage(code, text, "이 조는 900번째 규정이다.", "second"))
    page.wait_for_function("document.querySelector('.outline a[aria-current]')")
    page.wait_for_timeout(300)
    box = page.evaluate(
        "(r => [r.top, r.bottom, innerHeight])(document.querySelector('#mark').getBoundingClientRect())"
    )
    assert 0 < box[0] < box[1] < box[2], "the passage stands within the window although what is above is not laid out"
    assert page.inner_text("#citation") == "「가온시 보행안전 조례」 제900조"
    current = page.inner_text(".outline a[aria-current]")
    assert current in {f"제{number}조(규정 {number})" for number in (898, 899, 900, 901)}
    page.click('.outline a:text-is("제50조(규정 50)")')
    page.wait_for_timeout(300)
    heading = page.evaluate("document.getElementById(location.hash.slice(1)).getBoundingClientRect().top")
    assert 0 <= heading < 400


def test_words_are_found_in_the_text(page, code: str) -> None:
    page.goto(code)
    page.fill(".finder input", "777번째")
    page.wait_for_selector('.finder .tally:text-is("3곳")')
    page.keyboard.press("Enter")
    page.wait_for_selector('.finder .tally:text-is("1 / 3")')
    page.click(".finder >> text=다음")
    page.wait_for_selector('.finder .tally:text-is("2 / 3")')
    page.fill(".finder input", "없는 말")
    page.wait_for_selector('.finder .tally:text-is("없음")')


def test_walking_from_change_to_change(page, law: str) -> None:
    page.goto(f"{law}/compare?only=1")
    assert page.inner_text(".pair ins >> nth=0") == "3년마다"
    page.click("#next")
    page.wait_for_selector('#place:has-text("1 / ")')
    assert page.locator(".pair .row.now").count() == 1
    page.click("#previous")
    page.wait_for_selector(f'#place:has-text("{12 - 5 + 1} / ")')


def test_without_scripts_everything_can_be_chosen_read_and_compared(browser, site, law: str) -> None:
    context = open_context(browser, site, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = sign_in(context.new_page(), "steward", scripts=False)
    page.goto("/documents")
    page.fill('.filter [name="q"]', "보행")
    page.click("text=제목·파일 이름")
    page.click('.filter button:has-text("찾기")')
    page.click('.orders a:has-text("시행일")')
    assert "order=effective" in page.url
    assert "q=" in page.url
    page.click('.documents a:has-text("보행안전")')
    page.click("text=이력 2판")
    page.click("text=고른 두 판 비교")
    assert page.inner_text(".pair del >> nth=0") == "5년마다"
    page.goto(law)
    page.click("summary >> text=내리기")
    page.click('.ask[open] button:has-text("내리기")')
    page.wait_for_url("**/documents")
    assert page.locator('.documents a:has-text("보행안전")').count() == 0
    page.goto("/documents?bin=1")
    page.click("text=되돌리기")
    page.goto("/documents")
    assert page.locator('.documents a:has-text("보행안전")').count() == 1
    context.close()
    assert site.outside == []
