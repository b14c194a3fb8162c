"""The conversation page, the fragments its script fetches, and the forms that work without any script."""

import asyncio
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from assistant.accounts.identity import Principal
from assistant.answering.files import MOST_FILES
from assistant.db.models import Collection
from assistant.errors import ErrorCode, Failure
from assistant.http.api.files import attach
from assistant.http.api.turns import Question, ask, turn_view
from assistant.http.deps import Container, ContainerDep, FormPrincipal, PrincipalDep, answers_of
from assistant.http.web.templating import by_date, page
from assistant.library.collections import list_collections
from assistant.library.legal import korean_today
from retrieval.loaders.registry import SUPPORTED_ENDINGS

router = APIRouter()

HISTORY = 200  # conversations listed
WAIT_S = 20.0  # a form's answer comes within this, or on the page that reloads itself


def _shell(
    container: Container, principal: Principal, conversation_id: str | None, through: str | None = None
) -> dict[str, Any]:
    """Read what the page shows: history, collections and, if one is open, the conversation."""
    with container.database.read() as session:
        conversations = container.answers.conversations(session, principal, HISTORY)
        shelves = list_collections(session, principal)
        answers = container.answers
        current = answers.conversation(session, principal, conversation_id, through) if conversation_id else None
        titles = shelf_titles(session, current["turns"] if current else [])
        attached = container.files.list(session, principal, conversation_id) if conversation_id else []
        share = answers.sharing.state(session, principal, conversation_id) if conversation_id else None
        shared = answers.sharing.listed(session, principal)
    return {
        "files": attached,
        "most_files": MOST_FILES,
        "upload_bytes": container.settings.upload_max_bytes,
        "endings": SUPPORTED_ENDINGS,
        "titles": titles,
        "groups": by_date(conversations, korean_today()),
        "collections": shelves,
        "conversation": current,
        "share": share,
        "shared": shared,
        "running": bool(current and any(not turn["status"] for turn in current["turns"])),
    }


@router.get("/")
def home(request: Request, container: ContainerDep, principal: PrincipalDep) -> Response:
    """Show an empty conversation."""
    return page(request, "chat.html", principal, **_shell(container, principal, None))


@router.get("/c/{conversation_id}")
def conversation(
    request: Request, container: ContainerDep, principal: PrincipalDep, conversation_id: str, turn: str = ""
) -> Response:
    """Show a conversation, the line through ``turn`` where one is named.

    Turns still running are taken up by the script, or the page reloads itself.
    """
    return page(request, "chat.html", principal, **_shell(container, principal, conversation_id, turn or None))


@router.get("/history")
def history(request: Request, container: ContainerDep, principal: PrincipalDep, current: str = "") -> Response:
    """Give the list of conversations as a fragment."""
    with container.database.read() as session:
        conversations = container.answers.conversations(session, principal, HISTORY)
        shared = container.answers.sharing.listed(session, principal)
    groups = by_date(conversations, korean_today())
    return page(request, "_history.html", principal, groups=groups, current=current, shared=shared)


@router.get("/turns/{turn_id}")
def turn(request: Request, container: ContainerDep, principal: PrincipalDep, turn_id: str) -> Response:
    """Give one turn as a fragment."""
    with container.database.read() as session:
        view = container.answers.view(session, principal, turn_id)
        titles = shelf_titles(session, [view])
    return page(request, "_turn.html", principal, turn=view, titles=titles)


def shelf_titles(session: Session, turns: list[dict[str, Any]]) -> dict[str, str]:
    """Return the titles of the collections that sources name; views name only those the reader may see."""
    names = {source["collection"] for turn in turns for source in turn["sources"]} - {None}
    if not names:
        return {}
    rows = session.execute(select(Collection.name, Collection.title).where(Collection.name.in_(names)))
    return {name: title for name, title in rows}  # noqa: C416 - dict() takes a result for a mapping


