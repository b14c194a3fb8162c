"""Personal data in documents: what refuses, what is replaced, and that nothing else moves."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.db.models import PiiPolicy
from assistant.errors import ErrorCode, Failure
from assistant.ingestion.personal_data import screen
from assistant.library.originals import PSEUDONYMISED
from guardrails.pii.engine import PiiEngine
from guardrails.types import Entity
from retrieval.chunking import chunk
from retrieval.types import Block, BlockKind, ParsedDocument

ENGINE = PiiEngine()
MARK = re.compile(r"\[(?:이름|전화번호)_\d+\]")


def document(text: str, *, blocks: tuple[Block, ...] | None = None, **more: object) -> ParsedDocument:
    whole = (Block(BlockKind.PARAGRAPH, 0, len(text)),)
    made = ParsedDocument(text, whole if blocks is None else blocks, "제목", "text/plain", "plain/1")
    return replace(made, **more)  # type: ignore[arg-type]


def pseudonymised(text: str, **more: object) -> ParsedDocument:
    return screen(document(text, **more), PiiPolicy.PSEUDONYMISE.value, ENGINE).document


@pytest.mark.parametrize(
    "text",
    [
        "주민등록번호 900101-1234568 확인",
        "연락처는 010-1234-5678입니다.",
        "+82 10-1234-5678",
        "메일 hong@example.com 으로 보냄",
        "주소: 부산광역시 연제구 중앙대로 1001, 101동 1203호",
        "여권번호 M12345678",
    ],
)
def test_what_identifies_somebody_refuses_a_document(text: str) -> None:
    with pytest.raises(Failure) as refused:
        screen(document(text), PiiPolicy.REFUSE.value, ENGINE)
    assert refused.value.code is ErrorCode.FILE_PERSONAL_DATA


@pytest.mark.parametrize(
    "text",
    [
        "담당: 총무과 홍길동 주무관 (☎ 051-888-1234)",
        "문의: 대표번호 1588-1234, minwon@busan.go.kr, hong@korea.kr",
        "청사 주소: 부산광역시 연제구 중앙대로 1001",
        "제12조(과태료) 300만원 이하의 과태료를 부과한다.",
    ],
)
def test_what_belongs_to_an_office_does_not(text: str) -> None:
    screened = screen(document(text), PiiPolicy.REFUSE.value, ENGINE)
    assert screened.document.text == text


def test_kept_data_are_counted_and_left_as_they_are() -> None:
    text = "성명: 홍길동, 연락처 010-1234-5678, 010-9876-5432"
    screened = screen(document(text), PiiPolicy.KEEP.value, ENGINE)
    assert screened.document == document(text)
    assert screened.found == {"PERSON": 1, "PHONE": 2}


def test_one_value_has_one_number_in_all_its_writings_and_everywhere() -> None:
    found = pseudonymised(
        "성명: 홍길동\n연락처 010-1234-5678, 휴대전화 010 1234 5678, 010-9999-0000\n홍길동은 신청을 철회하였다.",
        title="홍길동 민원",
        metadata={"작성자": "성명: 홍길동", "쪽": 3, "연락처": ["010-1234-5678"]},
        warnings=("홍길동 님의 서명 그림은 읽지 않았습니다.",),
    )
    assert found.text == (
        "성명: [이름_1]\n연락처 [전화번호_1], 휴대전화 [전화번호_1], [전화번호_2]\n[이름_1]은 신청을 철회하였다."
    )
    assert found.title == "[이름_1] 민원"
    assert found.metadata == {
        "작성자": "성명: [이름_1]",
        "쪽": 3,
        "연락처": ["[전화번호_1]"],
        PSEUDONYMISED: "가명처리",
    }
    assert "홍길동" not in repr(found)


def test_official_mail_and_service_lines_stay_readable() -> None:
    text = "문의: 대표번호 1588-1234, minwon@busan.go.kr"
    assert pseudonymised(text).text == text


def test_a_table_keeps_its_cells_and_passages_hold_no_value() -> None:
    text = "| 성명 | 연락처 |\n| --- | --- |\n| 김철수 님 | 010-1234-5678 |\n| 이영희 님 | 010-1111-2222 |"
    table = (Block(BlockKind.TABLE, 0, len(text)),)
    found = pseudonymised(text, blocks=table)
    assert [line.count("|") for line in found.text.split("\n")] == [3, 3, 3, 3]
    assert found.blocks[0].end == len(found.text)
    assert not re.search(r"010-|철수|영희", " ".join(piece.text for piece in chunk(found)))


class Finder:
    """Takes runs of x for names and runs of digits for numbers, over line ends and borders of blocks."""

    def find(self, text: str) -> list[Entity]:
        shapes = {"PERSON": r"x[x\n|]*x|x", "PHONE": r"[0-9][0-9\n|]*"}
        found = [Entity(kind, *m.span(), 1.0) for kind, shape in shapes.items() for m in re.finditer(shape, text)]
        return sorted(found, key=lambda entity: entity.start)


@given(
    st.text(alphabet="가나 x12\n|.", max_size=80),
    st.lists(st.integers(min_value=0, max_value=80), max_size=8),
)
def test_blocks_still_tile_and_text_outside_is_unchanged(text: str, cuts: list[int]) -> None:
    edges = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    blocks = tuple(Block(BlockKind.PARAGRAPH, start, end) for start, end in pairwise(edges))
    before = document(text, blocks=blocks, title="")
    after = screen(before, PiiPolicy.PSEUDONYMISE.value, Finder()).document
    assert "x" not in after.text
    assert not re.search(r"\d", MARK.sub("", after.text))
    assert len(after.blocks) == len(blocks)
    assert [block.start for block in after.blocks[1:]] == [block.end for block in after.blocks[:-1]]
    if blocks:
        assert (after.blocks[0].start, after.blocks[-1].end) == (0, len(after.text))
    for old, new in zip(blocks, after.blocks, strict=True):
        left = re.sub(r"[x0-9]", "", text[old.start : old.end])
        assert MARK.sub("", after.text[new.start : new.end]) == left
