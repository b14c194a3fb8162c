"""What endpoints need: the container, the person who asks, and proof that their own page sent the request."""

import hmac
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast
from urllib.parse import urlsplit

from fastapi import Depends, Form, Request
from sqlalchemy.orm import Session

from assistant.accounts import sessions
from assistant.accounts.identity import Principal, load_principal
from assistant.answering.events import Event
from assistant.answering.files import ConversationFiles
from assistant.answering.sharing import Sharing
from assistant.answering.tasks.desk import Desk
from assistant.db.models import Role
from assistant.errors import ErrorCode, Failure
from assistant.ingestion.service import IngestionService
from assistant.library.counting import Counts
from assistant.library.lifecycle import Lifecycle
from assistant.library.search import SearchService
from assistant.ports import BlobStore, JobQueue, Sealer
from assistant.settings import Settings
from guardrails.pii.engine import PiiEngine
from retrieval.ports import VectorIndex

if TYPE_CHECKING:
    from starlette.responses import Response

    from assistant.http.metrics import Metrics

SESSION_COOKIE = "assistant_session"
VISITOR_COOKIE = "assistant_visitor"
CSRF_HEADER = "X-CSRF-Token"
UPLOADERS = frozenset({Role.STEWARD, Role.ADMIN})


class Sessions(Protocol):
    """The part of ``Database`` that endpoints use."""

    def read(self) -> AbstractContextManager[Session]:
        """Give a session for reading."""
        ...

    def write(self) -> AbstractContextManager[Session]:
        """Give a session that is committed at the end of the block."""
        ...


class Answers(Protocol):
    """The part of ``AnswerService`` that endpoints use; what each does stands there."""

    @property
    def desk(self) -> Desk:
        """Work on documents."""
        ...

    @property
    def sharing(self) -> Sharing:
        """Conversations shared inside a department."""
        ...

    def start(  # noqa: D102
        self,
        principal: Principal,
        question: str,
        *,
        conversation_id: str | None = None,
        collection: str | None = None,
        as_of: date | None = None,
        after: str | None = None,
        instead_of: str | None = None,
    ) -> str: ...

    def launch(self, turn_id: str) -> None: ...  # noqa: D102

    def events(self, principal: Principal, turn_id: str, after: int = 0) -> AsyncIterator[Event]: ...  # noqa: D102

    def stop(self, principal: Principal, turn_id: str) -> None: ...  # noqa: D102

    def view(self, session: Session, principal: Principal, turn_id: str) -> dict[str, Any]: ...  # noqa: D102

    def conversations(self, session: Session, principal: Principal, limit: int) -> list[dict[str, Any]]: ...  # noqa: D102

    def conversation(  # noqa: D102
        self, session: Session, principal: Principal, conversation_id: str, through: str | None = None
    ) -> dict[str, Any]: ...

    def feedback(self, principal: Principal, turn_id: str, rating: int, comment: str) -> None: ...  # noqa: D102

    def rename_conversation(self, principal: Principal, conversation_id: str, title: str) -> None: ...  # noqa: D102

    def delete_conversation(self, principal: Principal, conversation_id: str) -> None: ...  # noqa: D102

    async def recover(self) -> None: ...  # noqa: D102

    async def shutdown(self) -> None: ...  # noqa: D102


