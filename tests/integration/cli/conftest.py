"""One home with the samples in it for all commands, taken in once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parent))  # the suite imports by path, so helpers beside the tests are found here

from assistant.cli.ingesting import wait_for
from assistant.db.models import DocumentVersion
from assistant.processes.chroma import ChromaUse, stop_when_unused
from assistant.runtime.samples import submit_samples
from assistant.runtime.setup import prepare
from assistant.settings import Settings
from assistant.wiring import build_container

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with demo users, all samples and a Chroma server that stays up between commands."""
    home = tmp_path_factory.mktemp("cli") / "home"
    container = build_container(Settings(home=home, _env_file=None))
    use = ChromaUse(home)
    try:
        prepare(container, lambda _: None)
        assert submit_samples(container) == 9
        with container.database.read() as session:
            versions = list(session.scalars(select(DocumentVersion.id)))
        states = wait_for(container, versions)
        assert {status.state.value for status in states.values()} == {"ready"}
        use.ensure()
        yield home
    finally:
        container.close()
        use.close()
        stop_when_unused(home)


@pytest.fixture
def city(furnished: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make that home the one the commands work on, from an empty working directory; returns the directory."""
    monkeypatch.setenv("ASSISTANT_HOME", str(furnished))
    monkeypatch.chdir(tmp_path)
    return tmp_path