@router.post("/ask")
async def ask_form(
    *,
    request: Request,
    principal: FormPrincipal,
    question: Annotated[str, Form()] = "",
    conversation_id: Annotated[str, Form()] = "",
    collection: Annotated[str, Form()] = "",
    as_of: Annotated[str, Form()] = "",
    after: Annotated[str, Form()] = "",
    instead_of: Annotated[str, Form()] = "",
) -> Response:
    """Take a question from a page without scripts: wait for the answer, for a while, then show the conversation."""
    try:
        day = date.fromisoformat(as_of) if as_of else None
    except ValueError as error:
        raise Failure(ErrorCode.INPUT_INVALID, detail="as_of") from error
    asked = Question(
        question=question,
        conversation_id=conversation_id or None,
        collection=collection or None,
        as_of=day,
        after=after or None,
        instead_of=instead_of or None,
    )
    view = await ask(request, principal, asked)
    try:
        async with asyncio.timeout(WAIT_S):
            async for _ in answers_of(request).events(principal, view["id"]):
                pass
    except TimeoutError:
        pass  # the page says that it is being written, and reloads itself
    return to_turn(view)


@router.post("/turns/{turn_id}/stop")
def stop_form(container: ContainerDep, principal: FormPrincipal, turn_id: str) -> Response:
    """Stop a turn from a page without scripts."""
    view = turn_view(container, principal, turn_id)
    container.answers.stop(principal, turn_id)
    return to_turn(view)


@router.post("/turns/{turn_id}/feedback")
def feedback_form(
    container: ContainerDep,
    principal: FormPrincipal,
    turn_id: str,
    rating: Annotated[int, Form()],
    comment: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Keep an opinion given without scripts."""
    if rating not in {1, -1}:
        raise Failure(ErrorCode.INPUT_INVALID, detail="rating")
    view = turn_view(container, principal, turn_id)
    container.answers.feedback(principal, turn_id, rating, comment)
    return to_turn(view)


@router.post("/c/files")
def open_with_file_form(
    container: ContainerDep, principal: FormPrincipal, file: Annotated[UploadFile, File()]
) -> Response:
    """Open a conversation with a file from a page without scripts."""
    conversation_id, _ = attach(container, principal, file, None)
    return RedirectResponse(f"/c/{conversation_id}", 303)


@router.post("/c/{conversation_id}/files")
def attach_form(
    container: ContainerDep, principal: FormPrincipal, conversation_id: str, file: Annotated[UploadFile, File()]
) -> Response:
    """Attach a file from a page without scripts."""
    attach(container, principal, file, conversation_id)
    return RedirectResponse(f"/c/{conversation_id}", 303)


@router.post("/c/{conversation_id}/files/{document_id}/remove")
def remove_file_form(
    container: ContainerDep, principal: FormPrincipal, conversation_id: str, document_id: str
) -> Response:
    """Take a file out of its conversation from a page without scripts."""
    container.files.remove(principal, conversation_id, document_id)
    return RedirectResponse(f"/c/{conversation_id}", 303)


@router.post("/c/{conversation_id}/rename")
def rename_form(
    container: ContainerDep,
    principal: FormPrincipal,
    conversation_id: str,
    title: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Give a conversation another title."""
    container.answers.rename_conversation(principal, conversation_id, title)
    return RedirectResponse(f"/c/{conversation_id}", 303)


@router.post("/c/{conversation_id}/delete")
def delete_form(container: ContainerDep, principal: FormPrincipal, conversation_id: str) -> Response:
    """Delete a conversation."""
    container.answers.delete_conversation(principal, conversation_id)
    return RedirectResponse("/", 303)


def to_turn(view: dict[str, Any]) -> RedirectResponse:
    """Send a form's sender to a turn on its conversation's page."""
    return RedirectResponse(f"/c/{view['conversation_id']}?turn={view['id']}#turn-{view['id']}", 303)
