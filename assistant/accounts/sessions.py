"""Browser sessions: a random token in the cookie, only its hash in the database. Revoking is deleting the row."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select

from assistant.accounts.identity import load_principal
from assistant.db.models import SignInSession, User, now
from assistant.errors import Failure
from assistant.governance.audit import AuditAction, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal

LIFETIME: Final = timedelta(hours=12)
_TOKEN_BYTES: Final = 32
_LONGEST_TOKEN: Final = 100  # a cookie is the caller's to choose: what cannot be a token is not even hashed


def create(session: Session, username: str) -> str:
    """Sign a person in and return the token for their cookie; their expired sessions go.

    Raises:
        Failure: ``user_not_found``.
    """
    principal = load_principal(session, username)
    at = now()
    expired = SignInSession.expires_at <= at
    session.execute(delete(SignInSession).where(SignInSession.user_id == principal.user_id, expired))
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.execute(
        insert(SignInSession).values(
            token_hash=_hash(token), user_id=principal.user_id, created_at=at, expires_at=at + LIFETIME
        )
    )
    record(session, actor=principal.username, action=AuditAction.SIGN_IN, subject=f"user:{principal.user_id}", data={})
    return token


def lookup(session: Session, token: str) -> Principal | None:
    """Return whose session this is; ``None`` when it is unknown, over, or its account was closed."""
    username = _username(session, token)
    if username is None:
        return None
    try:
        return load_principal(session, username)
    except Failure:
        return None  # closed between the two queries


def revoke(session: Session, token: str) -> bool:
    """End a session and return whether there was one."""
    username = _username(session, token)
    if username is None:
        return False
    user_id = session.execute(
        delete(SignInSession).where(SignInSession.token_hash == _hash(token)).returning(SignInSession.user_id)
    ).scalar_one_or_none()
    if user_id is None:
        return False
    record(session, actor=username, action=AuditAction.SIGN_OUT, subject=f"user:{user_id}", data={})
    return True


def _username(session: Session, token: str) -> str | None:
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    question = (
        select(User.username)
        .join(SignInSession, SignInSession.user_id == User.id)
        .where(SignInSession.token_hash == _hash(token), SignInSession.expires_at > now(), User.active.is_(True))
    )
    return session.execute(question).scalar_one_or_none()


def _hash(token: str) -> str:
    """Return the SHA-256 of a token; 256 random bits need no slow hash and no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
