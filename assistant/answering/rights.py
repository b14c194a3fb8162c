"""Rights, asked again: sources are found at one moment and shown at others, and in between rights may be taken away.

Nothing of a source leaves that its reader may not read now: not in an answer that was being written meanwhile, not in
the view of an old one, not when its events are streamed again, not as history that a follow-up is answered from. An
answer rests on the sources it cites, so it goes with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, or_, select

from assistant.accounts.access import readable
from assistant.accounts.identity import load_principal
from assistant.answering.events import EventType
from assistant.db.models import Collection, Document, TurnEvent, TurnRow, TurnSource
from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import Collection as AbstractCollection
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.answering.turn import Source

WITHHELD: Final = "이 답변이 근거로 삼은 문서를 지금은 볼 권한이 없어, 답변을 보여 드리지 않습니다."


def readable_ids(session: Session, principal: Principal, conversation_id: str) -> frozenset[str]:
    """Return the ids of the collections a person may read now within a conversation of theirs."""
    return readable(session, principal, conversation=conversation_id).collection_ids


def lost(session: Session, username: str, conversation_id: str, sources: Sequence[Source]) -> frozenset[int]:
    """Return the numbers of the sources that this person may not read any more.

    The person is loaded anew: another department or role, or a closed account, counts from the moment it is written. A
    document that was withdrawn or deleted since it was found is no source either.
    """
    if not sources:
        return frozenset()
    try:
        principal = load_principal(session, username)
    except Failure as failure:
        if failure.code is ErrorCode.USER_NOT_FOUND:  # the account was closed
            return frozenset(source.n for source in sources)
        raise
    allowed = readable_ids(session, principal, conversation_id)
    gone = set(
        session.scalars(
            select(Document.id).where(
                Document.id.in_({source.document_id for source in sources}),
                or_(Document.withdrawn_at.is_not(None), Document.deleted_at.is_not(None)),
            )
        )
    )
    return frozenset(s.n for s in sources if s.collection_id not in allowed or s.document_id in gone)


def rests_on_readable(allowed: AbstractCollection[str]) -> ColumnElement[bool]:
    """Return the condition that a turn cites nothing outside these collections."""
    outside = exists().where(
        TurnSource.turn_id == TurnRow.id, TurnSource.cited.is_(True), TurnSource.collection_id.not_in(sorted(allowed))
    )
    return ~outside.correlate(TurnRow)


class Replay:
    """What of the kept events of one turn its owner may see now.

    Args:
        session: a reading session.
        row: the turn.
        allowed: ids of the collections the owner may read now.
    """

    def __init__(self, session: Session, row: TurnRow, allowed: AbstractCollection[str]) -> None:
        self._names = set(session.scalars(select(Collection.name).where(Collection.id.in_(sorted(allowed)))))
        self._withheld = (
            self._foreign_in_events(session, row) if not row.status else _cites_foreign(session, row, allowed)
        )

    def data(self, type_: EventType, data: dict[str, Any]) -> dict[str, Any]:
        """Return an event's data without what may not be seen any more."""
        if type_ in {EventType.SOURCES, EventType.CITATIONS}:
            items = [one if one.get("collection") in self._names else hidden(one) for one in data["items"]]
            return {**data, "items": items, **({"marks": []} if self._withheld and "marks" in data else {})}
        if self._withheld and type_ is EventType.DELTA:
            return {**data, "text": ""}
        if self._withheld and type_ is EventType.RETRACT:
            return {**data, "text": WITHHELD}
        return data

    def _foreign_in_events(self, session: Session, row: TurnRow) -> bool:
        """Whether a turn that still runs was given a source that its owner may not read (any more).

        What it will cite nobody knows yet, so what it has written so far is held back as a whole.
        """
        kept = session.scalars(
            select(TurnEvent.data).where(TurnEvent.turn_id == row.id, TurnEvent.type == EventType.SOURCES.value)
        )
        return any(one.get("collection") not in self._names for data in kept for one in data["items"])


def _cites_foreign(session: Session, row: TurnRow, allowed: AbstractCollection[str]) -> bool:
    cited = session.scalars(
        select(TurnSource.collection_id).where(TurnSource.turn_id == row.id, TurnSource.cited.is_(True))
    )
    return any(collection_id not in allowed for collection_id in cited)


def hidden(source: dict[str, Any]) -> dict[str, Any]:
    """Return a source's view with its number and nothing of what it says, where it stands or what it is called."""
    return {
        **source,
        "document_id": None,
        "version_id": None,
        "collection": None,
        "title": "볼 권한이 없는 문서",
        "locator": {},
        "quote": "",
        "start": 0,
        "end": 0,
        "legal_state": "unknown",
        "legal_state_today": "unknown",
        "effective_on": None,
    }
