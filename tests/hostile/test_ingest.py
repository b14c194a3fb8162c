"""Hostile files through the whole way of a document: handed in, parsed by a worker, told to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from every_kind import KINDS, SLOW
from hostile_kinds import LIMITS, READ, SECRET
from whole_office import Office

from retrieval.loaders.sandbox import ParserPool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def office(home: Path, database_url: str) -> Iterator[Office]:
    with ParserPool(LIMITS, size=2) as pool:
        office = Office(home, database_url, pool)
        yield office
        office.close()


def made(folder: Path, names: list[str]) -> dict[str, Path]:
    """Write the files; each under its own name, since the same content under the same name is the same document."""
    paths = {}
    for number, name in enumerate(names):
        paths[name] = folder / f"{number:03}{KINDS[name].ending}"
        paths[name].write_bytes(KINDS[name].make())
    return paths


@pytest.mark.heavy
def test_every_hostile_file_ends_with_its_reason_and_nothing_half_done_is_seen(
    office: Office, tmp_path: Path, good_file: Path
) -> None:
    names = [name for name in KINDS if name not in SLOW]
    paths = made(tmp_path, names)

    ends = office.take_in([*paths.values(), good_file])

    assert ends[good_file.name] == "ready"
    wrong = {}
    for name, path in paths.items():
        told = READ if ends[path.name] == "ready" else ends[path.name]
        if told not in KINDS[name].ends:
            wrong[name] = told
    assert wrong == {}
    counts = office.check()
    assert counts["ready"] > 1
    assert any(hit.title == "가온시 주차장 조례" for hit in office.find("주차장의 관리에 필요한 사항"))
    assert not any(SECRET in hit.text for hit in office.find("root x 0 0 root bin bash"))
    assert office.container.parser._busy == set()


@pytest.mark.heavy
def test_archives_in_archives_end_where_the_depth_ends(office: Office, tmp_path: Path) -> None:
    paths = made(
        tmp_path, ["zip, archives in archives, seven deep", "eml, messages 50 deep", "zip, 12 archives of bombs"]
    )

    office.take_in(list(paths.values()))

    counts = office.check()
    assert counts["file_nested"] == 2
    assert counts["file_bomb"] == 12  # each archive in the archive ends on its own
