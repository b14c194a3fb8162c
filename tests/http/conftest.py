"""The application over a scripted answer service, spoken to without a socket."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the suite imports by path, so helpers beside the tests are found here

import scripted
from visiting import sign_in

from assistant.http.app import create_app
from assistant.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from fastapi import FastAPI


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with demo users, an open law and a closed one; made once, copied for every test."""
    home = tmp_path_factory.mktemp("furnished")
    scripted.furnish(Settings(home=home, _env_file=None))
    return home


@pytest.fixture
def container(furnished: Path, tmp_path: Path) -> Iterator[scripted.FakeContainer]:
    """What the application stands on, in a home of its own."""
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    made = scripted.open_container(Settings(home=tmp_path, _env_file=None))
    yield made
    made.database.dispose()


@pytest.fixture(scope="session")
def routes(furnished: Path) -> FastAPI:
    """The application, made once: its routes are the same for every container."""
    container = scripted.open_container(Settings(home=furnished, _env_file=None))
    container.database.dispose()
    return create_app(container)


@pytest.fixture
def app(routes: FastAPI, container: scripted.FakeContainer) -> FastAPI:
    """The application for demo sign-in, over this test's container."""
    routes.state.container = container
    routes.state.answers = container.answers
    return routes


@pytest.fixture
def connect(app: FastAPI) -> Callable[..., httpx.AsyncClient]:
    """Make a client; by default it comes from loopback and names it."""

    def make(app: FastAPI = app, peer: str = "127.0.0.1", base: str = "http://127.0.0.1:8000") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(peer, 50000))
        return httpx.AsyncClient(transport=transport, base_url=base)

    return make


@pytest.fixture
async def visitor(connect) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has not signed in."""
    async with connect() as client:
        yield client


@pytest.fixture
async def staff(connect) -> AsyncIterator[httpx.AsyncClient]:
    """김하늘, 직원."""
    async with connect() as client:
        yield await sign_in(client, "staff")


@pytest.fixture
async def steward(connect) -> AsyncIterator[httpx.AsyncClient]:
    """최도윤, 데이터 담당."""
    async with connect() as client:
        yield await sign_in(client, "steward")


@pytest.fixture
async def governance(connect) -> AsyncIterator[httpx.AsyncClient]:
    """정지우, 거버넌스: the one who may read the closed shelf."""
    async with connect() as client:
        yield await sign_in(client, "governance")
