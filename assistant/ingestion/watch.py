"""Keeping a folder and a collection in step: new and changed files are taken in, files that are gone may be withdrawn.

By looking, not by listening: a network share tells nobody of its changes. A look costs one ``stat`` a file; what is
unchanged is known from the memory in ``sources.py`` and not read. A file is taken in once it has kept still for some
seconds, so that none is read half written.

Withdrawing is careful, because a share that is not mounted looks like a folder from which everything was deleted: a
file counts as gone when two looks in a row did not find it, its folder could be read, and the tree is not empty.
A renamed or moved file is the same document: its content is known, and only when no file holds it any more is it gone.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure
from assistant.ingestion.importing import remembered, standing
from assistant.ingestion.service import BATCH
from assistant.ingestion.sources import signature
from assistant.ports import Priority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from assistant.accounts.identity import Principal
    from assistant.db.engine import Database
    from assistant.ingestion.service import IngestionService
    from assistant.ingestion.sources import Remembered, Signature, SourceMemory
    from assistant.ingestion.submissions import Submission

SETTLE_S: Final = 3.0
_FEW: Final = 20  # changed files of one look that go before an import of thousands

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Look:
    """What one look at the folders found and did; counts of files."""

    files: int = 0
    new: int = 0
    changed: int = 0
    refused: int = 0  # of a kind that is not read, too large and so on
    withdrawn: int = 0
    gone: int = 0  # not there any more; withdrawn only where that was asked for
    unsettled: int = 0  # still being written
    waiting: int = 0  # handed in at the next look, because enough wait already
    unreadable: int = 0  # folders that could not be looked into
    absent: list[str] = field(default_factory=list)  # watched folders that are not there, or empty all of a sudden

    @property
    def quiet(self) -> bool:
        """Whether the folders are as the collection is, as far as this look could see."""
        return not (self.new or self.changed or self.withdrawn or self.unsettled or self.waiting)


@dataclass(frozen=True, slots=True)
class WatchTarget:
    """Where the files go and how.

    Attributes:
        collection: name of the collection.
        principal: for whom; needs the right to withdraw where that is asked for.
        withdraw_missing: whether documents whose file is gone are withdrawn.
        backlog: how many files may wait at once.
        settle_s: seconds a file must have kept still.
    """

    collection: str
    principal: Principal
    withdraw_missing: bool = False
    backlog: int = 1000
    settle_s: float = SETTLE_S


class FolderWatch:
    """Looks at folders again and again; :meth:`look` is one round.

    Args:
        service: takes files in and withdraws documents.
        database: asked which documents stand.
        memory: what is known of the files; shared with folder imports.
        target: where the files go.
        roots: the folders.
        clock: seconds, only their differences matter.
    """

    def __init__(  # noqa: PLR0917 - the parts in the order in which a file meets them
        self,
        service: IngestionService,
        database: Database,
        memory: SourceMemory,
        target: WatchTarget,
        roots: Sequence[Path],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._database = database
        self._memory = memory
        self._target = target
        self._roots = [Path(os.path.abspath(root.expanduser())) for root in roots]  # noqa: PTH100 - links stay as named
        self._clock = clock
        self._still: dict[str, tuple[Signature, float]] = {}
        self._missed: set[str] = set()
        self._open: list[str] = []

    def look(self) -> Look:
        """Look once, hand in what is new or changed and has settled, see to what is gone.

        Raises:
            Failure: ``collection_not_found``, ``database_unavailable``, ``disk_full`` or ``home_not_writable``; the
                next look goes on where this one stopped.
        """
        report = Look()
        found, blind = self._scan(report)
        known = {item.path: item for root in self._roots for item in self._memory.under(self._target.collection, root)}
        report.files = len(found)
        fresh = self._fresh(found, known, report)
        self._hand_in(fresh, found, known, report)
        self._see_to_the_gone(found, blind, known, report)
        return report

    @property
    def at_work(self) -> bool:
        """Whether versions that were handed in are not finished yet."""
        self._open = list(_unfinished(self._service, self._open))
        return bool(self._open)

    # -- what is there

    def _scan(self, report: Look) -> tuple[dict[str, Signature], list[str]]:
        """Return all files with their signatures, and the folders that could not be looked into."""
        found: dict[str, Signature] = {}
        blind: list[str] = []
        for root in self._roots:
            before = len(found)
            if root.is_dir():
                _walk(root, found, blind)
            else:
                blind.append(str(root))
            if len(found) == before:
                report.absent.append(str(root))
        report.unreadable = len(blind)
        return found, blind

    def _fresh(self, found: dict[str, Signature], known: dict[str, Remembered], report: Look) -> list[str]:
        """Return the files to hand in: unknown or changed, and still for long enough."""
        revision = self._service.reading_revision(self._target.collection)
        at = self._clock()
        still: dict[str, tuple[Signature, float]] = {}
        fresh: list[str] = []
        for path, seen in found.items():
            item = known.get(path)
            if item is not None and item.same(seen, revision):
                continue
            before, since = self._still.get(path, (None, at))
            still[path] = (seen, since if before == seen else at)
            if before == seen and at - since >= self._target.settle_s:
                fresh.append(path)
            else:
                report.unsettled += 1
        self._still = still
        return fresh

    # -- taking in

    def _hand_in(
        self, fresh: list[str], found: dict[str, Signature], known: dict[str, Remembered], report: Look
    ) -> None:
        self._open = list(_unfinished(self._service, self._open))
        room = max(0, self._target.backlog - len(self._open))
        report.waiting = max(0, len(fresh) - room)
        priority = Priority.USUAL if len(fresh) <= _FEW else Priority.BULK
        revision = self._service.reading_revision(self._target.collection)
        for start in range(0, min(len(fresh), room), BATCH):
            paths = fresh[start : start + BATCH]
            before = {path: signature(Path(path)) for path in paths}
            lines = self._service.submit_some(
                [(Path(path), self._key(path, found, known)) for path in paths],
                collection=self._target.collection,
                principal_name=self._target.principal.username,
                priority=priority,
            )
            self._memory.remember(self._target.collection, remembered(lines, before, revision))
            self._count(lines, known, report)
            self._give_back_names(paths, known)
            self._open.extend(line.version_id for line in lines if line.version_id)

    def _key(self, path: str, found: dict[str, Signature], known: dict[str, Remembered]) -> str:
        """Return whose next version a changed file is: after a renaming it is the document under the old name."""
        item = known.get(path)
        if item is not None and item.source_key and item.source_key != path and self._ours(item.source_key):
            return item.source_key if item.source_key not in found else path
        return path

    def _give_back_names(self, paths: list[str], known: dict[str, Remembered]) -> None:
        """Forget files that live under the name of another one which has come back: they become their own documents."""
        back = set(paths)
        others = [item.path for item in known.values() if item.source_key in back and item.path != item.source_key]
        self._memory.forget(self._target.collection, others)

    def _count(self, lines: Iterable[Submission], known: dict[str, Remembered], report: Look) -> None:
        for line in lines:
            if line.version_id is None:
                report.refused += 1
            elif str(line.path) in known:
                report.changed += 1
            else:
                report.new += 1

    # -- what is gone

    def _see_to_the_gone(
        self, found: dict[str, Signature], blind: list[str], known: dict[str, Remembered], report: Look
    ) -> None:
        empty = tuple(f"{root}/" for root in report.absent)
        unseen = (*(f"{folder}/" for folder in blind), *empty)
        missing = {path for path in known if path not in found and not path.startswith(unseen)}
        twice = missing & self._missed
        self._missed = missing
        report.gone = len(missing)
        if not twice or report.unsettled or report.waiting:
            return  # a file that was moved may be among those that have not settled
        holders = {
            item.document_id
            for item in self._memory.recall(self._target.collection, list(found)).values()
            if item.document_id
        }
        for path in sorted(twice):
            item = known[path]
            if item.document_id and item.document_id not in holders and self._ours(item.source_key):
                if not self._target.withdraw_missing:
                    continue  # kept in memory: it may be asked for later
                report.withdrawn += self._withdraw(item)
            self._memory.forget(self._target.collection, [path])

    def _withdraw(self, item: Remembered) -> int:
        if not standing(self._database, [item.version_id]):
            return 0  # withdrawn or replaced by somebody else already
        try:
            self._service.withdraw(item.document_id, self._target.principal)
        except Failure as failure:
            if failure.code is not ErrorCode.DOCUMENT_NOT_FOUND:
                raise
            return 0
        return 1

    def _ours(self, source_key: str) -> bool:
        """Whether a document came from a watched folder; one that a person uploaded is not ours to withdraw."""
        return any(source_key.startswith(f"{root}/") for root in self._roots)


def _walk(folder: Path, found: dict[str, Signature], blind: list[str]) -> None:
    """Collect the files below a folder; hidden ones are skipped, links to folders are not followed."""
    waiting = [str(folder)]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.name.startswith((".", "~$")):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_file():
                        seen = signature(Path(entry.path))
                        if seen is not None:
                            found[entry.path] = seen
        except OSError as error:
            _log.warning("a watched folder could not be looked into: %s", error.strerror)
            blind.append(here)


def _unfinished(service: IngestionService, version_ids: list[str]) -> Iterable[str]:
    states = service.states(version_ids)
    return (key for key in version_ids if key in states and states[key].state.value in {"queued", "processing"})
