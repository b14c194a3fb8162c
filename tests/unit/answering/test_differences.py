from __future__ import annotations

import pytest

from assistant.answering.differences import differences
from assistant.answering.turn import Source

ACT = "행정기관의 장은 질의민원을 접수한 날부터 14일 이내에 처리하여야 한다."


def source(n: int) -> Source:
    return Source(
        n=n, chunk_id=f"c{n}", document_id=f"d{n}", version_id=f"v{n}", collection_id="k", collection="laws",
        grade="O", title="민원 처리에 관한 법률", locator={}, text="", start=0, end=0, quote="", score=1.0,
        legal_state="in_force", effective_on=None, chunk_start=0,
    )  # fmt: skip


def pair(other: str, *, same_document: bool = False):
    one, two = source(1), source(2)
    one.text = one.quote = ACT
    one.cited = True
    two.text = other
    two.title = "가온시 민원 조례"
    if same_document:
        two.document_id = one.document_id
    return [one, two]


def test_two_documents_that_name_different_figures_are_named() -> None:
    (told,) = differences(pair("시의 행정기관의 장은 질의민원을 접수한 날부터 10일 이내에 처리하여야 한다."))
    for word in ("「민원 처리에 관한 법률」", "14일", "「가온시 민원 조례」", "10일"):
        assert word in told


@pytest.mark.parametrize(
    "other",
    [
        "행정기관의 장은 질의민원을 접수한 날부터 14일 이내에 처리하여야 한다.",
        "위원회의 위원은 임기가 3년이며 10일 이내에 위촉한다.",
        "행정기관의 장은 질의민원을 접수한 날부터 10명 이내에 처리하여야 한다.",
        "행정기관의 장은 질의민원을 접수한 날부터 지체 없이 처리하여야 한다.",
    ],
)
def test_what_agrees_or_speaks_of_something_else_is_not(other: str) -> None:
    assert differences(pair(other)) == []


def test_one_document_may_have_many_periods() -> None:
    assert (
        differences(pair("행정기관의 장은 질의민원을 접수한 날부터 10일 이내에 처리하여야 한다.", same_document=True))
        == []
    )
