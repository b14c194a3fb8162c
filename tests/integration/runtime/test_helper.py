"""A command brings a worker of its own only where no service runs, and lets go of it when one begins to."""

from __future__ import annotations

import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from assistant.cli import ingesting
from assistant.cli.ingesting import Helper
from assistant.jobs.lock import worker_lock
from assistant.processes.basics import serve_lock, service_alive

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The helpers that were started: processes that wait for their end."""
    found: list[subprocess.Popen[bytes]] = []

    def start(_container: Any) -> subprocess.Popen[bytes]:
        found.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]))
        return found[-1]

    monkeypatch.setattr(ingesting, "_start_worker", start)
    return found


def test_a_helper_lives_while_nobody_else_works(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    container: Any = types.SimpleNamespace(home=tmp_path)
    with Helper(container) as helper:
        with worker_lock(tmp_path, alone=True):
            helper.keep_up()
            assert started == [], "there is a worker already"
        helper.keep_up()
        helper.keep_up()
        assert len(started) == 1
        started[0].kill()
        started[0].wait()
        helper.keep_up()
        assert len(started) == 2, "it died and is brought again"
        service = serve_lock(tmp_path)
        assert service.try_exclusive()
        assert service_alive(tmp_path)
        helper.keep_up()
        assert started[1].poll() is not None, "the service has a worker of its own"
        helper.keep_up()
        assert len(started) == 2
        service.close()
        assert not service_alive(tmp_path)
        helper.keep_up()
        assert len(started) == 3
    assert started[2].poll() is not None
