"""The page part for handing files in, and the list of what one has handed in; works without scripts too."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from assistant.errors import ErrorCode, Failure
from assistant.http import uploads as receiving
from assistant.http.api.uploads import line_of
from assistant.http.deps import ContainerDep, FormPrincipal, PrincipalDep
from assistant.http.web.templating import page
from assistant.ingestion import uploads
from assistant.library.collections import list_collections
from retrieval.loaders.registry import SUPPORTED_ENDINGS

if TYPE_CHECKING:
    from assistant.settings import Settings

router = APIRouter()

_SHOWN = 200
_ENDINGS_OF_ALL = frozenset({ErrorCode.DISK_FULL, ErrorCode.HOME_NOT_WRITABLE, ErrorCode.COLLECTION_NOT_FOUND})


def form_facts(settings: "Settings") -> dict[str, Any]:
    """Return what ``_upload.html`` shows beside the collections: which endings, how large."""
    return {
        "endings": SUPPORTED_ENDINGS,
        "upload_mb": settings.upload_max_bytes // (1024 * 1024),
    }


@router.get("/uploads")
def mine(request: Request, container: ContainerDep, principal: PrincipalDep) -> Response:
    """Show what this person has handed in lately, and the form."""
    receiving.check_right(principal)
    with container.database.read() as session:
        shelves = list_collections(session, principal)
        lines = uploads.recent(session, principal, limit=_SHOWN)
        counts = uploads.counts(session, principal)
    return page(
        request,
        "uploads.html",
        principal,
        collections=shelves,
        collection="",
        lines=[line_of(line) for line in lines],
        counts=counts,
        **form_facts(container.settings),
    )


@router.post("/uploads")
def take_in(
    container: ContainerDep,
    principal: FormPrincipal,
    file: Annotated[list[UploadFile], File()],
    collection: Annotated[str, Form()],
) -> Response:
    """Take files from a form without scripts and go to the list, where each says what became of it."""
    receiving.check_right(principal)
    for one in file:
        try:
            receiving.take_in(container, principal, one, collection)
        except Failure as failure:
            if failure.code in _ENDINGS_OF_ALL:
                raise
    return RedirectResponse("/uploads", 303)


@router.post("/uploads/clear")
def clear(container: ContainerDep, principal: FormPrincipal) -> Response:
    """Take finished files off the list."""
    with container.database.write() as session:
        uploads.clear(session, principal.username)
    return RedirectResponse("/uploads", 303)


@router.post("/uploads/{version_id}/retry")
def retry(container: ContainerDep, principal: FormPrincipal, version_id: str) -> Response:
    """Read a failed version again."""
    receiving.check_right(principal)
    container.ingestion.retry(version_id, principal)
    return RedirectResponse("/uploads", 303)
