"""Is it alive, can it serve, what has it served: for load balancers, supervisors and Prometheus."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from sqlalchemy import text
from starlette.responses import JSONResponse, PlainTextResponse, Response

from assistant.errors import ErrorCode, Failure
from assistant.http.deps import Container, ContainerDep, metrics_of
from assistant.http.metrics import CONTENT_TYPE
from assistant.jobs.lock import worker_alive
from retrieval.errors import IndexUnavailable

router = APIRouter(tags=["운영"])


@router.get("/healthz", summary="살아 있는지")
async def healthz() -> dict[str, str]:
    """Answer as long as the event loop turns; asks nothing else."""
    return {"status": "ok"}


@router.get("/readyz", summary="일할 수 있는지: 데이터베이스, 색인, 작업자")
def readyz(container: ContainerDep) -> Response:
    """Ask database, index and worker. 503 while the database or the index does not answer."""
    checks = {name: _state(check, container) for name, check in CHECKS.items()}
    ready = checks["database"] == "ok" and checks["index"] == "ok"
    return JSONResponse({"status": "ok" if ready else "unavailable", "checks": checks}, 200 if ready else 503)


@router.get("/metrics", summary="Prometheus 지표")
async def metrics(request: Request) -> Response:
    """Give the counters of this process."""
    return PlainTextResponse(metrics_of(request).text(), media_type=CONTENT_TYPE)


def _state(check: Callable[[Container], str], container: Container) -> str:
    try:
        return check(container)
    except Failure as failure:
        return failure.code.value


def _database(container: Container) -> str:
    with container.database.read() as session:
        session.execute(text("SELECT 1"))
    return "ok"


def _index(container: Container) -> str:
    try:
        container.vector.ping()
    except IndexUnavailable:
        return ErrorCode.INDEX_UNAVAILABLE.value
    return "ok"


def _worker(container: Container) -> str:
    return "ok" if worker_alive(container.settings.home) else "down"


CHECKS: dict[str, Callable[[Container], str]] = {"database": _database, "index": _index, "worker": _worker}
