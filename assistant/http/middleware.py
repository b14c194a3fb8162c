"""What wraps every request, as pure ASGI: streams pass through untouched (``BaseHTTPMiddleware`` would buffer them)."""

from __future__ import annotations

import ipaddress
import re
import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from assistant.errors import ErrorCode
from assistant.http.problems import BodyTooLargeError, internal, problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from assistant.http.metrics import Metrics

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
UPLOAD_PATHS = frozenset({"/api/v1/documents", "/uploads"})
ATTACH_PATHS = re.compile(r"/(?:api/v1/conversations|c)/(?:[0-9a-f]{1,64}/)?files")
SMALL_BODY = 1024 * 1024  # bytes; the longest question is a small part of this
MULTIPART_OVERHEAD = 64 * 1024  # bytes for boundaries and the other fields of an upload form
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class SecurityHeaders:
    """Puts the security headers on every response, and ``no-store`` where nothing else was said."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, adding headers at the start of the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, add)


class LastResort:
    """Counts requests, and turns what nobody expected into the problem ``internal``."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, watching status and time."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun = time.perf_counter()
        try:
            await self.app(scope, receive, watch)
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller gets an id and the log gets the place
            response = internal(Request(scope), error)
            if not status:
                await response(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "") or "other"
            self.metrics.request(scope["method"], route, status or 499, time.perf_counter() - begun)


class LocalOnly:
    """Demo sign-in needs no password, so it serves this computer only.

    The peer must be on loopback, the Host must name loopback (a name that an attacker points at 127.0.0.1 does
    not: no DNS rebinding), and no proxy may stand between.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse with ``demo_not_local``."""
        if scope["type"] == "http" and not _is_local(scope):
            await problem(Request(scope), ErrorCode.DEMO_NOT_LOCAL)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_local(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    client = scope.get("client")
    hosts = headers.getlist("host")
    return (
        client is not None
        and is_loopback(client[0])
        and len(hosts) == 1
        and is_loopback(host_name(hosts[0]))
        and not any(name in headers for name in _FORWARDED)
    )


def host_name(host: str) -> str:
    """Return the name part of a Host header: ``[::1]:80`` gives ``::1``, ``localhost:80`` gives ``localhost``."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def is_loopback(name: str) -> bool:
    """Whether a name or address is this computer's loopback, without asking a resolver."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class BodyLimit:
    """Refuses bodies past the limit, by what ``Content-Length`` says and by counting what really comes.

    Args:
        app: the next application.
        upload_bytes: the largest file of an upload; every other body may have ``SMALL_BODY`` bytes.
    """

    def __init__(self, app: ASGIApp, upload_bytes: int) -> None:
        self.app = app
        self.upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        takes_file = scope["path"] in UPLOAD_PATHS or ATTACH_PATHS.fullmatch(scope["path"])
        limit = self.upload_bytes + MULTIPART_OVERHEAD if takes_file else SMALL_BODY
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > limit:
            await problem(Request(scope), ErrorCode.BODY_TOO_LARGE)(scope, receive, send)
            return
        received = 0

        async def count() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise BodyTooLargeError
            return message

        await self.app(scope, count, send)
