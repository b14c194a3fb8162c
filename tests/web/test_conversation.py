"""The conversation page in a browser: asking, following, checking the evidence."""

from __future__ import annotations

import pytest
from browsing import open_context, sign_in
from scripted import QUOTE, SECOND

from assistant.answering.events import EventType

pytestmark = pytest.mark.browser

ENDED = ".turn:not([data-running]) .actions"


def _ask(page, question: str = "보행환경 개선계획은 몇 년마다 세우나요?") -> None:
    page.fill("#question", question)
    page.keyboard.press("Enter")


def test_from_question_to_passage(page, site) -> None:
    _ask(page)
    page.wait_for_selector(ENDED)
    assert page.inner_text(".question") == "보행환경 개선계획은 몇 년마다 세우나요?"
    assert page.inner_text(".tag") == "답변"
    assert page.url.startswith(f"{site.address}/c/")
    assert page.input_value("#question") == ""
    page.wait_for_selector("#history-list a[aria-current=page]")

    headings = page.locator("#panel-sources h3").all_inner_texts()
    assert headings == ["인용함 2", "찾았지만 쓰지 않음 1"]
    assert page.locator("#panel-sources .facts").first.inner_text().split("\n") == [
        "현행",
        "시행 2026. 1. 1.",
        "가온시 조례",
    ]

    page.click(".answer .chip >> nth=1")
    mark = page.locator("#panel-document mark")
    mark.wait_for()
    assert mark.inner_text() == SECOND
    assert mark.evaluate("m => m === document.activeElement")
    assert mark.evaluate(
        "m => { const a = m.getBoundingClientRect(), b = m.closest('[role=tabpanel]').getBoundingClientRect();"
        " return a.top >= b.top && a.bottom <= b.bottom; }"
    )
    assert page.get_attribute("#tab-document", "aria-selected") == "true"

    page.click("text=전체 문서 열기")
    page.wait_for_selector(".paper mark")
    assert page.inner_text(".paper mark") == SECOND
    assert page.locator(".outline a").count() == 5


def test_the_page_of_a_conversation_shows_the_same(page) -> None:
    _ask(page)
    page.wait_for_selector(ENDED)
    live = page.inner_html(".answer")
    page.reload()
    page.wait_for_selector(ENDED)
    assert page.inner_html(".answer") == live
    assert page.is_visible("#panel-sources .source")


def test_the_card_of_a_chip(page) -> None:
    _ask(page)
    page.wait_for_selector(ENDED)
    chip = page.locator(".answer .chip").first
    chip.focus()
    card = page.locator("#card")
    assert card.is_visible()
    text = card.inner_text()
    for part in ("가온시 보행안전 조례", "제3조(시장의 책무)", "현행", "시행 2026. 1. 1.", QUOTE):
        assert part in text
    assert chip.get_attribute("aria-describedby") == "card"
    page.keyboard.press("Escape")
    assert card.is_hidden()
    chip.hover()
    card.wait_for()
    card.hover()
    page.wait_for_timeout(400)  # longer than the card waits for the pointer to come back
    assert card.is_visible()


def test_enter_belongs_to_the_input_method_while_hangul_is_composed(page, site) -> None:
    page.fill("#question", "점검은 몇 번")
    for composing, code in (("true", 13), ("false", 229)):
        page.evaluate(
            f"document.querySelector('#question').dispatchEvent(new KeyboardEvent('keydown',"
            f" {{key: 'Enter', keyCode: {code}, isComposing: {composing}, bubbles: true, cancelable: true}}))"
        )
    page.focus("#question")
    page.keyboard.press("End")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("하나요?")
    assert page.input_value("#question") == "점검은 몇 번\n하나요?"
    assert site.container.answers.turns == {}
    page.keyboard.press("Enter")
    page.wait_for_selector(ENDED)
    assert [turn.view["question"] for turn in site.container.answers.turns.values()] == ["점검은 몇 번\n하나요?"]


def test_a_broken_line_is_taken_up_where_it_broke(page, site) -> None:
    whole = site.container.answers.events
    asked: list[int] = []

    async def breaking(principal, turn_id, after=0):
        asked.append(after)
        async for event in whole(principal, turn_id, after):
            yield event
            if event.seq == 4 and len(asked) == 1:
                return

    site.container.answers.events = breaking
    site.container.answers.patient = True
    _ask(page)
    page.wait_for_selector(ENDED)
    assert asked[:2] == [0, 4]
    assert page.inner_text(".answer p >> nth=0").startswith(QUOTE)
    assert page.locator(".answer .chip").count() == 2


def _script(site, *events, answer: str) -> None:
    """Let the next answer run by these events and end with this text, which the page must then show."""
    usual = site.container.answers.usual_script

    def script(turn):
        usual(turn)
        turn.view.update(answer=answer, marks=[])
        return list(events)

    site.container.answers.script = script
    site.container.answers.pace = 0.15
    site.container.answers.patient = True


def test_a_restart_forgets_and_a_retraction_replaces(page, site) -> None:
    seen = page.evaluate_handle(
        "() => { const seen = []; new MutationObserver(() => { const a = document.querySelector('.answer');"
        " if (a && seen.at(-1) !== a.innerText) seen.push(a.innerText); })"
        ".observe(document.querySelector('#turns'), {subtree: true, childList: true}); return seen; }"
    )
    _script(
        site,
        (EventType.DELTA, {"text": "잘못 시작한 글"}),
        (EventType.RESTART, {}),
        (EventType.DELTA, {"text": "새로 쓴 글"}),
        (EventType.RETRACT, {"text": "거두어들였습니다", "reason": "blocked_output"}),
        answer="거두어들였습니다",
    )
    _ask(page)
    page.wait_for_selector(ENDED)
    shown = [text for text in seen.json_value() if text]
    assert shown[-1] == "거두어들였습니다"
    # A busy machine may skip a state; it must never show two of them joined.
    assert set(shown) <= {"잘못 시작한 글", "새로 쓴 글", "거두어들였습니다"}


