"""The lines of a conversation: a question that was edited or asked again opens a line beside the first one.

Nothing is overwritten: turns form a tree by ``parent_id``, one line of it is shown, the others are a link away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from assistant.db.models import TurnRow
from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Node:
    """A turn's place: its id, the turn it follows, and its number in the order of asking."""

    id: str
    parent_id: str | None
    ordinal: int


def nodes(session: Session, conversation_id: str) -> list[Node]:
    """Return the places of all turns of a conversation, in the order of asking."""
    rows = session.execute(
        select(TurnRow.id, TurnRow.parent_id, TurnRow.ordinal)
        .where(TurnRow.conversation_id == conversation_id)
        .order_by(TurnRow.ordinal, TurnRow.id)
    )
    return [Node(*row) for row in rows]


def line(tree: Sequence[Node], through: str | None = None) -> list[str]:
    """Return the ids of the line that is shown, first turn first.

    Args:
        tree: all turns of the conversation, in the order of asking.
        through: a turn the line is to lead through, on to its newest successor; else it ends in the newest turn.

    Raises:
        Failure: ``turn_not_found`` for a turn of another conversation.
    """
    if not tree:
        return []
    if through is None:
        return ancestors(tree, tree[-1].id)
    children: dict[str | None, list[Node]] = {}
    for node in tree:
        children.setdefault(node.parent_id, []).append(node)
    found = ancestors(tree, through)
    while below := children.get(found[-1]):
        found.append(below[-1].id)
    return found


def ancestors(tree: Sequence[Node], leaf: str) -> list[str]:
    """Return a turn and all that it follows, first turn first.

    Raises:
        Failure: ``turn_not_found`` when it is none of these.
    """
    by_id = {node.id: node for node in tree}
    if leaf not in by_id:
        raise Failure(ErrorCode.TURN_NOT_FOUND)
    found: list[str] = []
    at: str | None = leaf
    while at is not None and at in by_id and len(found) < len(tree):
        found.append(at)
        at = by_id[at].parent_id
    return found[::-1]


def beside(tree: Sequence[Node], turn_id: str) -> list[str]:
    """Return the turns that stand in for one another at one place, oldest first, this one among them."""
    parent = next((node.parent_id for node in tree if node.id == turn_id), None)
    return [node.id for node in tree if node.parent_id == parent]
