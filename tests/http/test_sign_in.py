"""Who is let in: demo users on this computer only, or whom the trusted proxy names."""

from __future__ import annotations

import httpx
import pytest
from visiting import SECRET, token

from assistant.http.app import create_app
from assistant.http.middleware import host_name, is_loopback
from assistant.http.web.pages.login import safe_next


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
async def test_demo_serves_loopback(connect, base: str) -> None:
    async with connect(base=base) as client:
        assert (await client.get("/login")).status_code == 200


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.0.2.7", {}),
        ("127.0.0.1", {"Host": "assistant.example.kr"}),
        ("127.0.0.1", {"Host": "127.0.0.1.example.kr:8000"}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}),
    ],
)
@pytest.mark.parametrize("path", ["/", "/login", "/static/base.css", "/readyz"])
async def test_demo_refuses_everybody_else(connect, peer: str, headers: dict[str, str], path: str) -> None:
    async with connect(peer=peer) as client:
        answer = await client.get(path, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["code"] == "demo_not_local"


def test_names_of_loopback() -> None:
    assert [host_name(h) for h in ("localhost:80", "[::1]:80", "[::1]", "a.b", "::1")] == [
        "localhost", "::1", "::1", "a.b", "::1",
    ]  # fmt: skip
    assert is_loopback("127.8.9.1")
    assert not any(is_loopback(name) for name in ("", "0.0.0.0", "localhost.example.kr", "10.0.0.1"))  # noqa: S104


async def test_the_session_cookie_is_out_of_reach_of_scripts(connect) -> None:
    async with connect() as client:
        page = await client.get("/login")
        answer = await client.post("/login", data={"csrf": token(page.text), "username": "staff", "next": "/documents"})
        assert answer.headers["location"] == "/documents"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert (await client.get("/")).status_code == 200


async def test_signing_out_ends_the_session_itself(connect, staff) -> None:
    kept = staff.cookies["assistant_session"]
    answer = await staff.post("/logout", data={"csrf": staff.headers["X-CSRF-Token"]})
    assert answer.headers["location"] == "/login"
    async with connect() as other:
        other.cookies.set("assistant_session", kept)
        assert (await other.get("/api/v1/collections")).status_code == 401


@pytest.mark.parametrize("username", ["operator", "nobody", ""])
async def test_only_demo_users_can_be_chosen(connect, username: str) -> None:
    async with connect() as client:
        page = await client.get("/login")
        answer = await client.post("/login", data={"csrf": token(page.text), "username": username})
        assert answer.status_code in {404, 422}
        assert "assistant_session" not in client.cookies


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=1", ""],
)
def test_nobody_is_sent_elsewhere_after_signing_in(target: str) -> None:
    assert safe_next(target) == "/"


def test_inside_one_goes_where_one_wanted() -> None:
    assert safe_next("/c/123?x=1#turn-2") == "/c/123?x=1#turn-2"


@pytest.fixture
def proxied(container) -> httpx.ASGITransport:
    container.settings = container.settings.model_copy(
        update={"auth": "header", "auth_secret": type(container.settings.auth_secret)(SECRET)}
    )
    return httpx.ASGITransport(create_app(container), client=("192.0.2.7", 40000))


def _named(transport: httpx.ASGITransport, headers: dict[str, str] | list[tuple[str, str]]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport, base_url="http://assistant.example.kr", headers=headers)


async def test_the_proxy_names_the_user(proxied) -> None:
    async with _named(proxied, {"X-Forwarded-User": "staff", "X-Auth-Secret": SECRET}) as client:
        assert "김하늘" in (await client.get("/")).text
        assert (await client.get("/login", headers={"Accept": "text/html"})).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Forwarded-User": "staff"},
        {"X-Forwarded-User": "staff", "X-Auth-Secret": "guess"},
        {"X-Forwarded-User": "staff", "X-Auth-Secret": ""},
        {"X-Forwarded-User": "", "X-Auth-Secret": SECRET},
        {"X-Forwarded-User": "nobody", "X-Auth-Secret": SECRET},
        [("X-Forwarded-User", "staff"), ("X-Forwarded-User", "admin"), ("X-Auth-Secret", SECRET)],
        [("X-Forwarded-User", "staff"), ("X-Auth-Secret", "guess"), ("X-Auth-Secret", SECRET)],
    ],
)
async def test_nobody_names_himself(proxied, headers) -> None:
    async with _named(proxied, headers) as client:
        answer = await client.get("/api/v1/collections")
        assert answer.status_code == 401
        assert answer.json()["code"] == "sign_in_required"


async def test_without_a_secret_nobody_gets_in(container) -> None:
    container.settings = container.settings.model_copy(update={"auth": "header"})
    transport = httpx.ASGITransport(create_app(container), client=("192.0.2.7", 40000))
    async with _named(transport, {"X-Forwarded-User": "staff", "X-Auth-Secret": ""}) as client:
        assert (await client.get("/api/v1/collections")).status_code == 401


async def test_a_demo_session_is_worth_nothing_behind_a_proxy(staff, request) -> None:
    session = staff.cookies["assistant_session"]
    proxied = request.getfixturevalue("proxied")  # only now: it changes the settings that signing in needs
    async with _named(proxied, {}) as client:
        client.cookies.set("assistant_session", session)
        assert (await client.get("/api/v1/collections")).status_code == 401


async def test_a_program_behind_the_proxy_needs_no_token_but_a_page_elsewhere_cannot_act(proxied) -> None:
    async with _named(proxied, {"X-Forwarded-User": "staff", "X-Auth-Secret": SECRET}) as client:
        assert (await client.post("/api/v1/turns", json={"question": "물음"})).status_code == 201
        foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        answer = await client.post("/api/v1/turns", json={"question": "물음"}, headers=foreign)
        assert answer.json()["code"] == "csrf_failed"
