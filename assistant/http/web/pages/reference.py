"""The description of the interface for programmers, made from the OpenAPI document without outside assets."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from assistant.http.web.templating import page

router = APIRouter()

METHODS = ("get", "post", "patch", "put", "delete")


@router.get("/docs")
async def docs(request: Request) -> Response:
    """List every endpoint by subject with its parameters and answers."""
    schema: dict[str, Any] = request.app.openapi()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in schema["paths"].items():
        for method in METHODS:
            if operation := operations.get(method):
                groups.setdefault(operation.get("tags", ["기타"])[0], []).append(
                    {"path": path, "method": method.upper(), **operation}
                )
    return page(request, "reference.html", None, groups=groups)
