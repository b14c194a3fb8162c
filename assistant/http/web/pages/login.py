"""Signing in as one of the demo users, on this computer only; with a trusted proxy there is nothing to sign in to."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from assistant.accounts import sessions
from assistant.accounts.identity import UserInfo, list_users
from assistant.db.models import Role
from assistant.errors import ErrorCode, Failure
from assistant.http.deps import SESSION_COOKIE, ContainerDep, FormPrincipal, check_login_form, set_cookie
from assistant.http.web.templating import page

router = APIRouter()


@router.get("/login")
def login(request: Request, container: ContainerDep, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Let a visitor choose a demo user."""
    _demo_only(container)
    with container.database.read() as session:
        users = _demo_users(session)
    return page(request, "login.html", None, users=users, next=safe_next(next))


@router.post("/login", dependencies=[Depends(check_login_form)])
def sign_in(
    request: Request,
    container: ContainerDep,
    username: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the field's name
) -> Response:
    """Begin a session for a demo user; other accounts cannot be entered this way."""
    _demo_only(container)
    with container.database.write() as session:
        if username not in {user.username for user in _demo_users(session)}:
            raise Failure(ErrorCode.USER_NOT_FOUND)
        token = sessions.create(session, username)
    response = RedirectResponse(safe_next(next), 303)
    set_cookie(response, request, SESSION_COOKIE, token, max_age=int(sessions.LIFETIME.total_seconds()))
    return response


@router.post("/logout")
def sign_out(request: Request, container: ContainerDep, principal: FormPrincipal) -> Response:
    """End the session."""
    del principal
    _demo_only(container)
    with container.database.write() as session:
        sessions.revoke(session, request.cookies.get(SESSION_COOKIE, ""))
    response = RedirectResponse("/login", 303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def _demo_only(container: ContainerDep) -> None:
    if container.settings.auth != "demo":
        raise Failure(ErrorCode.PAGE_NOT_FOUND)


def _demo_users(session: Session) -> list[UserInfo]:
    """Return the demo users, those who may do least first."""
    users = [user for user in list_users(session, include_inactive=False) if user.demo]
    order = list(Role)
    return sorted(users, key=lambda user: (max((order.index(role) for role in user.roles), default=-1), user.username))


def safe_next(target: str) -> str:
    """Return a path on this site; anything that could lead elsewhere becomes the home page."""
    inside = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if inside and "\\" not in target else "/"
