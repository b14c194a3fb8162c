"""What cannot start says why in one Korean line with its code, and ends with 1; nobody is shown a traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from commanding import assistant

from assistant.processes.basics import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {name!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
sys.argv = ["assistant", *{arguments!r}]
from assistant.cli import main
main()
"""


@pytest.fixture(autouse=True)
def somewhere(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and no settings file of a developer's working directory."""
    monkeypatch.chdir(tmp_path)
    return home


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that another program has."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
def _no_model_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare these tests the making of the embedding model: an endpoint is named, and never called."""
    monkeypatch.setenv("ASSISTANT_EMBEDDING_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("ASSISTANT_EMBEDDING_MODEL", "none")


@pytest.mark.usefixtures("_no_model_file")
def test_the_port_is_busy(busy: int) -> None:
    assert str(busy) in assistant_serve("--port", str(busy)).one_line("port_busy")


@pytest.mark.usefixtures("_no_model_file")
def test_it_runs_already(somewhere: Path) -> None:
    lock = FileLock(somewhere / "run" / "serve.lock")
    assert lock.try_exclusive()
    try:
        assert str(somewhere) in assistant_serve("--port", "0").one_line("already_running")
    finally:
        lock.close()


def assistant_serve(*arguments: str):
    """Run ``serve``, which says what it prepares before it fails, without those lines."""
    done = assistant("serve", *arguments)
    told = [line for line in done.err.splitlines() if not line.endswith("준비합니다.")]
    return type(done)(done.code, done.out, "\n".join(told))


def test_demo_sign_in_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "city.example"):  # noqa: S104 - refused
        assistant("serve", "--host", host).one_line("demo_not_local")
    monkeypatch.setenv("ASSISTANT_HOST", "0.0.0.0")  # noqa: S104 - refused
    assistant("serve").one_line("demo_not_local")
    monkeypatch.setenv("ASSISTANT_AUTH", "header")
    assert "ASSISTANT_AUTH_SECRET" in assistant("serve").one_line("settings_invalid")


@pytest.mark.parametrize("command", [("serve",), ("migrate",), ("audit", "verify"), ("search", "사용료")])
def test_the_home_cannot_be_written(command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    for home in (file, file / "below", Path("/proc/nobody/home")):
        monkeypatch.setenv("ASSISTANT_HOME", str(home))
        assert str(home) in assistant(*command).one_line("home_not_writable")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASSISTANT_PORT", "eighty"),
        ("ASSISTANT_AUTH", "trust-everyone"),
        ("ASSISTANT_FUSION_WEIGHT", "2.75"),
        ("ASSISTANT_LLM_MAX_GRADE", "TOP-SECRET"),
        ("ASSISTANT_DATABASE_URL", "nonsense"),
    ],
)
def test_a_setting_does_not_fit(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    line = assistant("audit", "verify").one_line("settings_invalid")
    assert name in line
    assert value not in line  # it may be a secret


def test_key_and_policy_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_POLICY_FILE", "/proc/nobody/policy.yaml")
    assert "ASSISTANT_POLICY_FILE" in assistant("guard", "--stage", "input", "-").one_line("settings_invalid")


def test_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    assistant("audit", "verify").one_line("database_unavailable")


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("typer", ["--help"]),
        ("sqlalchemy", ["audit", "verify"]),
        ("chromadb", ["serve", "--port", "0"]),
        ("presidio_analyzer", ["redact", "-"]),
    ],
)
def test_a_module_is_missing(module: str, arguments: list[str], somewhere: Path) -> None:
    program = BLOCKED.format(name=module, arguments=arguments)
    environment = {"ASSISTANT_HOME": str(somewhere), "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, env=environment, input=b"010-2345-6789", capture_output=True, check=False, timeout=120, cwd=somewhere
    )
    assert done.returncode == 1, done.stderr.decode()
    (line,) = done.stderr.decode("utf-8").splitlines()
    assert line.endswith("[module_missing]")
    assert module in line
    assert "make setup" in line
