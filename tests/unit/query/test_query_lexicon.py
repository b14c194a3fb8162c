from __future__ import annotations

import pytest

from retrieval.query.lexicon import Lexicon, Row, is_particles, parse, shipped_lexicon, table_of, terms_of
from retrieval.query.types import Why

TABLE = """# a comment
전단지|찌라시\t광고물|벽보
떼다|뽑다\t발급|교부\t등본|서류
떼다|치우다\t제거\t현수막|전단지
눈 치우다\t제설
민증\t주민등록증
돈 받다\t부과
복비\t중개보수
"""


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(parse(TABLE))


def terms(lexicon: Lexicon, text: str) -> set[str]:
    return {term.text for term in terms_of(lexicon.find(text), weight=1.0)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("등본 떼려면 얼마예요", {"발급", "교부"}),
        ("등본을 어디서 뗄 수 있나요", {"발급", "교부"}),
        ("현수막 떼라고 하세요", {"제거"}),
        ("그냥 떼라고", set()),  # neither context stands there
        ("눈을 누가 치웠나요", {"제설"}),
        ("민증을 잃어버렸어요", {"주민등록증"}),
        ("민증 사진", {"주민등록증"}),
        ("복비는 누가", {"중개보수"}),
        ("돈을 받나요", {"부과"}),
        ("돈이 없어요", set()),  # 받다 leaves no morpheme behind, but it must stand there
        ("", set()),
    ],
)
def test_entries_are_found_in_inflected_forms_and_in_their_context_only(
    lexicon: Lexicon, text: str, expected: set[str]
) -> None:
    assert terms(lexicon, text) == expected


def test_a_longer_entry_explains_its_words_so_that_a_shorter_one_need_not() -> None:
    lexicon = Lexicon([Row(("눈 치우다",), ("제설",)), Row(("치우다",), ("제거",))])
    assert terms(lexicon, "눈 치우기") == {"제설"}
    assert terms(lexicon, "짐 치우기") == {"제거"}


def test_words_too_far_apart_are_no_phrase(lexicon: Lexicon) -> None:
    assert terms(lexicon, "눈 때문에 다친 사람이 보험 회사에 전화해서 병원 마당 쓰레기를 치우라고 했다") == set()


def test_several_terms_weigh_less_each_and_say_where_they_come_from(lexicon: Lexicon) -> None:
    both = terms_of(lexicon.find("찌라시"), weight=1.0)
    assert [(term.text, term.why, term.source) for term in both] == [
        ("광고물", Why.LEXICON, "찌라시"),
        ("벽보", Why.LEXICON, "찌라시"),
    ]
    assert both[0].weight == pytest.approx(0.7071, abs=1e-4)


@pytest.mark.parametrize("line", ["no tab", "a\t", "\tb", "a\tb\tc\td"])
def test_a_bad_line_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="lexicon line 2"):
        parse(f"# fine\n{line}\n")


def test_a_table_is_written_sorted_and_without_repetitions() -> None:
    rows = parse("나\t다|라\n가\t다|라\n나\t다\n가\t마\t바\n")
    assert table_of(rows) == "가\t마\t바\n가|나\t다|라\n"
    assert parse(table_of(rows)) == parse("가\t마\t바\n가|나\t다|라\n")


def test_particles_do_not_make_another_word() -> None:
    assert all(map(is_particles, ["", "을", "에서", "인가요"]))
    assert not is_particles("치기")


def test_the_shipped_table_is_large_and_finds_what_people_say() -> None:
    lexicon = shipped_lexicon()
    assert len(lexicon) >= 2500
    assert "과태료" in terms(lexicon, "주차 딱지를 뗐어요")
    assert {"광고물", "제거"} <= terms(lexicon, "전봇대 전단지 떼라고 할 수 있나요")