class Container(Protocol):
    """What ``create_app`` needs of the wiring; tests pass a fake one."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def database(self) -> Sessions:
        """The database."""
        ...

    @property
    def answers(self) -> Answers:
        """Questions and answers."""
        ...

    @property
    def sealer(self) -> Sealer:
        """The keyed hash behind CSRF tokens."""
        ...

    @property
    def blobs(self) -> BlobStore:
        """The original files."""
        ...

    @property
    def search(self) -> SearchService:
        """Search over what a person may read."""
        ...

    @property
    def vector(self) -> VectorIndex:
        """The vector index, asked only whether it answers."""
        ...

    @property
    def ingestion(self) -> IngestionService:
        """Taking documents in."""
        ...

    @property
    def counts(self) -> Counts:
        """Kept counts of the list of documents."""
        ...

    @property
    def lifecycle(self) -> Lifecycle:
        """Withdrawing, restoring and deleting documents."""
        ...

    @property
    def queue(self) -> JobQueue:
        """Durable work."""
        ...

    @property
    def files(self) -> ConversationFiles:
        """Files attached in conversations."""
        ...

    @property
    def pii(self) -> PiiEngine:
        """Finding and masking personal data."""
        ...


def container_of(request: Request) -> Container:
    """Return the container the app was made with."""
    return cast("Container", request.app.state.container)


def answers_of(request: Request) -> Answers:
    """Return the answer service without asking the container, which may be busy loading models: for the event loop."""
    return cast("Answers", request.app.state.answers)


def metrics_of(request: Request) -> "Metrics":
    """Return the counters of this process."""
    return cast("Metrics", request.app.state.metrics)


ContainerDep = Annotated[Container, Depends(container_of)]


def current_principal(request: Request, container: ContainerDep) -> Principal:
    """Return who asks, from the trusted header or from the demo session cookie.

    Raises:
        Failure: ``sign_in_required``.
    """
    settings = container.settings
    with container.database.read() as session:
        if settings.auth == "header":
            return _from_header(request, settings, session)
        principal = sessions.lookup(session, request.cookies.get(SESSION_COOKIE, ""))
    if principal is None:
        raise Failure(ErrorCode.SIGN_IN_REQUIRED)
    return principal


def _from_header(request: Request, settings: Settings, session: Session) -> Principal:
    expected = settings.auth_secret.get_secret_value().encode()
    given = request.headers.getlist(settings.auth_secret_header)
    names = request.headers.getlist(settings.auth_user_header)
    proven = len(given) == 1 and hmac.compare_digest(given[0].encode("latin-1"), expected)
    # Without a secret nobody can prove to be the proxy, so nobody gets in; two names are a smuggled one.
    if not expected or not proven or len(names) != 1 or not names[0].strip():
        raise Failure(ErrorCode.SIGN_IN_REQUIRED)
    return _known(session, names[0].strip())


def _known(session: Session, username: str) -> Principal:
    try:
        return load_principal(session, username)
    except Failure as failure:
        if failure.code is ErrorCode.USER_NOT_FOUND:
            raise Failure(ErrorCode.SIGN_IN_REQUIRED, detail=failure.code.value) from failure
        raise


PrincipalDep = Annotated[Principal, Depends(current_principal)]


def may_upload(principal: Principal) -> bool:
    """Whether a person may add documents."""
    return bool(UPLOADERS & principal.roles)


def csrf_token(container: Container, nonce: str, username: str) -> str:
    """Return the token that a form of this visitor carries: nobody without the key can make one up."""
    return container.sealer.digest(f"csrf|{nonce}|{username}")


def new_nonce() -> str:
    """Return a fresh visitor nonce."""
    return secrets.token_urlsafe(16)


def set_cookie(response: "Response", request: Request, name: str, value: str, max_age: int | None = None) -> None:
    """Set one of our cookies: out of reach of scripts and of other sites' posts, TLS-only where TLS is in use."""
    response.set_cookie(
        name, value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def _same_origin(request: Request) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    # The scheme is not compared: behind a TLS proxy this process sees plain HTTP.
    return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()


def _check(request: Request, container: Container, username: str, token: str) -> None:
    nonce = request.cookies.get(VISITOR_COOKIE, "")
    expected = csrf_token(container, nonce, username)
    if not nonce or not _same_origin(request) or not hmac.compare_digest(token.encode(), expected.encode()):
        raise Failure(ErrorCode.CSRF_FAILED)


def check_form(
    request: Request, container: ContainerDep, principal: PrincipalDep, csrf: Annotated[str, Form()] = ""
) -> Principal:
    """Return who posts a form, after checking that our own page made it.

    Raises:
        Failure: ``csrf_failed`` or ``sign_in_required``.
    """
    _check(request, container, principal.username, csrf)
    return principal


def check_login_form(request: Request, container: ContainerDep, csrf: Annotated[str, Form()] = "") -> None:
    """Check the form of somebody who is not signed in yet (no signing others into an attacker's account).

    Raises:
        Failure: ``csrf_failed``.
    """
    _check(request, container, "", csrf)


def check_api(request: Request, container: ContainerDep, principal: PrincipalDep) -> Principal:
    """Return who calls a changing endpoint; a browser must also show that our own page made the call.

    Programs behind the trusted proxy send neither cookies nor ``Origin``: there is nothing to forge from.

    Raises:
        Failure: ``csrf_failed`` or ``sign_in_required``.
    """
    browser = request.cookies or "origin" in request.headers or "sec-fetch-site" in request.headers
    if browser:
        _check(request, container, principal.username, request.headers.get(CSRF_HEADER, ""))
    return principal


FormPrincipal = Annotated[Principal, Depends(check_form)]
ApiPrincipal = Annotated[Principal, Depends(check_api)]
JsonObject = Mapping[str, Any]
