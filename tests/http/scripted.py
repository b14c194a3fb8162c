"""A container with a real database and people, and answers that follow a script."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from assistant.accounts.access import Reader, set_readers
from assistant.accounts.demo import ensure_base, ensure_demo
from assistant.answering import branches
from assistant.answering.events import Event, EventType
from assistant.answering.files import AttachedFile
from assistant.db.engine import Database
from assistant.db.migrate import upgrade
from assistant.db.models import Collection, Document, DocumentVersion, Job, VersionText, derived_id, new_id, now
from assistant.errors import ErrorCode, Failure
from assistant.ingestion.blobs import FileBlobStore
from assistant.library.collections import ensure_collection
from assistant.library.counting import Counts
from assistant.library.lifecycle import Lifecycle
from assistant.sealing import FernetSealer, load_or_create_key
from guardrails.types import Entity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from assistant.settings import Settings

LAW = (
    "가온시 보행안전 조례\n\n제1조(목적) 이 조례는 보행자의 안전을 위하여 필요한 사항을 정한다.\n\n"
    "제2조(정의) 이 조례에서 사용하는 용어의 뜻은 다음과 같다.\n1. “보도”란 보행자가 다니는 길을 말한다.\n"
    "2. “보행자우선도로”란 보행자의 안전과 편의를 우선하는 도로를 말한다.\n\n"
    "구분 | 기준 | 비고\n보도 폭 | 2미터 이상 | 부득이한 경우 1.5미터\n\n"
    "제3조(시장의 책무) 시장은 보행환경 개선계획을 5년마다 수립하여야 한다.\n\n"
    "제4조(점검) 담당 부서는 해마다 두 번 이상 보도의 상태를 점검하고 그 결과를 누리집에 공개한다."
)
QUOTE = "시장은 보행환경 개선계획을 5년마다 수립하여야 한다."
SECOND = "담당 부서는 해마다 두 번 이상 보도의 상태를 점검하고 그 결과를 누리집에 공개한다."


def source(n: int, quote: str, article: str, name: str, *, cited: bool, document: str, version: str) -> dict[str, Any]:
    """Return a source as ``Source.view`` gives it."""
    start = LAW.index(quote)
    return {
        "n": n,
        "document_id": document,
        "version_id": version,
        "collection": "ordinances",
        "title": "가온시 보행안전 조례",
        "locator": {"article": article, "article_title": name, "heading": [f"{article}({name})"], "page": None},
        "quote": quote,
        "start": start,
        "end": start + len(quote),
        "score": 0.91,
        "legal_state": "in_force" if n == 1 else "unknown",
        "effective_on": "2026-01-01",
        "cited": cited,
    }


@dataclass
class ScriptedTurn:
    """What the fake answer service remembers of one turn."""

    view: dict[str, Any]
    owner: str
    events: list[Event] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    followed: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: bool = False


class FakeSharing:
    """Shares the conversations of ``FakeAnswers`` with everybody; rights are tried with the real service."""

    def __init__(self, answers: FakeAnswers) -> None:
        self.answers = answers
        self.shares: dict[str, str] = {}

    def share(self, principal, conversation_id) -> dict[str, Any]:
        self.answers._own(principal, conversation_id)
        self.shares[conversation_id] = now().isoformat()
        return self.state(None, principal, conversation_id)

    def unshare(self, principal, conversation_id) -> None:
        self.answers._own(principal, conversation_id)
        self.shares.pop(conversation_id, None)

    def state(self, _session, principal, conversation_id) -> dict[str, Any] | None:
        self.answers._own(principal, conversation_id)
        since = self.shares.get(conversation_id)
        return since and {"department": "110", "department_name": "정책기획과", "shared_at": since}

    def listed(self, _session, principal) -> list[dict[str, Any]]:
        titles = {key: self.answers.titles[key] for key in self.shares}
        return [
            {"id": key, "title": title, "owner": owner, "shared_at": self.shares[key]}
            for key, (owner, title) in titles.items()
            if owner != principal.username
        ]

    def read(self, _principal, conversation_id) -> dict[str, Any]:
        if conversation_id not in self.shares:
            raise Failure(ErrorCode.CONVERSATION_NOT_FOUND)
        owner, title = self.answers.titles[conversation_id]
        turns = [self.answers._shown(one.view) for one in self.answers.turns.values() if one.view["status"]]
        turns = [{**view, "feedback": None} for view in turns if view["conversation_id"] == conversation_id]
        return {
            "id": conversation_id,
            "title": title,
            "owner": owner,
            "shared_at": self.shares[conversation_id],
            "turns": turns,
        }


class FakeDesk:
    """Takes tasks in as questions; what they do is tried with the real service."""

    def __init__(self, answers: FakeAnswers) -> None:
        self.answers = answers
        self.taken: list[Any] = []

    def start(self, principal, wanted, *, asked="", conversation_id=None) -> str:
        self.taken.append(wanted)
        turn_id = self.answers.start(principal, asked or "「가온시 보행안전 조례」 일", conversation_id=conversation_id)
        texts = [{"document_id": wanted.document_id, "version_id": wanted.version_id or "", "title": "조례"}]
        self.answers.turns[turn_id].view["task"] = {"kind": wanted.kind.value, "texts": texts}
        return turn_id


class FakeAnswers:
    """Answers every question by the same script.

    ``pace`` is the pause between events in seconds; ``patient`` answers begin when somebody follows them.
    """

    def __init__(self, sources: list[dict[str, Any]]) -> None:
        self.sources = sources
        self.sharing = FakeSharing(self)
        self.desk = FakeDesk(self)
        self.turns: dict[str, ScriptedTurn] = {}
        self.titles: dict[str, tuple[str, str]] = {}  # id -> (owner, title)
        self.pace = 0.0
        self.patient = False
        self.script = self.usual_script
        self.life: list[str] = []
        self.tasks: set[asyncio.Task[None]] = set()

    # -- scripts

    def usual_script(self, turn: ScriptedTurn) -> list[tuple[EventType, dict[str, Any]]]:
        first = f"{QUOTE} [1]"
        answer = f"{first}\n\n- {SECOND} [2]\n- 점검 결과는 **두 달 안에** 공개합니다. <b>꾸밈</b>"
        begin = answer.index("점검 결과는")
        turn.view.update(
            status="answered",
            status_tag="답변",
            answer=answer,
            sources=self.sources,
            citations=[one for one in self.sources if one["cited"]],
            marks=[{"start": begin, "end": len(answer), "rule": "unsupported"}],
            steps=[{"name": "retrieve", "label": "문서를 찾고 있습니다", "ms": 41.5}],
            finished_at=now().isoformat(),
        )
        found = [{**one, "cited": False} for one in self.sources]
        return [
            (EventType.STEP, {"name": "retrieve", "state": "started", "label": "문서를 찾고 있습니다"}),
            (EventType.SOURCES, {"items": found}),
            (EventType.STEP, {"name": "retrieve", "state": "done", "label": "문서를 찾고 있습니다", "ms": 41.5}),
            (EventType.DELTA, {"text": first}),
            (EventType.DELTA, {"text": answer[len(first) :]}),
            (EventType.CITATIONS, {"items": turn.view["sources"], "marks": turn.view["marks"]}),
        ]

    # -- AnswerService

    def start(
        self, principal, question, *, conversation_id=None, collection=None, as_of=None, after=None, instead_of=None
    ) -> str:
        if not question.strip():
            raise Failure(ErrorCode.QUESTION_EMPTY)
        if collection not in {None, "ordinances"}:
            raise Failure(ErrorCode.COLLECTION_NOT_FOUND)
        if conversation_id is not None:
            self._own(principal, conversation_id)
        else:
            conversation_id = new_id()
            self.titles[conversation_id] = (principal.username, question[:60])
        view = dict.fromkeys(("status", "status_tag", "answer", "model", "prompt"), "")
        tree = self._tree(conversation_id)
        placed = {node.id: node for node in tree}
        parent = placed[instead_of].parent_id if instead_of else after or (tree[-1].id if tree else None)
        view |= {key: [] for key in ("citations", "sources", "marks", "findings", "notices", "steps")}
        view |= {
            "id": new_id(),
            "conversation_id": conversation_id,
            "question": question,
            "created_at": now().isoformat(),
            "parent_id": parent,
        }
        view |= {"finished_at": None, "reason": None, "feedback": None}
        view["as_of"] = as_of.isoformat() if as_of else None
        self.turns[view["id"]] = ScriptedTurn(view, principal.username)
        return view["id"]

    def launch(self, turn_id: str) -> None:
        task = asyncio.create_task(self._run(self.turns[turn_id]))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _run(self, turn: ScriptedTurn) -> None:
        if self.patient:
            await turn.followed.wait()
        running = dict(turn.view)
        script = self.script(turn)
        ended, turn.view = turn.view, running
        for kind, data in script:
            await asyncio.sleep(self.pace)
            if turn.stopped:
                ended = {**running, "status": "refused_stopped", "status_tag": "중지됨", "answer": "중지했습니다."}
                break
            self._emit(turn, kind, data)
        turn.view = ended
        self._emit(turn, EventType.DONE, {"turn": self._shown(turn.view)})

    @staticmethod
    def _emit(turn: ScriptedTurn, kind: EventType, data: dict[str, Any]) -> None:
        turn.events.append(Event(len(turn.events) + 1, kind, data))
        turn.changed.set()
        turn.changed = asyncio.Event()

    async def events(self, principal, turn_id, after=0) -> AsyncIterator[Event]:
        turn = self._turn(principal, turn_id)
        turn.followed.set()
        while True:
            changed = turn.changed
            for event in turn.events[after:]:
                after = event.seq
                yield event
                if event.type is EventType.DONE:
                    return
            await changed.wait()

    def stop(self, principal, turn_id) -> None:
        self._turn(principal, turn_id).stopped = True

    def view(self, _session, principal, turn_id) -> dict[str, Any]:
        return self._shown(self._turn(principal, turn_id).view)

    def _tree(self, conversation_id) -> list[branches.Node]:
        mine = [one.view for one in self.turns.values() if one.view["conversation_id"] == conversation_id]
        return [branches.Node(view["id"], view["parent_id"], at) for at, view in enumerate(mine)]

    def _shown(self, view) -> dict[str, Any]:
        return {**view, "beside": branches.beside(self._tree(view["conversation_id"]), view["id"])}

    def conversations(self, _session, principal, limit=50) -> list[dict[str, Any]]:
        mine = [(key, title) for key, (owner, title) in self.titles.items() if owner == principal.username]
        return [{"id": key, "title": title, "updated_at": now().isoformat()} for key, title in mine[::-1][:limit]]

    def conversation(self, _session, principal, conversation_id, through=None) -> dict[str, Any]:
        title = self._own(principal, conversation_id)
        turns = [self._shown(self.turns[one].view) for one in branches.line(self._tree(conversation_id), through)]
        return {"id": conversation_id, "title": title, "collection": None, "turns": turns}

    def feedback(self, principal, turn_id, rating, comment="") -> None:
        self._turn(principal, turn_id).view["feedback"] = rating
        self.life.append(f"feedback {rating} {comment}")

    def rename_conversation(self, principal, conversation_id, title) -> None:
        self._own(principal, conversation_id)
        self.titles[conversation_id] = (principal.username, title)

    def delete_conversation(self, principal, conversation_id) -> None:
        self._own(principal, conversation_id)
        del self.titles[conversation_id]

    async def recover(self) -> None:
        self.life.append("recover")

    async def shutdown(self) -> None:
        self.life.append("shutdown")
        for task in self.tasks:
            task.cancel()

    def _turn(self, principal, turn_id) -> ScriptedTurn:
        turn = self.turns.get(turn_id)
        if turn is None or turn.owner != principal.username:
            raise Failure(ErrorCode.TURN_NOT_FOUND)
        return turn

    def _own(self, principal, conversation_id) -> str:
        owner, title = self.titles.get(conversation_id, ("", ""))
        if owner != principal.username:
            raise Failure(ErrorCode.CONVERSATION_NOT_FOUND)
        return title


class FakePii:
    """Knows one kind of personal data: the word 홍길동."""

    def redact(self, text: str) -> tuple[str, list[Entity]]:
        at = text.find("홍길동")
        return text.replace("홍길동", "[이름]"), [Entity("PERSON", at, at + 3, 0.9)] if at >= 0 else []


class FakeVector:
    """An index server that can be made to fall silent."""

    error: Exception | None = None

    def ping(self) -> None:
        if self.error:
            raise self.error


class FakeIngestion:
    """Remembers what was handed in."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.outcome: Any = None

    def submit_file(self, path: Path, **fields: Any) -> Any:
        self.taken.append({**fields, "content": path.read_bytes()})
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class FakeFiles:
    """Files of the conversations of ``FakeAnswers``: taken in at once, read when ``read`` is called."""

    def __init__(self, answers: FakeAnswers) -> None:
        self.answers = answers
        self.attached: dict[str, list[AttachedFile]] = {}
        self.refusal: Failure | None = None

    def attach(self, principal, path, filename, *, conversation_id=None) -> tuple[str, AttachedFile]:
        if self.refusal is not None:
            raise self.refusal
        if conversation_id is None:
            conversation_id = new_id()
            self.answers.titles[conversation_id] = (principal.username, "")
        self.answers._own(principal, conversation_id)
        assert path.is_file()
        file = AttachedFile(new_id(), new_id(), filename, "queued", None, "", None, 0)
        self.attached.setdefault(conversation_id, []).append(file)
        return conversation_id, file

    def list(self, _session, principal, conversation_id) -> list[AttachedFile]:
        self.answers._own(principal, conversation_id)
        return self.attached.get(conversation_id, [])

    def remove(self, principal, conversation_id, document_id) -> None:
        held = self.list(None, principal, conversation_id)
        if document_id not in {file.document_id for file in held}:
            raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
        self.attached[conversation_id] = [file for file in held if file.document_id != document_id]

    def read(self, **outcome: Any) -> None:
        """Let all files come to this end."""
        for held in self.attached.values():
            held[:] = [replace(file, **{"state": "ready", "pages": 3, "chunks": 12, **outcome}) for file in held]