def test_what_is_streamed_is_never_markup(page, site) -> None:
    nasty = '<img src=x onerror="document.title=1"> <script>document.title=2</script> [1](javascript:alert(1))'
    _script(
        site,
        (EventType.SOURCES, {"items": site.container.answers.sources}),
        (EventType.DELTA, {"text": nasty}),
        answer=nasty,
    )
    _ask(page, nasty)
    page.wait_for_selector(".answer >> text=<img")
    assert page.locator(".turn img, .turn script").count() == 0
    page.wait_for_selector(ENDED)
    assert page.locator(".turn img, .turn script").count() == 0
    assert page.title() == "새 대화 · 가온시 업무 도우미"


def test_stopping(page, site) -> None:
    site.container.answers.pace = 1.0
    site.container.answers.patient = True
    _ask(page)
    page.click("text=중지")
    page.wait_for_selector(ENDED)
    assert page.inner_text(".tag") == "중지됨"


def test_asking_again_and_rating(page, site) -> None:
    _ask(page)
    page.wait_for_selector(ENDED)
    page.click('.thumb[value="-1"]')
    page.wait_for_selector('.thumb[value="-1"][aria-pressed=true]')
    page.click("text=의견 쓰기")
    page.fill('[name="comment"]', "조문이 다릅니다")
    page.click("text=의견 남기기")
    page.wait_for_selector("text=의견을 남겼습니다")
    assert site.container.answers.life[-1] == "feedback -1 조문이 다릅니다"
    first = page.get_attribute(".turn", "data-id")
    page.click("text=다시 묻기")
    page.wait_for_selector(f'.turn:not([data-id="{first}"]) .actions')
    assert page.locator(".turn").count() == 1
    assert page.inner_text(".versions .count") == "2 / 2"
    assert len(site.container.answers.titles) == 1, "asking again stays in the conversation"


def test_a_question_is_edited_and_both_stay(page) -> None:
    _ask(page)
    page.wait_for_selector(ENDED)
    _ask(page, "그럼 점검은요?")
    page.wait_for_selector(".turn:nth-child(2):not([data-running]) .actions")
    page.locator(".turn").first.get_by_text("고쳐 묻기").click()
    box = page.locator(".edit[open] textarea")
    box.fill("보도 폭은 몇 미터인가요?")
    page.click("text=고친 질문 보내기")
    page.wait_for_selector(".versions")
    assert page.locator(".question").all_inner_texts() == ["보도 폭은 몇 미터인가요?"]
    _ask(page, "예외는요?")
    page.wait_for_selector(".turn:nth-child(2):not([data-running]) .actions")
    page.reload()
    page.wait_for_selector(".turn:nth-child(2) .actions")
    assert page.locator(".question").all_inner_texts() == ["보도 폭은 몇 미터인가요?", "예외는요?"]
    page.click("[aria-label='앞 판 보기']")
    page.wait_for_selector("text=그럼 점검은요?")
    assert page.inner_text(".versions .count") == "1 / 2"


def test_unsupported_sentences_can_be_counted_and_visited(page) -> None:
    _ask(page)
    page.wait_for_selector(ENDED)
    page.click("text=근거 확인이 필요한 문장 1곳")
    assert page.evaluate("document.activeElement.className") == "unsupported"
    assert page.evaluate("document.activeElement.innerText").startswith("점검 결과는")


def test_personal_data_is_shown_before_it_is_sent(page, site) -> None:
    _ask(page, "🙂 홍길동 씨의 민원은 어떻게 하나요?")
    page.wait_for_selector("#privacy:not([hidden])")
    assert "이름 1건" in page.inner_text("#privacy")
    assert page.inner_text("#privacy mark") == "홍길동"
    page.click("#privacy >> text=수정")
    assert site.container.answers.turns == {}
    assert "홍길동" in page.input_value("#question")
    page.press("#question", "Enter")
    page.click("#privacy >> text=가리고 보내기")
    page.wait_for_selector(ENDED)


def test_a_refusal_is_told_beside_the_question(page, site) -> None:
    site.container.answers.titles["gone"] = ("somebody", "x")
    page.evaluate("document.querySelector('#composer').elements.conversation_id.value = 'gone'")
    _ask(page)
    page.wait_for_selector("#form-error:not(:empty)")
    assert page.inner_text("#form-error") == "해당 대화를 찾을 수 없습니다."
    assert page.input_value("#question"), "what was typed is still there"
    site.complaints.clear()  # the browser notes the 404 itself


def test_narrow_screens_keep_the_evidence_closed_until_asked_for(browser, site) -> None:
    context = open_context(browser, site, viewport={"width": 390, "height": 844}, has_touch=True)
    page = sign_in(context.new_page())
    _ask(page)
    page.wait_for_selector(ENDED)
    assert page.is_hidden("#evidence")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click(".answer .chip >> nth=0")
    page.wait_for_selector("#panel-document mark")
    page.keyboard.press("Escape")
    assert page.is_hidden("#evidence")
    assert page.evaluate("document.activeElement.className").startswith("chip")
    page.click("#history-open")
    page.wait_for_selector("#history.open a[aria-current=page]")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "history-open"
    context.close()
    assert site.complaints == []
