"""Another site cannot make a signed-in person's browser act here."""

from __future__ import annotations

import re
from typing import Any

import pytest
from visiting import sign_in, token

CHANGING = [
    ("POST", "/api/v1/turns"),
    ("POST", "/api/v1/turns/x/stop"),
    ("POST", "/api/v1/turns/x/feedback"),
    ("PATCH", "/api/v1/conversations/x"),
    ("DELETE", "/api/v1/conversations/x"),
    ("POST", "/api/v1/conversations/files"),
    ("POST", "/api/v1/conversations/x/files"),
    ("DELETE", "/api/v1/conversations/x/files/x"),
    ("PUT", "/api/v1/conversations/x/share"),
    ("DELETE", "/api/v1/conversations/x/share"),
    ("POST", "/api/v1/collections"),
    ("PATCH", "/api/v1/collections/x"),
    ("PUT", "/api/v1/collections/x/readers"),
    ("POST", "/api/v1/documents"),
    ("DELETE", "/api/v1/documents/x"),
    ("POST", "/api/v1/documents/x/withdraw"),
    ("POST", "/api/v1/documents/x/restore"),
    ("DELETE", "/api/v1/uploads"),
    ("POST", "/api/v1/versions/x/retry"),
    ("POST", "/api/v1/redact"),
    ("POST", "/api/v1/tasks"),
    ("POST", "/ask"),
    ("POST", "/logout"),
    ("POST", "/uploads"),
    ("POST", "/uploads/clear"),
    ("POST", "/uploads/x/retry"),
    ("POST", "/documents/x/tasks"),
    ("POST", "/documents/x/withdraw"),
    ("POST", "/documents/x/restore"),
    ("POST", "/documents/x/delete"),
    ("POST", "/collections"),
    ("POST", "/collections/x"),
    ("POST", "/collections/x/readers"),
    ("POST", "/turns/x/stop"),
    ("POST", "/turns/x/feedback"),
    ("POST", "/versions/x/retry"),
    ("POST", "/c/files"),
    ("POST", "/c/x/files"),
    ("POST", "/c/x/files/x/remove"),
    ("POST", "/c/x/rename"),
    ("POST", "/c/x/delete"),
    ("POST", "/c/x/share"),
    ("POST", "/c/x/unshare"),
]
FIELDS = {"question": "물음", "kind": "summary", "rating": "1", "title": "제목", "collection": "ordinances"}


def _body(path: str) -> dict[str, object]:
    if path.endswith("/files") or path in {"/api/v1/documents", "/uploads"}:
        return {"data": FIELDS, "files": {"file": ("a.txt", b"x")}}
    if path.startswith("/api/"):
        return {
            "json": {
                "question": "물음",
                "rating": 1,
                "title": "제목",
                "text": "글",
                "kind": "summary",
                "document_id": "x",
            }
        }
    return {"data": FIELDS}


def _routes(app) -> list[Any]:
    """All routes, also those that FastAPI keeps inside the routers it was given."""
    found: list[Any] = []
    for route in app.routes:
        found += route.original_router.routes if hasattr(route, "original_router") else [route]
    return found


def test_no_changing_endpoint_is_forgotten(app) -> None:
    routes = {
        (method, re.sub(r"\{\w+\}", "x", route.path))
        for route in _routes(app)
        for method in getattr(route, "methods", None) or ()
        if method not in {"GET", "HEAD"}
    }
    assert routes - {("POST", "/login")} == set(CHANGING)


@pytest.mark.parametrize(("method", "path"), CHANGING)
async def test_a_session_alone_changes_nothing(staff, method: str, path: str) -> None:
    del staff.headers["X-CSRF-Token"]
    answer = await staff.request(method, path, **_body(path))
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


@pytest.mark.parametrize(("method", "path"), CHANGING)
async def test_another_persons_token_changes_nothing(connect, staff, method: str, path: str) -> None:
    async with connect() as other:
        await sign_in(other, "steward")
        stolen = other.headers["X-CSRF-Token"]
    body = _body(path)
    if "data" in body:
        body["data"] = {**FIELDS, "csrf": stolen}
    answer = await staff.request(method, path, **body, headers={"X-CSRF-Token": stolen})
    assert answer.json()["code"] == "csrf_failed"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_right_token_from_a_wrong_place_changes_nothing(staff, headers: dict[str, str]) -> None:
    answer = await staff.post("/api/v1/turns", json={"question": "물음"}, headers=headers)
    assert answer.json()["code"] == "csrf_failed"


async def test_our_own_page_may(staff) -> None:
    own = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    assert (await staff.post("/api/v1/turns", json={"question": "물음"}, headers=own)).status_code == 201


async def test_signing_somebody_else_in_needs_the_page_too(visitor) -> None:
    answer = await visitor.post("/login", data={"username": "staff"})
    assert answer.json()["code"] == "csrf_failed"
    page = await visitor.get("/login")
    visitor.cookies.clear()
    answer = await visitor.post("/login", data={"username": "staff", "csrf": token(page.text)})
    assert answer.json()["code"] == "csrf_failed"
