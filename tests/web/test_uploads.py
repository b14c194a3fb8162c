"""Handing in files on the page: many at once, folders, failures, after a reload, by keyboard, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import open_context, sign_in
from handing_in import HandWork
from sqlalchemy import func, select

from assistant.db.models import Upload
from assistant.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from browsing import Site
    from playwright.sync_api import Browser, Locator, Page, Route

pytestmark = pytest.mark.browser


@pytest.fixture
def hands(site: Site) -> HandWork:
    site.container.ingestion = HandWork(site.container.database)
    return site.container.ingestion


@pytest.fixture
def page(browser: Browser, site: Site, hands: HandWork) -> Iterator[Page]:
    """최도윤, 데이터 담당, on the page for uploads."""
    context = open_context(browser, site)
    page = sign_in(context.new_page(), "steward")
    page.goto("/uploads")
    page.wait_for_selector("html.js #drop")
    yield page
    context.close()
    assert site.outside == []
    assert [one for one in site.complaints if "422" not in one and "ERR_FAILED" not in one] == []


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("가.txt", "나.txt", "다.md", "암호.txt", "그림.exe"):
        (folder / name).write_text(f"{name}의 내용", encoding="utf-8")
    (folder / "빈 것.txt").write_bytes(b"")
    return folder


def line(page: Page, name: str) -> Locator:
    return page.locator("#upload-lines .line").filter(has_text=name)


def choose(page: Page, folder: Path) -> None:
    page.set_input_files("#upload-files", sorted(folder.iterdir()))


def test_each_file_has_its_line_to_the_end(page: Page, hands: HandWork, files: Path) -> None:
    choose(page, files)
    line(page, "가.txt").get_by_text("대기").wait_for()
    line(page, "암호.txt").get_by_text("열기 암호가 걸린").wait_for()
    line(page, "그림.exe").get_by_text("지원하지 않는 형식").wait_for()
    line(page, "빈 것.txt").get_by_text("빈 파일이라").wait_for()
    assert sorted(hands.keys) == ["upload:가.txt", "upload:나.txt", "upload:다.md"], "the other two were never sent"
    hands.read("가.txt")
    line(page, "가.txt").get_by_text("글자 읽는 중").wait_for()
    hands.read("가.txt", "embed", 12, 40)
    line(page, "가.txt").get_by_text("색인 중 12/40").wait_for()
    hands.finish("가.txt")
    line(page, "가.txt").get_by_text("3쪽, 12조각").wait_for()
    hands.fail("나.txt", ErrorCode.FILE_DRM)
    line(page, "나.txt").get_by_text("문서 보안").wait_for()
    hands.finish("다.md", pages=None, chunks=1)
    line(page, "다.md").get_by_text("1조각").wait_for()
    page.locator("#upload-sum").get_by_text("모두 6건 · 완료 2 · 실패 4").wait_for()
    page.locator("#upload-live").get_by_text("모두 끝났습니다").wait_for()
    page.reload()
    line(page, "가.txt").get_by_text("완료").wait_for()
    line(page, "암호.txt").get_by_text("열기 암호가 걸린").wait_for()
    assert page.locator("#upload-lines .line").count() == 4, "what was never sent is known to this page only"


def test_a_failed_file_is_tried_again_and_finished_ones_are_cleared(page: Page, hands: HandWork, files: Path) -> None:
    page.set_input_files("#upload-files", [files / "가.txt", files / "나.txt"])
    line(page, "나.txt").get_by_text("대기").wait_for()
    line(page, "가.txt").get_by_text("대기").wait_for()
    hands.fail("나.txt", ErrorCode.PARSE_TIMEOUT)
    again = line(page, "나.txt").get_by_role("button", name="나.txt 다시 시도")
    again.wait_for()
    again.focus()
    page.keyboard.press("Enter")
    line(page, "나.txt").get_by_text("대기").wait_for()
    assert hands.retried == [hands.version("나.txt")]
    hands.finish("나.txt")
    line(page, "나.txt").get_by_text("완료").wait_for()
    page.get_by_role("button", name="끝난 것 지우기").click()
    line(page, "나.txt").wait_for(state="detached")
    assert line(page, "가.txt").count() == 1, "it is still waiting"


def test_a_folder_is_taken_with_its_places_and_without_junk(page: Page, hands: HandWork, tmp_path: Path) -> None:
    top = tmp_path / "자료"
    for name in ("인사/규정.txt", "총무/규정.txt", ".DS_Store", "총무/~$규정.txt"):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    page.set_input_files("#upload-folder", top)
    line(page, "자료/인사/규정.txt").get_by_text("대기").wait_for()
    line(page, "자료/총무/규정.txt").get_by_text("대기").wait_for()
    page.get_by_text("숨은 파일 2개는 뺐습니다").wait_for()
    assert sorted(hands.keys) == ["upload:자료/인사/규정.txt", "upload:자료/총무/규정.txt"]


def test_three_at_a_time_and_what_is_cancelled_leaves_nothing(
    page: Page, site: Site, hands: HandWork, tmp_path: Path
) -> None:
    held: list[Route] = []
    page.route("**/api/v1/documents", lambda route: held.append(route))  # noqa: PLW0108 - a bound method takes no mark
    paths = [tmp_path / f"{number}.txt" for number in range(7)]
    for path in paths:
        path.write_text(path.name, encoding="utf-8")
    page.set_input_files("#upload-files", paths)
    line(page, "6.txt").get_by_text("보내기 전").wait_for()
    page.wait_for_function("document.querySelectorAll('.line.sending').length === 3")
    assert len(held) == 3
    line(page, "0.txt").get_by_role("button", name="취소").click()
    line(page, "0.txt").wait_for(state="detached")
    page.wait_for_function("document.querySelectorAll('.line.sending').length === 3")
    page.get_by_role("button", name="남은 것 취소").click()
    page.locator("#uploads").wait_for(state="hidden")
    page.unroute("**/api/v1/documents")
    assert hands.keys == []
    with site.container.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0


def test_files_are_dropped_anywhere_on_the_page(page: Page, hands: HandWork) -> None:
    transfer = page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File(['내용'], '끌어온 것.txt')); return t; }"
    )
    page.dispatch_event("main", "dragenter", {"dataTransfer": transfer})
    page.wait_for_selector("body.dragging")
    page.dispatch_event("main", "drop", {"dataTransfer": transfer})
    line(page, "끌어온 것.txt").get_by_text("대기").wait_for()
    assert page.locator("body.dragging").count() == 0


def test_what_is_too_large_is_not_sent(page: Page, hands: HandWork, files: Path) -> None:
    page.evaluate("document.querySelector('#upload').dataset.most = 10")
    page.set_input_files("#upload-files", [files / "가.txt"])
    line(page, "가.txt").get_by_text("넘어 보내지 않았습니다").wait_for()
    assert hands.keys == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_anybody(
    browser: Browser, site: Site, hands: HandWork, files: Path, scheme: str
) -> None:
    context = open_context(browser, site, color_scheme=scheme)
    page = sign_in(context.new_page(), "steward")
    page.goto("/uploads")
    page.wait_for_selector("html.js #drop")
    choose(page, files)
    line(page, "가.txt").get_by_text("대기").wait_for()
    hands.read("가.txt", "embed", 12, 40)
    hands.finish("나.txt")
    line(page, "나.txt").get_by_text("완료").wait_for()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_it_works_without_scripts(browser: Browser, site: Site, hands: HandWork, files: Path) -> None:
    context = open_context(browser, site, java_script_enabled=False)
    page = sign_in(context.new_page(), "steward", scripts=False)
    page.goto("/uploads")
    page.set_input_files("#upload-files", [files / "가.txt", files / "나.txt", files / "암호.txt"])
    page.get_by_role("button", name="올리기").click()
    page.get_by_text("3건 가운데 처리 중 2건, 실패 1건").wait_for()
    hands.fail("나.txt", ErrorCode.FILE_DAMAGED)
    page.reload()
    page.get_by_role("button", name="다시 시도").click()
    page.get_by_text("3건 가운데 처리 중 2건, 실패 1건").wait_for()
    assert hands.retried == [hands.version("나.txt")]
    context.close()
