"""Damage real files in thousands of seeded ways and parse each in the sandbox: all must end, in a known way.

    python -m tests.perf.fuzz_loaders FOLDER --mutations 10000 --seed 1 [--first 0] [--threads 2] [--ocr] [--only N]

Ends with 1 when a file ended in a way that has no reason, a child outlived its file, or the parent kept descriptors.
``parse_crashed`` is a reason: the parser fell, nothing else did; each is listed with the number that makes it again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders.limits import Limits
from retrieval.loaders.sandbox import ParserPool
from tests.perf.mutations import mutate

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_BYTES: Final = 4 * 1024 * 1024
_WORTH_TELLING: Final = frozenset({LoadReason.CRASHED, LoadReason.TIMEOUT, LoadReason.MEMORY})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one damaged file ended: ``number`` and the seed make it again."""

    number: int
    source: str
    done: str
    end: str
    detail: str
    seconds: float


class Originals:
    """The files to damage, by kind; every kind is as likely as any other."""

    def __init__(self, folder: Path) -> None:
        self._by_kind: dict[str, list[Path]] = defaultdict(list)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and 0 < path.stat().st_size <= _MOST_BYTES:
                self._by_kind[path.suffix.lower()].append(path)
        if not self._by_kind:
            raise SystemExit(f"no files under {folder}")

    def damaged(self, seed: int, number: int) -> tuple[Path, bytes, str]:
        """Return the source, the damaged bytes and what was done for one number."""
        chance = random.Random(f"{seed}:{number}")  # noqa: S311 - the same damage every time
        kind = chance.choice(sorted(self._by_kind))
        source = chance.choice(self._by_kind[kind])
        other = chance.choice(self._by_kind[kind])
        data, done = mutate(chance, source.read_bytes(), [other.read_bytes()])
        return source, data, done


def try_one(pool: ParserPool, originals: Originals, seed: int, number: int, folder: Path) -> Outcome:
    """Damage and parse one file.

    Raises:
        Exception: whatever is not a ``LoadError`` with a known reason.
    """
    source, data, done = originals.damaged(seed, number)
    path = folder / f"{number}{source.suffix}"
    path.write_bytes(data)
    began = time.perf_counter()
    try:
        pool.parse(path)
        end, detail = "document", ""
    except LoadError as error:
        end, detail = LoadReason(error.reason).value, error.detail[:160]
    finally:
        path.unlink()
    return Outcome(number, source.name, done, end, detail, round(time.perf_counter() - began, 3))


def children() -> list[int]:
    """Return the processes whose parent this one is."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue  # gone meanwhile
            if int(fields[1]) == os.getpid():
                found.append(int(entry.name))
    return found


def run(
    folder: Path, numbers: Sequence[int], *, seed: int, threads: int, limits: Limits
) -> tuple[list[Outcome], list[str]]:
    """Parse all these damaged files; return how they ended and what is wrong with the parent afterwards."""
    originals = Originals(folder)
    faults = []
    others = set(children())  # whoever calls may have started programs of their own
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - as many as there are
    with (
        tempfile.TemporaryDirectory() as scratch,
        ParserPool(limits, size=threads) as pool,
        ThreadPoolExecutor(threads) as workers,
    ):
        place = Path(scratch)
        outcomes = list(workers.map(lambda number: try_one(pool, originals, seed, number, place), numbers))
        alive = len(set(children()) - others)
        if alive > threads:
            faults.append(f"{alive} children for {threads} threads")
        if pool._busy:
            faults.append(f"{len(pool._busy)} children still busy")
    if left := set(children()) - others:
        faults.append(f"children left behind: {sorted(left)}")
    if (now := len(os.listdir("/proc/self/fd"))) > descriptors:  # noqa: PTH208
        faults.append(f"{now - descriptors} descriptors left open")
    return outcomes, faults


def report(outcomes: Sequence[Outcome], faults: Sequence[str], seconds: float) -> str:
    """Say how the files ended: counts, what fell, the slowest, the most memory a child had."""
    lines = [f"{len(outcomes)} damaged files in {seconds:.0f} s"]
    lines += [f"  {count:6} {end}" for end, count in Counter(one.end for one in outcomes).most_common()]
    by_kind = Counter((Path(one.source).suffix, "document" if one.end == "document" else "reason") for one in outcomes)
    lines += [f"  {kind:7} {how:9} {count}" for (kind, how), count in sorted(by_kind.items())]
    told = [one for one in outcomes if one.end in _WORTH_TELLING]
    lines += [f"  {one.end} #{one.number} {one.source} {one.done}: {one.detail}" for one in told]
    slowest = sorted(outcomes, key=lambda one: -one.seconds)[:5]
    lines += [f"  slow: {one.seconds:.1f} s #{one.number} {one.source} {one.done} {one.end}" for one in slowest]
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    lines.append(f"  peak memory: a child {most} MiB, this process {own} MiB")
    lines += [f"  FAULT: {fault}" for fault in faults]
    return "\n".join(lines)


def main() -> int:
    """Run the command."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("folder", type=Path)
    reader.add_argument("--mutations", type=int, default=1000)
    reader.add_argument("--first", type=int, default=0, help="number of the first one")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--threads", type=int, default=2)
    reader.add_argument("--only", type=int, help="make this one again")
    reader.add_argument("--ocr", action="store_true", help="with character recognition, which takes seconds a page")
    reader.add_argument("--json", type=Path, help="write every outcome there, one a line")
    given = reader.parse_args()
    numbers = [given.only] if given.only is not None else range(given.first, given.first + given.mutations)
    limits = Limits(ocr=given.ocr, max_ocr_pages=2)
    began = time.monotonic()
    outcomes, faults = run(given.folder, numbers, seed=given.seed, threads=given.threads, limits=limits)
    print(report(outcomes, faults, time.monotonic() - began))  # noqa: T201 - a command
    if given.json:
        with given.json.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in outcomes)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
