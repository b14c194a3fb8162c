"""A server on loopback and contexts of a browser that note whatever goes wrong."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import uvicorn

from assistant.http.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = "/usr/bin/chromium"
SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 30_000  # machines are shared; a test that waits for something fails only when it never comes


@dataclass
class Site:
    """A running server and what stands behind it."""

    address: str
    container: Any
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class _Server(uvicorn.Server):
    """Signals belong to pytest."""

    def install_signal_handlers(self) -> None:
        return


@contextlib.contextmanager
def serving(container: Any) -> Iterator[str]:
    """Serve a container on a free port until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(container), log_level="error", access_log=False, proxy_headers=False, timeout_graceful_shutdown=1
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listener.close()


def open_context(browser: Browser, site: Site, **options: Any) -> BrowserContext:
    """Open a context in which every request and every complaint of the browser is noted."""
    options = {"viewport": {"width": 1440, "height": 900}, "locale": "ko-KR", "reduced_motion": "reduce", **options}
    context = browser.new_context(base_url=site.address, **options)
    context.set_default_timeout(PATIENCE_MS)
    context.on("request", lambda request: _note(site, request.url))
    context.on("console", lambda message: message.type == "error" and site.complaints.append(message.text))
    context.on("weberror", lambda error: site.complaints.append(str(error.error)))
    return context


def _note(site: Site, url: str) -> None:
    if not url.startswith((site.address, "data:")):
        site.outside.append(url)


def sign_in(page: Page, username: str = "staff", *, scripts: bool = True) -> Page:
    """Choose a demo user on the page."""
    page.goto("/login")
    page.click(f'button[value="{username}"]')
    # Before the script has come, Enter is a line end in the text box. Without scripts there is nothing to wait for.
    page.wait_for_selector("html.js #question" if scripts else "#question")
    return page
