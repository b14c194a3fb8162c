"""No page breaks a rule of WCAG 2.2 AA that axe-core can see, wide and narrow, light and dark."""

from __future__ import annotations

from importlib import resources

import pytest
from browsing import open_context, sign_in

from assistant.library.collections import ensure_collection

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = [pytest.param((1440, 900, "light"), id="wide-light"), pytest.param((390, 844, "dark"), id="narrow-dark")]


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core (MPL-2.0) as its test package carries it."""
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def _violations(page, axe: str) -> list[str]:
    page.evaluate(axe)  # through the debugger: the pages' own policy lets no foreign script in
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert found["passes"], "axe looked at nothing"
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]]


@pytest.mark.parametrize("screen", SCREENS)
def test_pages_are_accessible(browser, site, axe: str, screen: tuple[int, int, str]) -> None:
    width, height, scheme = screen
    with site.container.database.write() as session:
        ensure_collection(session, name="papers", grade="S", department="120", actor="operator")
    context = open_context(browser, site, viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    found: dict[str, list[str]] = {}
    page.goto("/login")
    found["login"] = _violations(page, axe)
    sign_in(page, "steward")
    found["welcome"] = _violations(page, axe)
    page.set_input_files("#attach", {"name": "계획.md", "mimeType": "text/markdown", "buffer": b"# plan"})
    page.wait_for_selector(".file[data-state=queued]")
    page.click(".when > summary")
    found["files and day"] = _violations(page, axe)
    page.keyboard.press("Escape")
    site.container.answers.pace = 0.3
    site.container.answers.patient = True
    page.fill("#question", "개선계획은 몇 년마다 세우나요?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn[data-running] .progress li")
    found["running"] = _violations(page, axe)
    page.wait_for_selector(".turn:not([data-running]) .actions")
    found["answered"] = _violations(page, axe)
    page.click(".answer .chip >> nth=0")
    page.wait_for_selector("#panel-document mark")
    found["document panel"] = _violations(page, axe)
    page.goto(page.get_attribute(".answer .chip >> nth=0", "href"))
    found["document"] = _violations(page, axe)
    page.goto("/documents")
    page.click(".hand-in > summary")
    found["documents"] = _violations(page, axe)
    page.goto("/collections")
    page.click(".panel > summary")
    found["collections"] = _violations(page, axe)
    page.goto("/collections/papers")
    page.click(".panel >> nth=1 >> summary")
    page.click(".panel >> nth=2 >> summary")
    found["collection"] = _violations(page, axe)
    page.goto("/docs")
    found["reference"] = _violations(page, axe)
    page.goto("/nowhere")
    found["error"] = _violations(page, axe)
    context.close()
    assert {name: broken for name, broken in found.items() if broken} == {}
    assert site.outside == []


def test_the_keyboard_reaches_everything(page) -> None:
    page.fill("#question", "개선계획은 몇 년마다 세우나요?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn:not([data-running]) .actions")
    page.goto(page.url)
    page.wait_for_selector("html.js #evidence:not([hidden])")
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")  # where a reader begins
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("(e => e.id || e.className.split(' ')[0] || e.tagName)(document.activeElement)"))
    assert reached[0] == "skip"
    for stop in (
        "brand",
        "chip",
        "ghost",
        "question",
        "attach",
        "collection",
        "send",
        "tab-sources",
        "evidence-close",
        "open",
    ):
        assert stop in reached, (stop, reached)
