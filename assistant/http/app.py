"""The web application. ``create_app`` is the only way to make it; importing this module does nothing."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from assistant import __doc__ as product
from assistant.http import health, middleware, problems, sse
from assistant.http.api import (
    collections,
    conversations,
    exports,
    files,
    history,
    library,
    redact,
    sharing,
    tasks,
    turns,
    uploads,
)
from assistant.http.metrics import Metrics
from assistant.http.web import static
from assistant.http.web.pages import chat, documents, login, reference
from assistant.http.web.pages import collections as collection_pages
from assistant.http.web.pages import history as history_pages
from assistant.http.web.pages import sharing as sharing_pages
from assistant.http.web.pages import tasks as task_pages
from assistant.http.web.pages import uploads as upload_pages
from assistant.http.web.templating import make_templates

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi.telemetry import TelemetryConfig

    from assistant.http.deps import Answers, Container

# FastAPI's own OpenTelemetry would record bodies, arguments and exception messages as soon as any library in the
# process configures a provider, or an environment variable asks for it. What people ask stays in the database.
NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Take up the turns that a dead process left behind; at the end let running ones finish or hand them on."""
    answers: Answers = app.state.answers
    await answers.recover()
    try:
        yield
    finally:
        await answers.shutdown()


def create_app(container: Container) -> FastAPI:
    """Make the application over what the wiring built.

    Args:
        container: settings, database, services; the app neither builds nor closes them.
    """
    app = FastAPI(
        title="assistant",
        description=product or "",
        version="1",
        docs_url=None,  # FastAPI's page loads its scripts from outside; ours is in web/pages/reference.py
        redoc_url=None,
        lifespan=_lifespan,
        telemetry=NO_TELEMETRY,
    )
    app.state.container = container
    app.state.answers = container.answers
    app.state.metrics = Metrics()
    app.state.templates = make_templates(container.settings)
    app.state.heartbeat_s = sse.HEARTBEAT_S
    problems.install(app)
    api = (health, turns, files, conversations, sharing, exports, tasks, collections, library, history, uploads, redact)
    for module in api:
        app.include_router(module.router)
    for page in (
        chat,
        sharing_pages,
        task_pages,
        documents,
        collection_pages,
        history_pages,
        upload_pages,
        login,
        reference,
    ):
        app.include_router(page.router, include_in_schema=False)
    app.mount("/static", static.files(), name="static")
    # Added last runs first: headers stand on every answer, also on a refusal.
    app.add_middleware(middleware.BodyLimit, upload_bytes=container.settings.upload_max_bytes)
    if container.settings.auth == "demo":
        app.add_middleware(middleware.LocalOnly)
    app.add_middleware(middleware.LastResort, metrics=app.state.metrics)
    app.add_middleware(middleware.SecurityHeaders)
    return app
