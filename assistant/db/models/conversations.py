"""Conversations, turns, their events, sources and feedback."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistant.db.models.base import Base, new_id, now


class Conversation(Base):
    """A thread of questions of one user. ``title`` is pseudonymised text."""

    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_user_updated", "user_id", "updated_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str] = mapped_column(default="")
    collection_id: Mapped[str | None] = mapped_column(ForeignKey("collections.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class ConversationShare(Base):
    """A conversation that its owner lets the own department read: what had been asked up to ``shared_at``, no more.

    It counts as long as the owner belongs to that department.
    """

    __tablename__ = "conversation_shares"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    department_code: Mapped[str] = mapped_column(ForeignKey("departments.code"), index=True)
    shared_at: Mapped[datetime] = mapped_column(default=now)


class PseudonymMap(Base):
    """Placeholder → value of one conversation, encrypted, apart from the text (개인정보 보호법 제28조의4제1항)."""

    __tablename__ = "pseudonym_maps"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class TurnRow(Base):
    """One question and its answer.

    ``question_sealed`` is what the person typed, encrypted; ``question`` and ``answer`` are pseudonymised.
    ``parent_id`` is the turn that it follows; a question that was edited or asked again stands beside the first one,
    under the same parent. ``task`` says what was to be done where it is no question (``answering.tasks``).
    ``status`` is empty while the turn runs. ``owner`` and ``heartbeat_at`` tell a running turn from an orphan.
    """

    __tablename__ = "turns"
    __table_args__ = (Index("ix_turns_conversation_ordinal", "conversation_id", "ordinal"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    ordinal: Mapped[int]
    parent_id: Mapped[str | None]  # no foreign key: turns go with their conversation only
    task: Mapped[dict[str, Any] | None]
    status: Mapped[str] = mapped_column(default="", index=True)
    reason: Mapped[str | None]
    question_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    question: Mapped[str] = mapped_column(Text, default="")
    search_query: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    grade: Mapped[str] = mapped_column(default="O")
    model: Mapped[str] = mapped_column(default="")
    prompt: Mapped[str] = mapped_column(default="")  # name@version:hash
    policy: Mapped[str] = mapped_column(default="")  # version:hash
    steps: Mapped[list[Any]] = mapped_column(default=list)  # [{"name", "ms", …}]
    findings: Mapped[list[Any]] = mapped_column(default=list)
    notices: Mapped[list[Any]] = mapped_column(default=list)
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None]
    heartbeat_at: Mapped[datetime | None]
    stop_requested: Mapped[bool] = mapped_column(default=False)
    as_of: Mapped[date | None]  # the day for whose law was asked; none means the day of asking
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class TurnEvent(Base):
    """An event of a turn as it was streamed; ``seq`` counts from 1 and is the SSE id."""

    __tablename__ = "turn_events"

    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    data: Mapped[dict[str, Any]]


class TurnSource(Base):
    """A source of an answer, cited or only found. ``start``/``end`` cut the quote from the version's text."""

    __tablename__ = "turn_sources"

    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    cited: Mapped[bool] = mapped_column(default=False)
    chunk_id: Mapped[str]
    document_id: Mapped[str] = mapped_column(index=True)
    version_id: Mapped[str]
    collection_id: Mapped[str]
    title: Mapped[str]
    locator: Mapped[dict[str, Any]]  # {"article", "article_title", "heading", "page"}
    legal_state: Mapped[str] = mapped_column(default="unknown")
    effective_on: Mapped[date | None]
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(Text)
    score: Mapped[float]


class Feedback(Base):
    """A person's thumb on an answer; one per turn and user, the last word counts."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("turn_id", "user_id"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    rating: Mapped[int]  # 1 or -1
    comment: Mapped[str] = mapped_column(Text, default="")  # pseudonymised
    created_at: Mapped[datetime] = mapped_column(default=now)
