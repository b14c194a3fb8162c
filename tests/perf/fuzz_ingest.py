"""Hand damaged files in as people do and let a worker take them in: no job stuck, no document half seen.

    python -m tests.perf.fuzz_ingest FOLDER --mutations 300 --seed 1 [--database URL]

An installation of its own in a temporary folder, put together as the product does, without an embedding model.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))  # the installation that checks itself

from whole_office import Office

from retrieval.loaders.limits import Limits
from retrieval.loaders.sandbox import ParserPool
from tests.perf.fuzz_loaders import Originals

if TYPE_CHECKING:
    from collections.abc import Sequence


def take_in_damaged(
    office: Office, folder: Path, scratch: Path, numbers: Sequence[int], *, seed: int
) -> tuple[Counter[str], Counter[str]]:
    """Damage files, hand them in, work until nothing waits and check everything.

    Returns:
        How the files ended for who handed them in, and how all versions ended, those of members of archives included.

    Raises:
        AssertionError: a job is stuck, or something of a failed version can be seen.
    """
    originals = Originals(folder)
    files = []
    for number in numbers:
        source, data, _done = originals.damaged(seed, number)
        path = scratch / f"{number:05}{source.suffix}"
        path.write_bytes(data)
        files.append(path)
    ends = Counter(office.take_in(files).values())
    return ends, office.check()


def main() -> int:
    """Run the command."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("folder", type=Path)
    reader.add_argument("--mutations", type=int, default=300)
    reader.add_argument("--first", type=int, default=0)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--database", default="", help="SQLAlchemy URL; SQLite in the temporary folder by default")
    given = reader.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, ParserPool(Limits(ocr=False), size=2) as pool:
        home = Path(scratch) / "home"
        home.mkdir()
        office = Office(home, given.database or f"sqlite:///{scratch}/assistant.db", pool)
        numbers = range(given.first, given.first + given.mutations)
        ends, kept = take_in_damaged(office, given.folder, Path(scratch), numbers, seed=given.seed)
        office.close()
    print(f"{given.mutations} damaged files in {time.monotonic() - began:.0f} s; nothing stuck, nothing half seen")  # noqa: T201
    print(f"  handed in: {dict(ends.most_common())}")  # noqa: T201 - a command
    print(f"  versions:  {dict(kept.most_common())}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
