"""The page of a shared conversation, and the forms that share one and take it back."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from assistant.http.deps import ContainerDep, FormPrincipal, PrincipalDep
from assistant.http.web.pages.chat import shelf_titles
from assistant.http.web.templating import page

router = APIRouter()


@router.get("/shared/{conversation_id}")
def read(request: Request, container: ContainerDep, principal: PrincipalDep, conversation_id: str) -> Response:
    """Show a conversation that a colleague shares, to be read only."""
    found = container.answers.sharing.read(principal, conversation_id)
    with container.database.read() as session:
        titles = shelf_titles(session, found["turns"])
    return page(request, "shared.html", principal, conversation=found, titles=titles, readonly=True)


@router.post("/c/{conversation_id}/share")
def share(container: ContainerDep, principal: FormPrincipal, conversation_id: str) -> Response:
    """Share a conversation with the own department."""
    container.answers.sharing.share(principal, conversation_id)
    return RedirectResponse(f"/c/{conversation_id}", 303)


@router.post("/c/{conversation_id}/unshare")
def unshare(container: ContainerDep, principal: FormPrincipal, conversation_id: str) -> Response:
    """Take a conversation back from its readers."""
    container.answers.sharing.unshare(principal, conversation_id)
    return RedirectResponse(f"/c/{conversation_id}", 303)