class FakeQueue:
    """Writes the rows of jobs and runs none."""

    def add(self, session, kind, payload, *, key=None, priority=0) -> str:
        job = Job(id=new_id(), kind=kind, key=key, payload=dict(payload), priority=priority)
        session.add(job)
        session.flush()
        return job.id


@dataclass
class FakeContainer:
    """What ``create_app`` needs; the database, the people, the shelves and the law in it are real."""

    settings: Settings
    database: Database
    sealer: FernetSealer
    answers: FakeAnswers
    blobs: FileBlobStore
    pii: FakePii = field(default_factory=FakePii)
    vector: FakeVector = field(default_factory=FakeVector)
    ingestion: FakeIngestion = field(default_factory=FakeIngestion)
    queue: FakeQueue = field(default_factory=FakeQueue)
    files: FakeFiles = field(init=False)
    search: Any = None
    lifecycle: Lifecycle = field(init=False)
    counts: Counts = field(default_factory=Counts)
    document_id: str = ""
    version_id: str = ""
    closed_id: str = ""

    def __post_init__(self) -> None:
        self.files = FakeFiles(self.answers)
        self.lifecycle = Lifecycle(self.database, self.queue)


def furnish(settings: Settings) -> None:
    """Fill an empty home: the demo people, an open shelf and one only governance may read, a law on each."""
    database = Database(settings.database)
    upgrade(database)
    blobs = FileBlobStore(settings.home)
    load_or_create_key(settings.home)
    with database.write() as session:
        ensure_base(session)
        ensure_demo(session)
        open_shelf = ensure_collection(session, name="ordinances", title="가온시 조례", actor="operator")
        closed = ensure_collection(session, name="audit-papers", title="감사 자료", grade="S", actor="operator")
        set_readers(session, closed, [Reader("role", "governance")], "operator")
        for shelf in (open_shelf, closed):
            _law(session, shelf.id, blobs, settings.home)
    database.dispose()


