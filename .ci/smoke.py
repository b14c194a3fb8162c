"""Do in a fresh copy what README tells a newcomer, as a browser without JavaScript; only the standard library is used.

Starts ``make run`` on a free port, waits for the page, signs in as a demo user, asks a question of the samples, reads
the answer and its source, asks the same on the command line, checks the audit chain, and stops the service. Then starts
it once more: it must still know the answer.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

COPY = Path(sys.argv[1]).resolve()
QUESTION = "사용허가가 취소되면 며칠 안에 원래 상태로 되돌려야 하나요?"
EXPECTED = "20일 이내"
PATIENCE_S = 600  # the first start builds the embedding model; a broken one must still end


class Forms(HTMLParser):
    """Collects the forms of a page: action, and the fields a browser would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms and their fields."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((values.get("action", ""), {}))
        elif tag in {"input", "button", "textarea"} and values.get("name") and self.found:
            self.found[-1][1].setdefault(values["name"], values.get("value", ""))


def say(text: str) -> None:
    """Tell what is being done."""
    sys.stdout.write(f"smoke: {text}\n")
    sys.stdout.flush()


def fail(text: str) -> None:
    """End the run."""
    sys.exit(f"smoke: FAILED: {text}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """``make run`` in the copy, in a process group of its own."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSISTANT_")}
        self.log = (COPY / "smoke.log").open("ab")
        self.process = subprocess.Popen(
            ["make", "--no-print-directory", "run", f"PORT={port}"],  # noqa: S607 - whichever make CI has
            cwd=COPY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        self.browser.addheaders = [("Accept", "text/html")]  # what tells a browser from a program

    def wait(self) -> float:
        """Wait until the page answers; return the seconds it took."""
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE_S:
            if self.process.poll() is not None:
                self.tell()
                fail(f"make run ended with {self.process.returncode}")
            try:
                with self.browser.open(f"{self.address}/healthz", timeout=5):
                    return time.monotonic() - begun
            except OSError:
                time.sleep(0.2)
        self.stop()
        fail("the page did not come up")
        raise AssertionError

    def get(self, path: str) -> tuple[str, str]:
        """Return a page and the address it came from."""
        with self.browser.open(urllib.parse.urljoin(self.address, path), timeout=120) as answer:
            return answer.read().decode("utf-8"), answer.geturl()

    def send(self, page: str, action: str, **fields: str) -> tuple[str, str]:
        """Fill in the page's form for ``action`` and send it; return the page that follows."""
        for target, hidden in Forms(page).found:
            if target == action and all(hidden.get(name, value) in {"", value} for name, value in fields.items()):
                data = urllib.parse.urlencode({**hidden, **fields}).encode()
                url = urllib.parse.urljoin(self.address, target)
                with self.browser.open(urllib.request.Request(url, data), timeout=120) as answer:  # noqa: S310
                    return answer.read().decode("utf-8"), answer.geturl()
        fail(f"no form for {action} with {fields}")
        raise AssertionError

    def stop(self) -> None:
        """End it as Ctrl-C does, and see that nothing stays behind."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            fail("it did not stop within a minute")

    def tell(self) -> None:
        """Show the end of the service's log."""
        sys.stderr.write((COPY / "smoke.log").read_text("utf-8", "replace")[-6000:])


def assistant(*arguments: str) -> dict[str, object]:
    """Run the command line in the copy and return its JSON object."""
    done = subprocess.run(
        [COPY / ".venv/bin/assistant", *arguments, "--json"],
        cwd=COPY,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    if done.returncode:
        fail(f"assistant {' '.join(arguments)}: {done.returncode}: {done.stderr[-2000:]}")
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def ask_in_the_browser(service: Service) -> str:
    """Sign in and ask; return the address of the conversation."""
    page, where = service.get("/")
    if "/login" in where:
        page, where = service.send(page, "/login", username="staff")
    page, where = service.send(page, "/ask", question=QUESTION)
    if EXPECTED not in page or not re.search(r"/c/\w", where):
        service.tell()
        fail(f"the answer at {where} does not say {EXPECTED}")
    return where


def wait_for_samples() -> None:
    """Wait until the samples are searchable: the page may be up before they are."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_S:
        if assistant("search", QUESTION).get("results"):
            return
        time.sleep(1)
    fail("the samples cannot be found")


def main() -> None:
    """Go through it all."""
    service = Service(free_port())
    try:
        say(f"first start: the page answered after {service.wait():.0f} s")
        wait_for_samples()
        where = ask_in_the_browser(service)
        say("asked in the browser: the answer is right")
        answer = assistant("ask", QUESTION)
        if not answer["citations"] or EXPECTED not in str(answer["answer"]):
            fail(f"assistant ask: {answer}")
        say("asked on the command line: the answer is right and has a source")
        audit = assistant("audit", "verify")
        if not audit["ok"] or not audit["events"]:
            fail(f"assistant audit verify: {audit}")
        say(f"the audit chain is whole: {audit['events']} events")
    finally:
        if service.process.poll() is None:
            service.stop()
    again = Service(free_port())
    try:
        say(f"second start: the page answered after {again.wait():.0f} s")
        page, where_now = again.get("/")
        if "/login" in where_now:
            again.send(page, "/login", username="staff")
        page, _ = again.get(urllib.parse.urlsplit(where).path)
        if EXPECTED not in page:
            fail("the answer did not survive the restart")
        say("the answer survived the restart")
    finally:
        if again.process.poll() is None:
            again.stop()


if __name__ == "__main__":
    try:
        main()
    except urllib.error.HTTPError as error:
        fail(f"{error.url}: {error.code}: {error.read().decode('utf-8', 'replace')[:2000]}")
