"""Work on a document without a model: every point is the text's own words at the place it names."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.answering.tasks import asking, differences, digest, duties, tables
from assistant.answering.tasks.points import MOST, Point, laid_out
from assistant.answering.turn import Source
from assistant.db.models import VersionText

LAW = [
    (
        "제1조",
        "목적",
        "제1장 총칙",
        "제1조(목적) 이 조례는 보행자의 안전과 편의를 위하여 필요한 사항을 정함을 목적으로 한다.",
    ),
    (
        "제3조",
        "시장의 책무",
        "제2장 보행환경",
        (
            "제3조(시장의 책무) ① 시장은 보행환경 개선계획을 5년마다 수립하여야 한다.\n② 시장은 보도의 상태를"
            " 해마다 점검하고 그 결과를 점검을 마친 날부터 30일 이내에 누리집에 공개하여야 한다."
        ),
    ),
    (
        "제4조",
        "금지",
        "제2장 보행환경",
        (
            "제4조(금지) 누구든지 보도에 물건을 쌓아 두어서는 아니 된다. 시장은 치운 물건을 보관할 수 있다.\n"
            "도로를 점용하려는 자는 미리 시장의 허가를 받아야 한다."
        ),
    ),
    ("제1조", "시행일", "부칙", "제1조(시행일) 이 조례는 공포한 날부터 시행하여야 한다."),
]


def passages(texts=LAW) -> list[Source]:
    """Passages as they are read from the database."""
    made, at = [], 100
    for n, (article, name, heading, text) in enumerate(texts, start=1):
        locator = {"article": article, "article_title": name, "heading": [heading, f"{article}({name})"], "page": None}
        made.append(
            Source(
                n=n, chunk_id=f"c{n}", document_id="d", version_id="v", collection_id="k", collection="k", grade="O",
                title="보행안전 조례", locator=locator, text=text, start=at, end=at + len(text), quote=text, score=1.0,
                legal_state="in_force", effective_on=date(2026, 1, 1), chunk_start=at,
            )
        )  # fmt: skip
        at += len(text) + 2
    return made


def _verbatim(points: list[Point]) -> None:
    for point in points:
        for source, start, end in point.quotes:
            assert source.text[start:end] == point.text


def test_duties_with_a_deadline_come_first_then_others_then_bans() -> None:
    points = duties.duties(passages())
    _verbatim(points)
    told = [(point.group, point.lead) for point in points]
    assert told == [
        (duties.WITH_DEADLINE, "시장 · 기한: 5년마다:"),
        (duties.WITH_DEADLINE, "시장 · 기한: 점검을 마친 날부터 30일 이내:"),
        (duties.WITH_DEADLINE, "도로를 점용하려는 자 · 기한: 미리:"),
        (duties.BANS, "누구든지:"),
    ]


@pytest.mark.parametrize(
    ("sentence", "group", "who", "until"),
    [
        (
            "사업자는 신고를 받은 날부터 10일 이내에 통지하여야 한다.",
            duties.WITH_DEADLINE,
            "사업자",
            "신고를 받은 날부터 10일 이내",
        ),
        ("다만, 소유자는 지체 없이 그 사실을 알려야 한다.", duties.WITH_DEADLINE, "소유자", "지체 없이"),
        (
            "식품의약품안전처장, 시ㆍ도지사 또는 시장은 기록을 보관하여야 한다.",
            duties.OTHER,
            "식품의약품안전처장, 시ㆍ도지사 또는 시장",
            "",
        ),
        ("각 부서는 매월 5일까지 실적을 제출해 주시기 바랍니다.", duties.WITH_DEADLINE, "각 부서", "매월 5일까지"),
        ("신청인은 연명부를 원본으로 제출하여야 한다.", duties.OTHER, "신청인", ""),
        ("누구든지 이를 방해하여서는 아니 된다.", duties.BANS, "누구든지", ""),
        ("시장은 경비를 지원할 수 있다.", None, "시장", ""),
        ("이 조례에서 보도란 걷는 길을 말한다.", None, "", ""),
    ],
)
def test_what_a_sentence_lays_down(sentence: str, group: str | None, who: str, until: str) -> None:
    assert duties.group_of(sentence) == group
    if group is not None:
        assert (duties.who_of(sentence), duties.deadline_of(sentence)) == (who, until)


def test_a_summary_begins_with_the_aim_and_leaves_the_supplement_out() -> None:
    points = digest.summarise(passages())
    _verbatim(points)
    assert points[0].text.startswith("이 조례는 보행자의 안전과 편의를 위하여")
    assert points[0].group == "제1장 총칙"
    assert len(points) >= 2
    assert not any(point.group == "부칙" for point in points)
    assert digest.summarise([]) == []


def test_a_long_text_is_summed_up_in_few_points_without_repetition() -> None:
    long = [
        (
            f"제{n}조",
            f"{n}번",
            f"제{n % 5 + 1}장",
            f"제{n}조({n}번) 시장은 {'가나다라마바사'[n % 7]}사업의 {n}번째 계획을 세워 알린다.",
        )
        for n in range(1, 200)
    ]
    same = [("제200조", "반복", "제1장", "시장은 가사업의 7번째 계획을 세워 알린다.")] * 3
    points = digest.summarise(passages(long + same))
    assert digest.FEWEST_POINTS <= len(points) <= digest.MOST_POINTS
    assert len({point.text for point in points}) == len(points)


def test_points_are_numbered_by_place_and_stop_where_numbers_end() -> None:
    source = passages()[1]
    points = [Point(source.text[n : n + 2], ((source, n, n + 2),), group="가" if n < 3 else "나") for n in range(5)]
    lines, sources = laid_out([*points, points[0]])
    assert lines[0] == "### 가"
    assert [line for line in lines if line.startswith("#")] == ["### 가", "### 나", "### 가"]
    assert [one.n for one in sources] == [1, 2, 3, 4, 5]
    assert sources[1].start == source.chunk_start + 1
    assert lines[-1].endswith("[1]")
    many, cited = laid_out([Point(str(n), ((source, n, n + 1),)) for n in range(MOST + 20)])
    assert len(many) == len(cited) == MOST


DRAWN = ("┌──┬──┐", "│가│나│", "├──┼──┤", "│다 │라 │", "│더 │러 │", "└──┴──┘")
TEXT = "\n\n".join(("별표 1", "구분 | 금액\n1차 | 10만원\n2차 | 20만원", "다음 표와 같다.", *DRAWN, "끝"))


def _blocks() -> list[list[object]]:
    blocks: list[list[object]] = []
    at = 0
    for piece in TEXT.split("\n\n"):
        kind = "table" if " | " in piece or piece[0] in "┌│├└" else "paragraph"
        blocks.append([kind, at, at + len(piece), 0, None])
        at += len(piece) + 2
    return blocks


def test_tables_are_read_row_by_row_also_those_drawn_with_lines() -> None:
    first, second = tables.tables(TEXT, _blocks())
    assert (first.name, first.table.rows) == ("별표 1", (("구분", "금액"), ("1차", "10만원"), ("2차", "20만원")))
    assert second.table.rows == (("가", "나"), ("다 더", "라 러"))
    assert TEXT[first.start : first.end].startswith("구분")
    (whole,) = passages([("제1조", "표", "본문", TEXT)])
    whole.chunk_start = 0
    points = tables.points([first, second], [whole])
    assert [point.lead for point in points] == ["표 1 별표 1:", "표 2 다음 표와 같다.:"]
    assert points[0].text == "3행 2열. 첫 행: 구분, 금액"


def test_changes_are_cited_on_both_sides() -> None:
    old, new = passages(), passages([*LAW[:2], (*LAW[2][:3], LAW[2][3].replace("미리", "10일 전에")), *LAW[3:]])

    def text(sources: list[Source]) -> VersionText:
        whole = "\n\n".join(source.text for source in sources)
        outline, at = [], 0
        for source in sources:
            outline.append([2, source.text.split(")")[0] + ")", at])
            source.chunk_start = at
            at += len(source.text) + 2
        return VersionText(text=whole, outline=outline, blocks=[])

    (point,) = differences.changes(text(old), text(new), old, new)
    assert point.group == "바뀐 곳"
    assert "미리 시장의" in point.text
    assert "10일 전에 시장의" in point.text
    assert [source.n for source, _, _ in point.quotes] == [3, 3]
    for source, start, end in point.quotes:
        assert source.text[start:end].startswith("제4조(금지)")
    assert differences.changes(text(old), text(old), old, old) == []


def test_a_question_is_asked_of_the_passages_of_one_text() -> None:
    best, share = asking.ranked("보도에 물건을 쌓아 두면 안 되나요?", passages())
    assert best[0].locator["article"] == "제4조"
    assert share > 0.5
    assert asking.ranked("화성 이주 허가", passages())[1] < 0.34
