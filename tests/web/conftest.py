"""A real server on loopback, a real browser, and answers that follow a script."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# The suite imports by path; the scripted answer service lives with the tests of the interface.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "http"))

import scripted
from browsing import CHROMIUM, SWITCHES, Site, open_context, serving, sign_in

from assistant.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with people and a law, made once."""
    home = tmp_path_factory.mktemp("furnished")
    scripted.furnish(Settings(home=home, _env_file=None))
    return home


@pytest.fixture
def site(furnished: Path, tmp_path: Path) -> Iterator[Site]:
    """The pages over scripted answers."""
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    container = scripted.open_container(Settings(home=tmp_path, _env_file=None))
    with serving(container) as address:
        yield Site(address, container)
    container.database.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium; nothing is downloaded.

    Playwright keeps an event loop running in this thread, which asynchronous tests of other modules could not bear.
    """
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """김하늘 at a wide screen; afterwards nothing may have gone outside or been complained about."""
    context = open_context(browser, site)
    yield sign_in(context.new_page())
    context.close()
    assert site.outside == []
    assert site.complaints == []
