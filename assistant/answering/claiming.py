"""Taking a turn to run it: who asked, what was typed, and what it follows, read in the transaction that claims it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.accounts.identity import load_principal
from assistant.answering import rights, store
from assistant.answering.turn import Status
from assistant.db.models import Conversation, TurnRow, now
from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.answering.memory import Exchange
    from assistant.ports import Sealer
    from guardrails.pii.engine import PiiEngine
    from guardrails.pii.pseudonymise import Pseudonymiser


@dataclass(frozen=True, slots=True)
class Claimed:
    """A turn that this process runs from here on; ``seq`` is the number of its last event."""

    row: TurnRow
    principal: Principal
    typed: str
    past: list[Exchange]
    pseudonyms: Pseudonymiser
    collection: str | None
    seq: int


def take(session: Session, turn_id: str, owner: str, sealer: Sealer, pii: PiiEngine) -> Claimed | None:
    """Claim a turn; ``None`` when it has ended, another process is at it, or nobody is left to answer.

    Args:
        session: a writing session.
        turn_id: the turn.
        owner: this process.
        sealer: opens what was typed.
        pii: knows the form of placeholders.
    """
    row = store.claim(session, turn_id, owner)
    if row is None:
        return None
    principal = _asker(session, row)
    if principal is None:
        return None
    conversation = session.get_one(Conversation, row.conversation_id)
    return Claimed(
        row=row,
        principal=principal,
        typed=sealer.open(row.question_sealed),
        past=store.past(session, row, rights.readable_ids(session, principal, row.conversation_id)),
        pseudonyms=store.pseudonyms(session, row.conversation_id, sealer, pii),
        collection=store.collection_name(session, conversation.collection_id),
        seq=store.last_seq(session, turn_id),
    )


def _asker(session: Session, row: TurnRow) -> Principal | None:
    """Return who asked. For an account that was closed meanwhile the turn ends here: nobody is left to answer."""
    try:
        return load_principal(session, store.username_of(session, row.user_id))
    except Failure as failure:
        if failure.code is not ErrorCode.USER_NOT_FOUND:
            raise
        row.status, row.reason, row.finished_at = Status.ERROR_INTERRUPTED.value, failure.code.value, now()
        return None
