"""What the tests of the interface do to get in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

SECRET = "s3cret-of-the-proxy"


def token(html: str) -> str:
    """The CSRF token that a page carries."""
    found = re.search(r'name="(?:csrf-token" content|csrf" value)="([0-9a-f]{64})"', html)
    assert found, "the page carries no token"
    return found[1]


async def sign_in(client: httpx.AsyncClient, username: str) -> httpx.AsyncClient:
    """Sign a demo user in as the page does, and keep the token for later calls of the API."""
    page = await client.get("/login")
    answer = await client.post("/login", data={"csrf": token(page.text), "username": username, "next": "/"})
    assert answer.status_code == 303, answer.text
    client.headers["X-CSRF-Token"] = token((await client.get("/")).text)
    return client
