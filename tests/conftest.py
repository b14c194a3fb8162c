"""What every test stands on: no way out of this machine, a clean environment, a home of its own, both databases.

``database_url`` is the fixture for whatever touches storage: a test that asks for it runs on SQLite, and once more on
PostgreSQL when ``ASSISTANT_TEST_POSTGRES_URL`` names a server on which databases may be made.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
import uuid
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POSTGRES_VARIABLE = "ASSISTANT_TEST_POSTGRES_URL"

# The same examples every time, and no clock: a slow machine must not fail a test.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")


class ReachedOutsideError(AssertionError):
    """A test, or a library under test, tried to leave this machine."""


class _Border:
    """Watches the interpreter's own socket events, which no library can bypass from Python.

    Code in C or Rust that opens sockets itself is not seen here; ``.ci/run`` runs the suite without a network for that.
    """

    def __init__(self) -> None:
        self.crossings: list[str] = []

    def watch(self, event: str, arguments: tuple[object, ...]) -> None:
        """Refuse name look-ups and connections beyond loopback."""
        if not event.startswith("socket."):
            return
        if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            address = arguments[1] if len(arguments) > 1 else None
            if isinstance(address, tuple) and address:
                self._check(event, address[0])
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            self._check(event, arguments[0])

    def _check(self, event: str, host: object) -> None:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "localhost")
        if name == "localhost" or _is_loopback(name):
            return
        self.crossings.append(f"{event} {name}")
        msg = f"a test reached outside this machine: {event} {name}"
        raise ReachedOutsideError(msg)


def _is_loopback(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name.split("%", 1)[0])
    except ValueError:
        return False
    # The unspecified address is what servers bind to and look up; it does not leave the machine.
    return address.is_loopback or address.is_unspecified


_BORDER = _Border()
sys.addaudithook(_BORDER.watch)


@pytest.fixture(autouse=True)
def no_way_out() -> Iterator[None]:
    """Fail the test in which something reached outside, even where a library swallowed the refusal."""
    _BORDER.crossings.clear()
    yield
    crossings, _BORDER.crossings = _BORDER.crossings, []
    assert not crossings, f"reached outside this machine: {crossings}"


@pytest.fixture
def border() -> _Border:
    """Give the guard itself, for the tests that show it works."""
    return _BORDER


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the developer's shell may have set: the product's settings, proxies, keys, tracing."""
    for name in list(os.environ):
        ours = name.startswith("ASSISTANT_") and name != POSTGRES_VARIABLE
        foreign = re.match(r"(?i)(https?|all|no)_proxy$|OPENAI_|LANGCHAIN_|LANGSMITH_|CHROMA_|TIKTOKEN_|HF_", name)
        if ours or foreign:
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the product an empty home of its own, through the environment as a user would."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("ASSISTANT_HOME", str(folder))
    return folder


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the SQLAlchemy URL of a database that is empty and this test's alone."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'assistant.db'}"
        return
    server = os.environ.get(POSTGRES_VARIABLE)
    if not server:
        pytest.skip(f"{POSTGRES_VARIABLE} names no PostgreSQL server (.ci/run starts one)")
    import psycopg  # noqa: PLC0415 - not needed where there is no server
    from psycopg import sql  # noqa: PLC0415

    base, _, _ = server.rpartition("/")
    name = f"test_{uuid.uuid4().hex}"
    plain = server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0")
        connection.execute(create.format(sql.Identifier(name)))
    try:
        yield f"{base}/{name}"
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
