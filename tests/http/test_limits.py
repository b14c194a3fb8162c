"""Bodies have a size; so has what an upload may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.http.app import create_app
from assistant.http.middleware import MULTIPART_OVERHEAD, SMALL_BODY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def test_a_declared_size_is_enough_to_refuse(staff) -> None:
    answer = await staff.post("/api/v1/turns", content=b"x" * (SMALL_BODY + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_body_without_a_size_is_counted(staff) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 64 * 1024
            yield b" " * 64 * 1024

    answer = await staff.post("/api/v1/turns", content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert sent <= SMALL_BODY + 128 * 1024, "reading must stop at the limit"


@pytest.mark.parametrize("path", ["/api/v1/documents", "/uploads"])
async def test_an_upload_may_be_larger_up_to_its_own_limit(container, steward, connect, path: str) -> None:
    container.settings = container.settings.model_copy(update={"upload_max_bytes": 2 * SMALL_BODY})
    async with connect(app=create_app(container)) as client:
        client.cookies, client.headers = steward.cookies, steward.headers
        fields = {"collection": "nowhere", "csrf": steward.headers["X-CSRF-Token"]}
        fits = await client.post(path, data=fields, files={"file": ("a.txt", b"x" * 2 * SMALL_BODY)})
        assert fits.json()["code"] == "collection_not_found"
        beyond = {"file": ("a.txt", b"x" * (2 * SMALL_BODY + MULTIPART_OVERHEAD))}
        assert (await client.post(path, data=fields, files=beyond)).status_code == 413


async def test_a_question_at_the_limit_is_taken(staff) -> None:
    answer = await staff.post("/api/v1/turns", json={"question": "가" * 8000})
    assert answer.status_code == 201
