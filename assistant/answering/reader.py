"""Turns, conversations and events as their owner may see them at the moment of looking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from assistant.answering import branches, rights, store, views
from assistant.answering.events import Event, EventType
from assistant.db.models import TurnEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.db.models import Conversation, TurnRow
    from assistant.ports import Sealer
    from guardrails.pii.engine import PiiEngine

_RESTORED = {EventType.DELTA, EventType.RETRACT}


class Reader:
    """Reads for the owner: placeholders restored, and nothing of what they may not read (any more).

    Args:
        sealer: opens what was typed.
        pii: knows the form of the placeholders.
    """

    def __init__(self, sealer: Sealer, pii: PiiEngine) -> None:
        self._sealer = sealer
        self._pii = pii

    def view(self, session: Session, principal: Principal, turn_id: str) -> dict[str, Any]:
        """Return a turn of this person.

        Raises:
            Failure: ``turn_not_found``.
        """
        return self._turn_view(session, principal, store.own_turn(session, principal, turn_id))

    def conversations(self, session: Session, principal: Principal, limit: int) -> list[dict[str, Any]]:
        """Return the person's conversations, newest first."""
        found = views.conversation_list(session, principal, limit)
        return [{**item, "title": self._restorer(session, item["id"])(item["title"])} for item in found]

    def conversation(
        self, session: Session, principal: Principal, conversation_id: str, through: str | None = None
    ) -> dict[str, Any]:
        """Return a conversation of this person with the turns of one line: the newest, or the one through a turn.

        Raises:
            Failure: ``conversation_not_found``, ``turn_not_found``.
        """
        row = store.own_conversation(session, principal, conversation_id)
        tree = branches.nodes(session, row.id)
        shown = branches.line(tree, through)
        turns = [self._turn_view(session, principal, turn, tree) for turn in views.turn_rows(session, row.id, shown)]
        return {
            "id": row.id,
            "title": self._restorer(session, row.id)(row.title),
            "collection": self._chosen(session, principal, row),
            "updated_at": row.updated_at.isoformat(),
            "turns": turns,
        }

    def events_after(self, session: Session, principal: Principal, turn_id: str, after: int) -> list[Event]:
        """Return the kept events of a turn behind number ``after``.

        Raises:
            Failure: ``turn_not_found``.
        """
        row = store.own_turn(session, principal, turn_id)
        rows = session.scalars(
            select(TurnEvent).where(TurnEvent.turn_id == turn_id, TurnEvent.seq > after).order_by(TurnEvent.seq)
        ).all()
        if not rows:
            return []
        restore = self._restorer(session, row.conversation_id)
        replay = rights.Replay(session, row, rights.readable_ids(session, principal, row.conversation_id))
        events = []
        for kept in rows:
            type_ = EventType(kept.type)
            data = replay.data(type_, kept.data)
            if type_ in _RESTORED:
                data = {**data, "text": restore(data["text"])}
            elif type_ is EventType.DONE:
                data = {"turn": self.view(session, principal, turn_id)}
            events.append(Event(kept.seq, type_, data))
        return events

    def _turn_view(
        self, session: Session, principal: Principal, row: TurnRow, tree: Sequence[branches.Node] | None = None
    ) -> dict[str, Any]:
        return views.turn_view(
            session,
            row,
            typed=self._sealer.open(row.question_sealed),
            restore=self._restorer(session, row.conversation_id),
            readable=rights.readable_ids(session, principal, row.conversation_id),
            tree=tree,
        )

    @staticmethod
    def _chosen(session: Session, principal: Principal, row: Conversation) -> str | None:
        """Return the name of the collection a conversation asks, unless it was closed to the person since."""
        may = row.collection_id in rights.readable_ids(session, principal, row.id)
        return store.collection_name(session, row.collection_id) if may else None

    def _restorer(self, session: Session, conversation_id: str) -> Callable[[str], str]:
        return store.restorer(session, conversation_id, self._sealer, self._pii)
