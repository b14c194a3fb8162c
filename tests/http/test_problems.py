"""Errors: a stable code and a sentence for programs, a page for people, nothing of what was sent or what broke."""

from __future__ import annotations

import logging

import pytest

from assistant.errors import ErrorCode
from assistant.messages import ERRORS


async def test_a_program_gets_problem_json_in_korean(visitor) -> None:
    answer = await visitor.get("/api/v1/turns/unknown")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == "sign_in_required"
    assert body["title"] == ERRORS[ErrorCode.SIGN_IN_REQUIRED].ko
    assert body["status"] == 401
    assert body["type"] == "urn:assistant:problem:sign_in_required"


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("en", "en"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("fr", "ko"),
        ("en;q=x", "ko"),
    ],
)
async def test_english_where_it_is_preferred(visitor, asked: str, language: str) -> None:
    body = (await visitor.get("/api/v1/collections", headers={"Accept-Language": asked})).json()
    assert body["title"] == getattr(ERRORS[ErrorCode.SIGN_IN_REQUIRED], language)


async def test_a_person_gets_a_page(staff) -> None:
    answer = await staff.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert ERRORS[ErrorCode.PAGE_NOT_FOUND].ko in answer.text
    assert "page_not_found" in answer.text


async def test_a_person_who_is_not_signed_in_is_led_to_the_door(visitor) -> None:
    answer = await visitor.get("/documents?q=a", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Fdocuments%3Fq%3Da"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{nonsense", 400, "input_not_json"),
        (b'"just text"', 400, "input_not_json"),
        (b"{}", 422, "input_invalid"),
        (b'{"question": 7}', 422, "input_invalid"),
        (b'{"question": "  "}', 422, "question_empty"),
    ],
)
async def test_bodies_that_do_not_fit(staff, content: bytes, status: int, code: str) -> None:
    answer = await staff.post("/api/v1/turns", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_did_not_fit_is_named_but_not_repeated(staff) -> None:
    answer = await staff.post("/api/v1/turns", json={"question": {"주민번호": "900101-1234567"}})
    assert answer.json()["errors"] == [{"field": "body.question", "type": "string_type"}]
    assert "900101" not in answer.text


async def test_the_wrong_method_says_which_ones_are_right(staff) -> None:
    answer = await staff.put("/api/v1/turns", json={})
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert answer.headers["allow"] == "POST"


async def test_a_defect_becomes_a_number_and_leaks_nothing(container, staff, caplog) -> None:
    secret = "홍길동 900101-1234567"

    def broken(*_args: object, **_fields: object) -> str:
        raise RuntimeError(secret)

    container.answers.start = broken
    with caplog.at_level(logging.DEBUG):
        answer = await staff.post("/api/v1/turns", json={"question": secret})
    assert answer.status_code == 500
    body = answer.json()
    assert body["code"] == "internal"
    assert body["id"]
    assert body["id"] in caplog.text, "the log must let somebody find the place"
    assert "RuntimeError" in caplog.text
    assert "test_problems.py" in caplog.text
    assert "홍길동" not in caplog.text + answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_headers_stand_on_every_answer(staff) -> None:
    for path in ("/", "/healthz", "/nowhere", "/static/base.css", "/api/v1/collections"):
        headers = (await staff.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"], path
    assert (await staff.get("/")).headers["cache-control"] == "no-store"
