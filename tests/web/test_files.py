"""Files in a conversation: chosen, dropped, followed until they are read, taken out; with scripts and without."""

from __future__ import annotations

import pytest
from browsing import open_context, sign_in

from assistant.errors import ErrorCode, Failure

pytestmark = pytest.mark.browser

PLAN = {"name": "단속 계획.md", "mimeType": "text/markdown", "buffer": b"# plan"}
DROP = """data => {
  const transfer = new DataTransfer();
  transfer.items.add(new File(["# 끌어 놓은 글"], "끌어 놓은 파일.md"));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.querySelector(".talk").dispatchEvent(
      new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


def test_a_file_is_attached_read_and_taken_out(page, site) -> None:
    page.set_input_files("#attach", [PLAN, {**PLAN, "name": "둘째.md"}])
    page.wait_for_selector(".file[data-state=queued] >> nth=1")
    assert "/c/" in page.url, "the first file opened a conversation"
    (conversation,) = site.container.files.attached
    assert [file.name for file in _held(site, conversation)] == [
        "단속 계획.md",
        "둘째.md",
    ]
    assert page.is_visible("#files-reading")
    site.container.files.read()
    page.wait_for_selector(".file[data-state=ready] a >> nth=1")
    assert page.inner_text(".file .file-note >> nth=0") == "3쪽, 12조각"
    assert not page.is_visible("#files-reading")
    page.fill("#question", "단속은 언제 하나요?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn:not([data-running]) .actions")
    (turn,) = site.container.answers.turns.values()
    assert turn.view["conversation_id"] == conversation
    page.click('[aria-label="단속 계획.md 빼기"]')
    page.wait_for_selector(".file >> nth=1", state="detached")
    assert [file.name for file in _held(site, conversation)] == ["둘째.md"]
    page.reload()
    page.wait_for_selector("html.js .file[data-state=ready]")
    page.click('[aria-label="둘째.md 빼기"]')
    page.wait_for_selector("#files-box", state="hidden")
    assert _held(site, conversation) == []


def test_dropped_files_and_files_turned_away(page, site) -> None:
    page.evaluate(DROP)
    page.wait_for_selector(".file[data-state=queued]")
    assert page.inner_text(".file-name") == "끌어 놓은 파일.md"
    site.container.files.refusal = Failure(ErrorCode.FILE_PASSWORD)
    page.set_input_files("#attach", {**PLAN, "name": "잠긴 글.hwp"})
    refused = page.wait_for_selector(".file.refused .file-note")
    assert "열기 암호" in refused.inner_text()
    page.set_input_files("#attach", {**PLAN, "name": "빈 글.md", "buffer": b""})
    page.wait_for_selector(".file.refused >> text=빈 파일입니다.")
    (held,) = site.container.files.attached.values()
    assert len(held) == 1
    site.complaints.clear()  # the browser complains of the refusal's status, which is meant


def test_the_day_whose_law_is_asked(page, site) -> None:
    page.click(".when > summary")
    page.fill("#as-of", "2024-01-01")
    page.keyboard.press("Escape")
    assert page.inner_text("#as-of-shown") == "2024. 1. 1."
    page.fill("#question", "개선계획은 몇 년마다 세우나요?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn:not([data-running]) .as-of >> text=2024. 1. 1. 기준")
    page.click(".when > summary")
    page.click("#as-of-today")
    page.fill("#question", "지금은요?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn:not([data-running]) >> nth=1")
    assert [turn.view["as_of"] for turn in site.container.answers.turns.values()] == ["2024-01-01", None]


def test_attaching_and_asking_as_of_a_day_without_scripts(browser, site) -> None:
    context = open_context(browser, site, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = sign_in(context.new_page(), scripts=False)
    page.click(".attach-plain > summary")
    page.set_input_files('.attach-plain input[type="file"]', PLAN)
    page.click(".attach-plain button")
    page.wait_for_selector(".file[data-state=queued]")
    (conversation,) = site.container.files.attached
    page.click(".when > summary")
    page.fill("#as-of", "2020-05-05")
    page.fill("#question", "단속은 언제 하나요?")
    page.click("#send")
    page.wait_for_selector(".turn .as-of >> text=2020. 5. 5. 기준")
    page.click('[aria-label="단속 계획.md 빼기"]')
    page.wait_for_selector(".file", state="detached")
    assert _held(site, conversation) == []
    context.close()


def _held(site, conversation: str) -> list:
    return site.container.files.attached[conversation]
