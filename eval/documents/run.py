"""Reads every file of a folder through the product's own parser pool and prints what became of it."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.documents import process
from eval.documents.peers import PEERS
from eval.documents.recall import recall
from retrieval.errors import LoadError
from retrieval.loaders.limits import Limits
from retrieval.loaders.sandbox import ParserPool
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TEXT = "text"
_WORTH_A_LOOK = 0.98
_HEADING = f"{'file':<70} {'state':<26} {'chars':>7} {'tables':>6} {'pages':>5} {'cpu s':>7} {'MiB':>5}  beside others"


@dataclass(frozen=True, slots=True)
class Peer:
    """Another library on one file: ``theirs`` is the share of its words that ours has, ``ours`` the other way round."""

    name: str
    chars: int
    seconds: float
    theirs: float | None = None
    ours: float | None = None
    missing: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file. ``state`` is ``text`` or the reason for none; ``seconds`` are of the processor."""

    file: str
    kind: str
    state: str
    chars: int
    tables: int
    pages: int | None
    seconds: float | None
    peak_mib: float | None
    peers: tuple[Peer, ...] = field(default=())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.documents", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="one object with all results")
    parser.add_argument("--peers", action="store_true", help="other libraries on the same files, as far as installed")
    parser.add_argument("--locked", action="store_true", help="read files that are locked for distribution, too")
    options = parser.parse_args(arguments)
    files = sorted(path for path in options.folder.rglob("*") if path.is_file())
    if not files:
        parser.error(f"no files under {options.folder}")
    limits = Limits(read_distribution_locked=options.locked)
    results = []
    if not options.json:
        _write(_HEADING)
    for one in measure(files, options.folder, peers=options.peers, limits=limits):
        results.append(one)
        if not options.json:
            _write(row(one))
    if options.json:
        _write(json.dumps({"results": [asdict(one) for one in results]}, ensure_ascii=False, indent=1))
    else:
        _write("\n".join(["", *summary(results), "", *losses(results)]))


def _write(text: str) -> None:
    """Say it at once: a folder of scans takes a while."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def measure(files: Iterable[Path], root: Path, *, peers: bool, limits: Limits) -> Iterable[Result]:
    """Read files one after another in one child, which is kept as long as it is fit."""
    with ParserPool(limits, size=1, recycle_after=1_000_000) as pool:
        for path in files:
            _warm(pool)
            process.reset_peaks()
            begun = process.cpu_seconds()
            try:
                document = pool.parse(path)
                state, text, pages = TEXT, document.text, document.page_count
                tables = sum(block.kind is BlockKind.TABLE for block in document.blocks)
            except LoadError as error:
                state, text, pages, tables = error.reason.value, "", None, 0
            seconds = process.cpu_seconds() - begun
            yield Result(
                file=str(path.relative_to(root)),
                kind=path.suffix.lower(),
                state=state,
                chars=len(text),
                tables=tables,
                pages=pages,
                seconds=seconds if seconds >= 0 else None,  # the child has gone, its time with it
                peak_mib=process.peak_mib(),
                peers=tuple(_peers(path, text)) if peers else (),
            )


def _warm(pool: ParserPool) -> None:
    """Have a child ready, so that its start is no file's time."""
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write("준비".encode())
        file.flush()
        pool.parse(Path(file.name))


def _peers(path: Path, ours: str) -> Iterable[Peer]:
    for name, read in PEERS.get(path.suffix.lower(), {}).items():
        begun = time.process_time()
        try:
            theirs = read(path)
        except ImportError:
            yield Peer(name, 0, 0.0, error="not installed")
            continue
        except Exception as error:  # noqa: BLE001 - whatever another library raises is its result on this file
            yield Peer(name, 0, time.process_time() - begun, error=type(error).__name__)
            continue
        seconds = time.process_time() - begun
        kept, back = recall(theirs, ours), recall(ours, theirs)
        yield Peer(name, len(theirs), seconds, kept.share, back.share, kept.missing)


def row(one: Result) -> str:
    """One file's line."""
    beside = "; ".join(f"{peer.name} {_beside(peer)}" for peer in one.peers)
    pages = "-" if one.pages is None else one.pages
    peak = "-" if one.peak_mib is None else f"{one.peak_mib:.0f}"
    seconds = "-" if one.seconds is None else f"{one.seconds:.2f}"
    figures = f"{one.chars:>7} {one.tables:>6} {pages:>5} {seconds:>7} {peak:>5}"
    return f"{one.file:<70} {one.state:<26} {figures}  {beside}".rstrip()


def _beside(peer: Peer) -> str:
    return peer.error or f"{peer.chars} chars, {_percent(peer.theirs)} of it here, {_percent(peer.ours)} of ours there"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def summary(results: Sequence[Result]) -> Iterable[str]:
    """By format: how many files gave text or a reason, time and memory, and each other library on those with text."""
    yield f"{'format':<8} {'files':>5} {'text':>5}  {'median s':>8} {'max s':>7} {'max MiB':>7}  reasons"
    for kind in sorted({one.kind for one in results}):
        group = [one for one in results if one.kind == kind]
        reasons = [one.state for one in group if one.state != TEXT]
        said = ", ".join(f"{reason} {reasons.count(reason)}" for reason in sorted(set(reasons)))
        times = [one.seconds or 0.0 for one in group]
        peak = max((one.peak_mib or 0.0 for one in group), default=0.0)
        figures = f"{statistics.median(times):>8.2f} {max(times):>7.2f} {peak:>7.0f}"
        yield f"{kind:<8} {len(group):>5} {len(group) - len(reasons):>5}  {figures}  {said}"
    yield ""
    for kind in sorted({one.kind for one in results if one.peers}):
        for name in PEERS[kind]:
            yield _against(kind, name, [peer for one in results for peer in one.peers if _is(one, peer, kind, name)])


def _is(result: Result, peer: Peer, kind: str, name: str) -> bool:
    return result.kind == kind and peer.name == name


def _against(kind: str, name: str, peers: Sequence[Peer]) -> str:
    shares: dict[str, list[Any]] = {
        "theirs": [peer.theirs for peer in peers if peer.theirs is not None],
        "ours": [peer.ours for peer in peers if peer.ours is not None],
    }
    mean = {side: _percent(statistics.fmean(values) if values else None) for side, values in shares.items()}
    middle = {side: _percent(statistics.median(values) if values else None) for side, values in shares.items()}
    seconds = statistics.median([peer.seconds for peer in peers]) if peers else 0.0
    failed = sum(bool(peer.error) for peer in peers)
    return (
        f"{kind:<6} {name:<16} of its words here: median {middle['theirs']}, mean {mean['theirs']}; of ours there: "
        f"median {middle['ours']}, mean {mean['ours']}; median {seconds:.3f} s; failed on {failed} of {len(peers)}"
    )


def losses(results: Iterable[Result]) -> Iterable[str]:
    """Files in which another library has words that ours lacks, with the first of them."""
    for one in results:
        for peer in one.peers:
            if peer.theirs is not None and peer.theirs < _WORTH_A_LOOK:
                yield f"{one.file} ({one.state}): {_percent(peer.theirs)} of {peer.name}"
                yield from (f"    {piece}" for piece in peer.missing)
