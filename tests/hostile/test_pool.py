"""Every hostile file ends in a document without harm or in a reason of its own, and the next good file is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from every_kind import KINDS
from hostile_kinds import BODY, READ, SECRET

from assistant.errors import ErrorCode
from assistant.messages import reason_text
from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.loaders.sandbox import ParserPool
    from retrieval.types import ParsedDocument


def ended(pool: ParserPool, path: Path) -> tuple[str, ParsedDocument | None, str]:
    try:
        document = pool.parse(path)
    except LoadError as error:
        return error.reason.value, None, error.detail
    return READ, document, document.text[:200]


@pytest.mark.parametrize("name", KINDS)
def test_a_hostile_file_ends_as_it_should_and_the_next_is_read(
    name: str, pool: ParserPool, good_file: Path, tmp_path: Path
) -> None:
    kind = KINDS[name]
    path = tmp_path / f"파일{kind.ending}"
    path.write_bytes(kind.make())

    how, document, detail = ended(pool, path)

    assert how in kind.ends, detail
    if document is not None:
        assert SECRET not in document.text
        names = [one.name for one in document.attachments]
        assert len(set(names)) == len(names)
        assert all(each.isprintable() and not each.startswith("/") and ".." not in each.split("/") for each in names)
    assert BODY in pool.parse(good_file).text


def test_there_are_many_kinds_and_most_end_in_one_way_only() -> None:
    assert len(KINDS) >= 40
    assert sum(len(kind.ends) == 1 for kind in KINDS.values()) > len(KINDS) / 2
    told = set().union(*(kind.ends for kind in KINDS.values())) - {READ}
    assert {reason.value for reason in LoadReason} - told <= {LoadReason.TOO_LARGE.value, LoadReason.CRASHED.value}


@pytest.mark.parametrize("reason", LoadReason)
def test_every_reason_has_a_korean_sentence(reason: LoadReason) -> None:
    assert ErrorCode(reason.value)
    sentence = reason_text(reason.value)
    assert any("가" <= letter <= "힣" for letter in sentence)
    assert sentence.endswith(".")