def open_container(settings: Settings) -> FakeContainer:
    """Build a container over a furnished home."""
    database = Database(settings.database)
    with database.read() as session:
        ids = dict.fromkeys(("ordinances", "audit-papers"), "")
        for name in ids:
            shelf = session.scalars(select(Collection.id).where(Collection.name == name)).one()
            ids[name] = derived_id(shelf, "law")
        document = ids["ordinances"]
        version = session.get_one(Document, document).active_version_id or ""
    where = {"document": document, "version": version}
    purpose = "이 조례는 보행자의 안전을 위하여 필요한 사항을 정한다."
    sources = [
        source(1, QUOTE, "제3조", "시장의 책무", cited=True, **where),
        source(2, SECOND, "제4조", "점검", cited=True, **where),
        source(3, purpose, "제1조", "목적", cited=False, **where),
    ]
    sealer = FernetSealer(load_or_create_key(settings.home))
    return FakeContainer(
        settings,
        database,
        sealer,
        FakeAnswers(sources),
        FileBlobStore(settings.home),
        document_id=document,
        version_id=version,
        closed_id=ids["audit-papers"],
    )


def _law(session, collection_id: str, blobs: FileBlobStore, home: Path) -> None:
    file = home / "law.md"
    file.write_text(LAW, encoding="utf-8")
    sha256, size = blobs.put(file)
    document, version = derived_id(collection_id, "law"), derived_id(collection_id, "law", "1")
    session.add(
        Document(
            id=document, collection_id=collection_id, source_key="law", filename="보행안전 조례.md",
            title="가온시 보행안전 조례", active_version_id=version,
        )
    )  # fmt: skip
    session.flush()
    blocks, outline, at = [], [], 0
    for number, piece in enumerate(LAW.split("\n\n")):
        kind = "table" if " | " in piece else "paragraph"
        end = at + len(piece)
        if number == 0 or piece.startswith("제"):
            head = end if number == 0 else at + piece.index(")") + 1
            blocks.append(["heading", at, head, 1 if number == 0 else 2, None])
            outline.append([1 if number == 0 else 2, LAW[at:head], at])
            at = head
        if at < end:
            blocks.append([kind, at, end, 0, None])
        at = end + 2
    session.add(
        DocumentVersion(
            id=version, document_id=document, number=1, content_sha256=sha256, size=size, media_type="text/markdown",
            state="ready", title="가온시 보행안전 조례", kind="조례", legal_status="시행", chunk_count=5,
            ready_at=now(),
        )
    )  # fmt: skip
    session.flush()
    session.add(VersionText(version_id=version, text=LAW, blocks=blocks, outline=outline))
    session.flush()
