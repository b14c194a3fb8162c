"""Errors as people and programs see them: RFC 9457 problem+json, or a page where a browser asks for one.

``code`` is the contract; the title is a sentence for people in Korean or, where ``Accept-Language`` prefers it,
English. Nothing that a person wrote is repeated or logged.
"""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from assistant.db.models import new_id
from assistant.errors import ErrorCode, Failure
from assistant.messages import ERRORS, title

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
PROGRAM_PATHS = ("/api/", "/v1/", "/healthz", "/readyz", "/metrics", "/openapi.json")
_BY_STATUS = {
    401: ErrorCode.SIGN_IN_REQUIRED,
    403: ErrorCode.FORBIDDEN,
    404: ErrorCode.PAGE_NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.BODY_TOO_LARGE,
}
# What pydantic reports at the root of a body that is no JSON object at all.
_NOT_JSON = {"json_invalid", "model_attributes_type", "model_type", "dict_type"}


class BodyTooLargeError(HTTPException):
    """The body grew past the limit while it was read. An ``HTTPException``, since FastAPI hides all others here."""

    def __init__(self) -> None:
        super().__init__(413)


def language(request: Request) -> str:
    """Return ``en`` where Accept-Language prefers it to Korean, else ``ko``."""
    best = {"ko": 0.0, "en": 0.0}
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, parameters = part.strip().partition(";")
        short = tag.strip().lower().split("-", 1)[0]
        try:
            weight = float(parameters.partition("=")[2] or 1)
        except ValueError:
            weight = 0.0
        if short in best:
            best[short] = max(best[short], weight)
    return "en" if best["en"] > best["ko"] else "ko"


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, so that the answer should be a page."""
    return not request.url.path.startswith(PROGRAM_PATHS) and "text/html" in request.headers.get("accept", "")


def problem(request: Request, code: ErrorCode, *, detail: str = "", extra: dict[str, Any] | None = None) -> Response:
    """Answer with a problem in the form that the caller reads."""
    status = ERRORS[code].status
    text = title(code, language(request))
    if wants_page(request):
        return _page(request, code, text, detail=detail, number=(extra or {}).get("id", ""))
    body: dict[str, Any] = {"type": f"urn:assistant:problem:{code.value}", "title": text, "status": status}
    body["code"] = code.value
    if detail:
        body["detail"] = detail
    body.update(extra or {})
    headers = {"WWW-Authenticate": "Session"} if status == 401 else {}  # noqa: PLR2004 - an HTTP status
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, media_type=MEDIA_TYPE, headers=headers)


def _page(request: Request, code: ErrorCode, text: str, *, detail: str, number: str) -> Response:
    status = ERRORS[code].status
    templates = getattr(request.app.state, "templates", None)
    if templates is None:
        return Response(text, status, media_type="text/plain; charset=utf-8")
    content = templates.get_template("error.html").render(
        status=status, text=text, code=code.value, detail=detail, number=number, language=language(request)
    )
    return Response(content, status, media_type="text/html; charset=utf-8")


def internal(request: Request, error: BaseException) -> Response:
    """Answer an unexpected error with an id, and log where it happened: types and lines, never messages or values."""
    number = new_id()
    chain: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(chain) < 5:  # noqa: PLR2004 - enough causes to find a defect
        frames = traceback.extract_tb(seen.__traceback__)[-8:]
        chain.append(f"{type(seen).__name__} at " + " < ".join(f"{f.filename}:{f.lineno}" for f in reversed(frames)))
        seen = seen.__cause__ or seen.__context__
    route = getattr(request.scope.get("route"), "path", "?")
    log.error("internal %s: %s %s: %s", number, request.method, route, " / ".join(chain))
    return problem(request, ErrorCode.INTERNAL, extra={"id": number})


async def _on_failure(request: Request, error: Exception) -> Response:
    assert isinstance(error, Failure)  # noqa: S101 - registered for this type only
    if error.code is ErrorCode.SIGN_IN_REQUIRED and wants_page(request) and request.method in {"GET", "HEAD"}:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/login?" + urlencode({"next": target}), 303)
    if ERRORS[error.code].status >= 500:  # noqa: PLR2004 - HTTP's class of server errors
        log.warning("failure %s %s", error.code.value, error.detail)
    return problem(request, error.code, detail=error.detail)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    response = problem(request, _BY_STATUS.get(error.status_code, ErrorCode.INPUT_INVALID))
    for name, value in (error.headers or {}).items():
        response.headers.setdefault(name, value)
    return response


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    found = error.errors()
    if any(one["type"] in _NOT_JSON and one["loc"][:1] == ("body",) and len(one["loc"]) <= 2 for one in found):  # noqa: PLR2004
        return problem(request, ErrorCode.INPUT_NOT_JSON)
    places = [{"field": ".".join(str(part) for part in one["loc"]), "type": one["type"]} for one in found]
    return problem(request, ErrorCode.INPUT_INVALID, extra={"errors": places})


def install(app: FastAPI) -> None:
    """Register the handlers. Unexpected errors are caught by ``middleware.LastResort``."""
    app.add_exception_handler(Failure, _on_failure)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
