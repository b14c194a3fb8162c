"""Sharing, taking away and putting a document to work in a browser: wide and narrow, light and dark, by keyboard."""

from __future__ import annotations

from importlib import resources

import pytest
from browsing import open_context, sign_in

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = [pytest.param((1440, 900, "light"), id="wide-light"), pytest.param((390, 844, "dark"), id="narrow-dark")]
ENDED = ".turn:not([data-running]) .reply > .how"


def _violations(page) -> list[str]:
    axe = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert found["passes"], "axe looked at nothing"
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]]


def _fits(page) -> bool:
    return page.evaluate(
        "[...document.querySelectorAll('details[open] > .menu, details[open] > form, details[open] > p')].every(box =>"
        " { const r = box.getBoundingClientRect(); return r.left >= 0 && r.right <= innerWidth; })"
    )


@pytest.mark.parametrize("screen", SCREENS)
def test_new_menus_and_pages_are_accessible_and_fit(browser, site, screen: tuple[int, int, str]) -> None:
    width, height, scheme = screen
    context = open_context(browser, site, viewport={"width": width, "height": height}, color_scheme=scheme)
    page = sign_in(context.new_page())
    found: dict[str, list[str]] = {}
    page.fill("#question", "개선계획은 몇 년마다 세우나요?")
    page.keyboard.press("Enter")
    page.wait_for_selector(ENDED)
    page.click("text=다시 묻기")
    page.wait_for_selector(".versions")
    for opener in (".save > summary", ".edit > summary", ".how > summary"):
        page.locator(opener).focus()
        page.keyboard.press("Enter")
    found["turn"] = _violations(page)
    assert _fits(page)
    page.reload()
    page.wait_for_selector(ENDED)
    page.click(".more > summary")
    page.click("text=부서에 공유")
    page.wait_for_selector(ENDED)
    page.click(".more > summary")
    found["menu"] = _violations(page)
    assert _fits(page)
    with page.expect_download() as download:
        page.click(".menu >> text=DOCX")
    assert download.value.suggested_filename.endswith(".docx")
    page.click("text=공유된 모습 보기")
    page.wait_for_selector(".shared-page")
    found["shared"] = _violations(page)
    page.goto(f"/documents/{site.container.document_id}")
    page.click(".tasks > summary")
    found["document"] = _violations(page)
    assert _fits(page)
    page.click("text=표 뽑기")
    page.wait_for_selector(ENDED)
    found["task"] = _violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("text=표 모두 XLSX로 받기").is_visible()
    assert page.locator("text=다시 묻기").count() == 0
    context.close()
    assert {name: problems for name, problems in found.items() if problems} == {}
    assert site.outside == []
    assert site.complaints == []
