"""The guard of tests/conftest.py really guards; otherwise every other test could be phoning out unseen."""

from __future__ import annotations

import contextlib
import os
import socket
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OUTSIDE = "192.0.2.1"  # TEST-NET-1 (RFC 5737): an address nobody has


def _tcp() -> None:
    with socket.socket() as client:
        client.settimeout(0.1)
        client.connect((OUTSIDE, 80))


def _udp() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.sendto(b"x", (OUTSIDE, 53))


def _lookup() -> None:
    socket.getaddrinfo("example.invalid", 80)


@pytest.mark.parametrize("attempt", [_tcp, _udp, _lookup])
def test_nothing_leaves_this_machine(attempt: Callable[[], None], border) -> None:
    with pytest.raises(AssertionError, match="reached outside"):
        attempt()
    assert len(border.crossings) == 1
    border.crossings.clear()


def test_a_swallowed_refusal_is_remembered(border) -> None:
    with contextlib.suppress(AssertionError, urllib.error.URLError):
        urllib.request.urlopen("http://example.invalid/", timeout=0.1)
    assert border.crossings
    border.crossings.clear()


def test_loopback_is_open(border) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
    socket.getaddrinfo("localhost", 80)
    assert border.crossings == []


def test_the_shell_of_the_developer_is_not_seen(home: Path) -> None:
    names = {name for name in os.environ if name.startswith("ASSISTANT_") and "_TEST_" not in name}
    assert names == {"ASSISTANT_HOME"}
    assert list(home.iterdir()) == []


def test_each_test_gets_an_empty_database(database_url: str) -> None:
    import sqlalchemy  # noqa: PLC0415

    engine = sqlalchemy.create_engine(database_url)
    try:
        assert sqlalchemy.inspect(engine).get_table_names() == []
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE seen (name TEXT)"))
        assert sqlalchemy.inspect(engine).get_table_names() == ["seen"]
    finally:
        engine.dispose()
