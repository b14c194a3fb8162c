"""A whole installation as a user starts it: ``assistant serve`` on a home of its own, spoken to over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "only-the-proxy-knows"
ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 180.0  # of a busy machine; nothing is judged by time


def wait_until(what: str, ask: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
    """Return what ``ask`` gives once it is truthy; connections that fail meanwhile count as no."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if found := ask():
                return found
        time.sleep(0.1)
    raise AssertionError(f"in vain: {what}")


def environment(home: Path, **settings: str) -> dict[str, str]:
    """This process's environment with the product's settings in it."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("ASSISTANT_")}
    own = {"ASSISTANT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return {**plain, **own, "ASSISTANT_WORKER_NICE": "0", **settings}  # the machine may be busy with other tests


class Installation:
    """One home, its service and a client of it.

    Args:
        home: an empty folder.
        settings: further settings by their full name.
    """

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        headers = {"ASSISTANT_AUTH": "header", "ASSISTANT_AUTH_SECRET": SECRET}
        self.environment = environment(home, **headers, **settings)
        self.process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(trust_env=False)
        self.seen: set[tuple[int, str]] = set()

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "assistant", *arguments]

    def start(self, *arguments: str) -> None:
        """Start the service and wait until its page answers."""
        log = self.home.parent / "serve.log"
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                self.command("serve", "--port", "0", *arguments),
                env=self.environment,
                cwd=self.home.parent,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        port = wait_until("ready", lambda: self._port(log))
        self.client.base_url = httpx.URL(f"http://127.0.0.1:{port}")
        self.client.headers.update({"X-Forwarded-User": "operator", "X-Auth-Secret": SECRET})
        assert self.client.get("/healthz").status_code == 200

    def _port(self, log: Path) -> int | None:
        assert self.process is not None
        text = log.read_text("utf-8", "replace")
        assert self.process.poll() is None, text
        found = re.search(r"http://127\.0\.0\.1:(\d+)", text)
        return int(found[1]) if found else None

    def signal(self, number: signal.Signals, within_s: float = 60) -> int:
        """Send a signal to the service's first process; return how it ended."""
        assert self.process is not None
        self.seen |= self.family()
        self.process.send_signal(number)
        return self.process.wait(within_s)

    # -- processes

    def family(self) -> set[tuple[int, str]]:
        """Every process of this installation, whoever its parent is, with its moment of birth."""
        table = {pid: stat for pid in _pids() if (stat := _stat(pid)) is not None}
        mark = f"ASSISTANT_HOME={self.home}".encode()
        ours = {pid for pid in table if mark in _environment(pid).split(b"\0")}
        grown = True
        while grown:  # parsers get no environment: they are known by their parents
            children = {pid for pid, (parent, _) in table.items() if parent in ours}
            grown = not children <= ours
            ours |= children
        ours.discard(os.getpid())
        return {(pid, table[pid][1]) for pid in ours}

    def pid_of(self, role: str) -> int | None:
        """The process that runs a hidden command: ``web``, ``worker``, ``chroma-keeper``, or ``chroma`` itself."""
        for pid, _ in self.family():
            words = _command(pid)
            if words[1:4] == ["-m", "assistant", role] or (role == "chroma" and "--path" in words and "run" in words):
                return pid
        return None

    def kill(self, *roles: str) -> None:
        """Kill processes as the kernel does when memory runs out."""
        pids = [wait_until(role, lambda role=role: self.pid_of(role)) for role in roles]
        self.seen |= self.family()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def left_over(self) -> list[str]:
        """What still runs of this installation, parsers without a parent included."""
        alive = self.family() | {(pid, born) for pid, born in self.seen if (s := _stat(pid)) and s[1] == born}
        return [f"{pid} {' '.join(_command(pid))}" for pid, _ in alive]

    def end(self) -> None:
        """Leave nothing running, whatever the test did."""
        for pid, _ in self.family():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait(30)
        self.client.close()

    # -- what a user does

    def search(self, query: str, **more: Any) -> dict[str, Any]:
        answer = self.client.get("/api/v1/search", params={"q": query, **more}, timeout=60)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ask(self, question: str) -> str:
        answer = self.client.post("/api/v1/turns", json={"question": question}, timeout=60)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def events(self, turn: str, after: int = 0) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """Read the stream of a turn, as far as it comes."""
        headers = {"Last-Event-ID": str(after)} if after else {}
        with self.client.stream("GET", f"/api/v1/turns/{turn}/events", headers=headers, timeout=60) as stream:
            assert stream.status_code == 200
            event: dict[str, str] = {}
            for line in stream.iter_lines():
                name, _, value = line.partition(": ")
                if not line and "data" in event:
                    yield int(event["id"]), event["event"], json.loads(event["data"])
                    event = {}
                elif line:
                    event[name] = value

    def cli(self, *arguments: str) -> dict[str, Any]:
        """Run a command on the same home; return its JSON object, with the exit code under ``exit``."""
        done = subprocess.run(
            self.command(*arguments, "--json"), env=self.environment, capture_output=True, check=False, timeout=300
        )
        assert done.stdout, done.stderr.decode("utf-8", "replace")
        return {**json.loads(done.stdout), "exit": done.returncode}


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> tuple[int, str] | None:
    """Parent and moment of birth of a process that has not ended yet."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (int(fields[1]), fields[19])


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return []
