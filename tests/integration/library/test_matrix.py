"""Every person against every collection, on every way there is: lists, search, views, files, states, answers, counts.

The installation is real - words in a real index, services as wired, pages and API over ASGI - but for the vectors. What
each person may read is worked out here by an oracle of its own. The routes are taken from the application, so one that
is added later is tried too. Every collection carries two marks: one in its name and title, one in what lies in it; a
mark that turns up where it must not is a leak, wherever it came from.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from matrix_city import (
    PEOPLE,
    QUERY,
    QUESTION,
    RULES,
    SECRET,
    UNKNOWN,
    World,
    build,
    may,
    readable,
    shelf_mark,
    text_mark,
)
from sqlalchemy import select

from assistant.accounts.access import Reader, scope_of
from assistant.db.models import Collection, DocumentVersion
from assistant.errors import ErrorCode, Failure
from assistant.http import api
from assistant.http.app import create_app
from assistant.http.web import pages
from assistant.library.collections import find_collection, list_collections
from assistant.library.documents import list_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assistant.accounts.identity import Principal

pytestmark = pytest.mark.heavy


@pytest.fixture
def world(library: Any, tmp_path: Any) -> Iterator[World]:
    made = build(library, tmp_path)
    yield made
    made.container.searcher.close()


def refusal(attempt: Callable[..., object], *args: object) -> ErrorCode:
    with pytest.raises(Failure) as refused:
        attempt(*args)
    return refused.value.code


def the_city_has_every_kind_of_case(world: World) -> None:
    """Nobody reads all, somebody reads each but what is closed, and there is a version before."""
    seen = {key: {who for who in PEOPLE if may(who, key)} for key in RULES}
    assert seen["nobody"] == seen["closed"] == set()
    assert all(seen[key] for key in RULES.keys() - {"nobody", "closed"})
    assert all(readable(who) != set(RULES) for who in PEOPLE)
    with world.container.database.read() as session:
        before = {before for key, (_, before, _) in world.held.items() if key in RULES}
        states = set(session.scalars(select(DocumentVersion.state).where(DocumentVersion.id.in_(before))))
        assert states == {"superseded"}
        assert session.scalar(select(Collection.id).where(Collection.conversation_id == world.talk)) is not None


def services(world: World, who: str, person: Principal) -> None:
    """Try search with its partitions, lists with their counts, and every act on what may not be seen."""
    container, allowed = world.container, readable(who)
    world.words.searched.clear()
    world.near.searched.clear()
    hits = container.search.search(person, QUERY, k=100).results
    assert {hit.collection for hit in hits} == {shelf_mark(key) for key in allowed}, who
    own = {scope_of([Reader(kind, value) for kind, value in RULES[key]]) for key in allowed}
    own |= {scope_of([Reader("everyone", "*")])}  # the open shelf of the library around us
    for asked in (*world.words.searched, *world.near.searched):
        assert {scope.removesuffix("~") for scope in asked} <= own, who
    assert bool(world.words.searched) == bool(world.near.searched) == (who != "gone")
    beside = container.search.search(person, QUERY, k=100, conversation=world.talk).results
    assert (text_mark("private") in {hit.title.split()[0] for hit in beside}) == (who == "kim")
    with container.database.read() as session:
        counts = {one.name: one.documents for one in list_collections(session, person)}
        assert counts.pop("open", 0) == 0
        assert counts == {shelf_mark(key): 1 for key in allowed}, who
        listed = list_documents(session, person)
        assert (listed.total, len(listed.items)) == (len(allowed), len(allowed)), who
        for key in RULES.keys() - allowed:
            refused = refusal(find_collection, session, person, shelf_mark(key))
            assert refused is ErrorCode.COLLECTION_NOT_FOUND, (who, key)
    for key, (document, _, version) in world.held.items():
        if key in allowed or key in {"withdrawn", "deleted"} or (key == "private" and who == "kim"):
            continue
        for act in (container.lifecycle.withdraw, container.lifecycle.delete, container.lifecycle.restore):
            assert refusal(act, document, person) is ErrorCode.DOCUMENT_NOT_FOUND, (who, key)
        assert refusal(container.ingestion.retry, version, person) is ErrorCode.DOCUMENT_NOT_FOUND, (who, key)


def _paths() -> list[tuple[str, str]]:
    """Return method and path of every route of the application."""
    found = []
    for package in (api, pages):
        for module in pkgutil.iter_modules(package.__path__):
            router = importlib.import_module(f"{package.__name__}.{module.name}").router
            found += [(method, route.path) for route in router.routes for method in route.methods - {"HEAD"}]
    return sorted(set(found))


class Caller:
    """One person, through the trusted proxy; keeps no cookies, so every call is a program's."""

    def __init__(self, client: httpx.AsyncClient, who: str) -> None:
        self.client, self.who = client, who

    async def __call__(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        headers = {"X-Forwarded-User": self.who, "X-Auth-Secret": SECRET}
        answer = await self.client.request(method, path, headers=headers, **more)
        self.client.cookies.clear()
        # without cookies every page carries a token of its own
        return answer.status_code, re.sub(r"\b[0-9a-f]{64}\b", "token", answer.text)


async def test_the_matrix(world: World) -> None:
    """Marks show exactly where they may; what may not be seen answers as what does not exist, byte for byte."""
    the_city_has_every_kind_of_case(world)
    for who, person in world.people.items():
        await asyncio.to_thread(services, world, who, person)
    app = create_app(world.container)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        for who in PEOPLE:
            call = Caller(client, who)
            if who == "gone":
                assert (await call("GET", "/api/v1/collections"))[0] == 401
                continue
            await lists(world, call)
            await shelves(world, call)
            await documents(world, call)
            await answers(world, call)
        status, metrics = await Caller(client, "jung")("GET", "/metrics")
        assert status == 200
        every = [*RULES, "withdrawn", "deleted", "private"]
        assert not [key for key in every if shelf_mark(key) in metrics or text_mark(key) in metrics]
        assert world.talk not in metrics


def leaks(world: World, who: str, body: str, *, shells: bool = False, opened: bool = False) -> list[str]:
    """Return the marks in an answer that this person must not see."""
    allowed = readable(who)
    found = [key for key in RULES if key not in allowed and text_mark(key) in body]
    if not (shells and "admin" in PEOPLE[who][1]):  # administrators see names, titles and readers of all
        found += [key for key in RULES if key not in allowed and shelf_mark(key) in body]
    hidden = ["withdrawn", "deleted", *([] if opened and who == "kim" else ["private"])]
    found += [key for key in hidden if text_mark(key) in body]
    if who != "kim" and world.talk in body:
        found.append("conversation")
    return found


async def lists(world: World, call: Caller) -> None:
    """Try every page and endpoint that takes no id."""
    plain = [path for method, path in _paths() if method == "GET" and "{" not in path]
    assert {"/documents", "/collections", "/api/v1/search", "/api/v1/documents", "/"} <= set(plain)
    for path in plain:
        shells = path.endswith("/collections")
        for query in ("", f"?q={QUERY}&k=100&mode=text&administered=true", "?bin=1&q=m"):
            status, body = await call("GET", path + query)
            assert status < 500, (call.who, path, query, body)
            seen = leaks(world, call.who, body, shells=shells)
            in_the_bin = "bin=1" in query and PEOPLE[call.who][1] & {"steward", "admin"}
            assert not [key for key in seen if not (in_the_bin and key in {"withdrawn", "deleted"})], (
                path,
                query,
                seen,
            )
    for path in ("/documents", "/api/v1/documents?limit=500", "/api/v1/search?q=" + QUERY + "&k=100"):
        _, body = await call("GET", path)
        assert {key for key in RULES if text_mark(key) in body} == readable(call.who), (call.who, path)


async def shelves(world: World, call: Caller) -> None:
    """Try everything that names a collection."""
    admin = "admin" in PEOPLE[call.who][1]
    tries: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/api/v1/search?q=요금&collection={}", {}),
        ("GET", "/api/v1/documents?collection={}", {}),
        ("GET", "/documents?collection={}", {}),
        ("GET", "/documents?collection={}&q=요금&mode=text", {}),
        ("POST", "/api/v1/turns", {"json": {"question": QUESTION, "collection": "{}"}}),
        (
            "POST",
            "/api/v1/documents",
            {"data": {"collection": "{}"}, "files": {"file": ("a.md", b"# a", "text/markdown")}},
        ),
    ]
    managed = [
        ("GET", "/api/v1/collections/{}", {}),
        ("GET", "/collections/{}", {}),
        ("PATCH", "/api/v1/collections/{}", {"json": {"title": "x"}}),
        ("PUT", "/api/v1/collections/{}/readers", {"json": {"readers": [{"kind": "user", "value": call.who}]}}),
    ]
    names = [shelf_mark(key) for key in RULES.keys() - readable(call.who)] + [f"conversation-{world.talk}"]
    for method, path, more in [*tries, *managed]:
        if admin and (method, path, more) in managed:
            continue
        nothing = await _with_name(call, method, path, more, "smunknownsm")
        for name in names:
            status, body = await _with_name(call, method, path, more, name)
            assert (status, body.replace(name, "smunknownsm")) == nothing, (call.who, method, path, name)
    if admin:
        for key in RULES.keys() - readable(call.who):
            status, body = await call("GET", f"/api/v1/collections/{shelf_mark(key)}")
            assert status == 200
            assert '"documents":null,"chunks":null' in body
        assert (await call("GET", f"/api/v1/collections/conversation-{world.talk}"))[0] == 404


