"""Taking in a folder of thousands, slice by slice, so that it can be cut off anywhere and gone on with.

Only so many files wait in the database at once; the next slice follows as workers get through. What is unchanged since
an earlier run and is in the database already is not read again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from assistant.db.models import Document, DocumentVersion, VersionState
from assistant.errors import ErrorCode, Failure
from assistant.ingestion.service import BATCH
from assistant.ingestion.sources import Remembered, signature
from assistant.ingestion.submissions import Submission

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from assistant.db.engine import Database
    from assistant.ingestion.service import IngestionService
    from assistant.ingestion.sources import Signature, SourceMemory
    from assistant.ingestion.submissions import VersionStatus

_OPEN: Final = (VersionState.QUEUED, VersionState.PROCESSING)
_STANDING: Final = ("queued", "processing", "ready")
_LOOKUP: Final = 500


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """Where the files go, and for whom."""

    collection: str
    principal_name: str
    priority: int
    backlog: int


@dataclass(slots=True)
class ImportState:
    """How far an import is; counts of files, those inside of archives among them once they are known."""

    total: int
    skipped: int = 0  # unchanged since an earlier run, not read
    submissions: list[Submission] = field(default_factory=list)
    open: list[str] = field(default_factory=list)  # versions handed in and not finished
    done: dict[str, VersionStatus] = field(default_factory=dict)
    stopped: ErrorCode | None = None  # why no further file is handed in

    @property
    def finished(self) -> int:
        """Files of which it is known what became of them."""
        return len(self.submissions) - len(self.open)


class TreeImport:
    """One run over a list of files. Call :meth:`step` again and again until it says that all is done.

    Args:
        service: takes the files in.
        database: asked whether what is remembered still stands.
        memory: what earlier runs remember.
        target: where the files go.
        paths: the files.
    """

    def __init__(
        self,
        service: IngestionService,
        database: Database,
        memory: SourceMemory,
        target: ImportTarget,
        paths: Sequence[Path],
    ) -> None:
        self._service = service
        self._database = database
        self._memory = memory
        self._target = target
        self._paths = paths
        self._next = 0
        self._revision = service.reading_revision(target.collection)
        self.state = ImportState(len(paths))

    def step(self) -> bool:
        """Hand in what may wait, look what became of the rest; return whether all is done."""
        state = self.state
        self._look()
        while self._next < len(self._paths) and len(state.open) < self._target.backlog and state.stopped is None:
            self._hand_in(self._paths[self._next : self._next + BATCH])
            self._next += BATCH
        if state.stopped is not None and self._next < len(self._paths):
            rest = self._paths[self._next :]
            self._next = len(self._paths)
            state.submissions.extend(_turned_away(path, state.stopped) for path in rest)
        self._look()
        return self._next >= len(self._paths) and not state.open

    def _look(self) -> None:
        state = self.state
        if not state.open:
            return
        found = self._service.states(state.open)
        done = {key: one for key, one in found.items() if one.state not in _OPEN}
        state.done.update(done)
        state.open = [key for key in state.open if key in found and key not in state.done]
        inside = self._service.children_of(list(done))  # of archives and e-mail, which are read by now
        state.total += len(inside)
        state.submissions.extend(inside)
        state.open.extend(one.version_id for one in inside if one.version_id and one.version_id not in state.done)

    def _hand_in(self, paths: Sequence[Path]) -> None:
        signatures = {str(path): signature(path) for path in paths}
        known = self._standing(signatures)
        fresh = [path for path in paths if str(path) not in known]
        state = self.state
        try:
            submitted = iter(
                self._service.submit_some(
                    [(path, str(path)) for path in fresh],
                    collection=self._target.collection,
                    principal_name=self._target.principal_name,
                    priority=self._target.priority,
                )
                if fresh
                else ()
            )
        except Failure as failure:
            if failure.code not in {ErrorCode.DISK_FULL, ErrorCode.HOME_NOT_WRITABLE}:
                raise
            state.stopped = failure.code
            submitted = iter([_turned_away(path, failure.code) for path in fresh])
        lines = [known.get(str(path)) or next(submitted) for path in paths]
        state.skipped += len(known)
        state.submissions.extend(lines)
        seen = set(state.open) | set(state.done)
        state.open.extend(
            dict.fromkeys(one.version_id for one in lines if one.version_id and one.version_id not in seen)
        )
        if state.stopped is None:
            self._memory.remember(self._target.collection, remembered(lines, signatures, self._revision))

    def _standing(self, signatures: dict[str, Signature | None]) -> dict[str, Submission]:
        """Return the files that are unchanged and whose version stands in the database, as if just handed in."""
        items = self._memory.recall(self._target.collection, list(signatures))
        same = {
            path: item
            for path, item in items.items()
            if item.version_id and item.same(signatures[path], self._revision)
        }
        states = standing(self._database, [item.version_id for item in same.values()])
        by_text = {str(path): path for path in self._paths[self._next : self._next + BATCH]}
        return {
            path: Submission(
                by_text[path],
                item.document_id,
                item.version_id,
                states[item.version_id],
                duplicate=item.source_key != path,
                source_key=item.source_key,
            )
            for path, item in same.items()
            if item.version_id in states
        }


def standing(database: Database, version_ids: Iterable[str]) -> dict[str, VersionState]:
    """Return the state of those versions that wait, are worked on or are complete, and whose document is not gone."""
    ids = list(dict.fromkeys(version_ids))
    found: dict[str, VersionState] = {}
    with database.read() as session:
        for start in range(0, len(ids), _LOOKUP):
            question = (
                select(DocumentVersion.id, DocumentVersion.state)
                .join(Document, Document.id == DocumentVersion.document_id)
                .where(
                    DocumentVersion.id.in_(ids[start : start + _LOOKUP]),
                    DocumentVersion.state.in_(_STANDING),
                    Document.withdrawn_at.is_(None),
                    Document.deleted_at.is_(None),
                )
            )
            found.update({version_id: VersionState(state) for version_id, state in session.execute(question)})
    return found


def remembered(lines: Iterable[Submission], before: dict[str, Signature | None], revision: str) -> list[Remembered]:
    """Return what is to be remembered of these files: only of those that were not changed while they were read."""
    items: list[Remembered] = []
    for line in lines:
        looked = before.get(str(line.path))
        if looked is not None and looked == signature(line.path):
            items.append(
                Remembered(
                    str(line.path),
                    looked,
                    revision,
                    line.version_id or "",
                    line.document_id or "",
                    line.source_key,
                    line.reason or "",
                )
            )
    return items


def _turned_away(path: Path, code: ErrorCode) -> Submission:
    return Submission(path, None, None, VersionState.FAILED, code.value)
