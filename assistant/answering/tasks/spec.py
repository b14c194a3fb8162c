"""What is to be done with which texts, as it is asked for and as it is kept with the turn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from assistant.errors import ErrorCode, Failure
from assistant.library.documents import chosen, readable_document, versions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal


class TaskKind(StrEnum):
    """What can be done with a document."""

    SUMMARY = "summary"
    DUTIES = "duties"
    TABLES = "tables"
    COMPARE = "compare"
    ASK = "ask"


NAMES: Final = {
    TaskKind.SUMMARY: "요약",
    TaskKind.DUTIES: "의무와 기한",
    TaskKind.TABLES: "표",
    TaskKind.COMPARE: "달라진 점",
    TaskKind.ASK: "질문",
}


@dataclass(frozen=True, slots=True)
class Text:
    """A version of a document."""

    document_id: str
    version_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of work and its texts: one, or for a comparison two, the older first."""

    kind: TaskKind
    texts: tuple[Text, ...]

    def kept(self) -> dict[str, Any]:
        """Return it as it is kept with the turn."""
        return {"kind": self.kind.value, "texts": [asdict(text) for text in self.texts]}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Task:
        """Return what :meth:`kept` gave."""
        return cls(TaskKind(kept["kind"]), tuple(Text(**text) for text in kept["texts"]))

    def question(self, asked: str = "") -> str:
        """Return what stands where a question would stand."""
        names = " → ".join(dict.fromkeys(f"「{text.title}」" for text in self.texts))
        return f"{names} {asked.strip()}" if asked.strip() else f"{names} {NAMES[self.kind]}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for, by ids; nothing of it is believed yet."""

    kind: TaskKind
    document_id: str
    version_id: str | None = None
    other_id: str | None = None  # what a comparison compares with; the text before when not given
    other_version_id: str | None = None


def prepare(session: Session, principal: Principal, wanted: Wanted) -> tuple[Task, str | None]:
    """Return the task for what is asked for, and the conversation it has to stay in: that of an attached file.

    Raises:
        Failure: ``document_not_found``: a text is unknown, not readable or not read yet, or a comparison has no other.
    """
    new, home = _text(session, principal, wanted.document_id, wanted.version_id)
    if wanted.kind is not TaskKind.COMPARE:
        return Task(wanted.kind, (new,)), home
    if wanted.other_id or wanted.other_version_id:
        old, other_home = _text(session, principal, wanted.other_id or wanted.document_id, wanted.other_version_id)
    else:
        old, other_home = _before(session, principal, new), home
    if old.version_id == new.version_id or (home and other_home and home != other_home):
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
    return Task(wanted.kind, (old, new)), home or other_home


def _text(session: Session, principal: Principal, document_id: str, version_id: str | None) -> tuple[Text, str | None]:
    document, collection = readable_document(session, principal, document_id)
    version = chosen(document, versions_of(session, document), version_id)
    if version.ready_at is None:
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
    return Text(document.id, version.id, version.title or document.title), collection.conversation_id


def _before(session: Session, principal: Principal, new: Text) -> Text:
    """Return the text before this one in the time line of its law or document."""
    document, _ = readable_document(session, principal, new.document_id)
    line = [(version, of) for version, of in versions_of(session, document) if version.ready_at is not None]
    order = [version.id for version, _ in line]
    at = order.index(new.version_id) + 1 if new.version_id in order else len(order)
    if at >= len(order):
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
    version, of = line[at]
    return Text(of.id, version.id, version.title or of.title)