async def _with_name(call: Caller, method: str, path: str, more: dict[str, Any], name: str) -> tuple[int, str]:
    def put(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: put(one) for key, one in value.items()}
        return value.format(name) if isinstance(value, str) else value

    return await call(method, path.format(name), **put(more))


async def documents(world: World, call: Caller) -> None:
    """Try everything that names a document or a version, as it is and as it was."""
    routes = [
        (m, p) for m, p in _paths() if ("{document_id}" in p or "{version_id}" in p) and "conversation_id" not in p
    ]
    reading = [path for method, path in routes if method == "GET"]
    acting = [(method, path) for method, path in routes if method != "GET" and path.startswith("/api/")]
    assert len(reading) >= 6
    assert len(acting) >= 3
    own = world.held[min(readable(call.who))]  # everybody reads something
    shapes = ("", "?version={1}&from={1}&to={2}")
    missing = {
        (method, path, shape): await call(method, _named(path, UNKNOWN, UNKNOWN) + shape.format(*[UNKNOWN] * 3))
        for method, path in [("GET", path) for path in reading] + acting
        for shape in shapes
    }
    for key, held in world.held.items():
        document, before, now = held
        allowed = key in readable(call.who) or (key == "private" and call.who == "kim")
        for path in reading:
            for shape in shapes[1:] if allowed else shapes:
                got = await call("GET", _named(path, document, now) + shape.format(*held))
                assert not leaks(world, call.who, got[1], opened=key == "private"), (call.who, path, key)
                if allowed and path.endswith("/tables"):
                    assert (got[0], '"detail": "table"' in str(got[1])) == (404, True), (
                        "readable, but there is none in it"
                    )
                elif allowed:
                    assert got[0] == 200, (call.who, path, shape, got)
                else:
                    assert got == missing["GET", path, shape], (call.who, path, shape, key)
                    assert got[0] == 404
            if not allowed and not path.endswith("history"):  # a foreign version behind the address of an own document
                foreign = f"{_named(path, own[0], now)}?version={now}&from={own[1]}&to={now}"
                assert (await call("GET", foreign))[0] == 404, (call.who, path, key)
        if allowed:
            _, body = await call("GET", f"/api/v1/documents/{document}?version={before}")
            assert text_mark(key) in body, "what a person may read they do get"
            continue
        if key in {"withdrawn", "deleted"}:
            continue  # stewards and administrators may act on these
        for method, path in acting:
            got = await call(method, _named(path, document, now))
            assert got == missing[method, path, ""], (call.who, path, key)
            assert got[0] in {403, 404}  # 403: a right that is asked before anything is looked up


def _named(path: str, document: str, version: str) -> str:
    return path.format(document_id=document, version_id=version)


async def answers(world: World, call: Caller) -> None:
    """Ask, and look at everything that comes back: the stream, the view, the conversation, its page."""
    status, body = await call("POST", "/api/v1/turns", json={"question": QUESTION})
    assert status == 201, body
    asked = httpx.Response(status, text=body).json()
    async with asyncio.timeout(60):
        _, stream = await call("GET", asked["events_url"])
    assert "event: done" in stream
    ways = (f"/api/v1/turns/{asked['id']}", f"/api/v1/conversations/{asked['conversation_id']}",
            f"/c/{asked['conversation_id']}", f"/turns/{asked['id']}", "/history", "/api/v1/conversations")  # fmt: skip
    for shown in (stream, *[(await call("GET", way))[1] for way in ways]):
        assert not leaks(world, call.who, shown), call.who
    _, view = await call("GET", ways[0])
    sources = httpx.Response(200, text=view).json()["sources"]
    assert {source["collection"] for source in sources} <= {shelf_mark(key) for key in readable(call.who)}
    assert sources
