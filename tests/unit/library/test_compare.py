"""Comparing by table: small statutes before and after, and what the reader should be told."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.library.compare import Change, Row, compare
from assistant.library.documents import OutlineEntry
from assistant.library.units import UnitKind, units

LAW = {
    "제1조(목적)": "이 조례는 주차장의 설치와 관리에 필요한 사항을 정한다.",
    "제2조(요금)": "① 한 시간에 삼천 원으로 한다.\n② 장애인 차량은 절반을 줄인다.",
    "제3조(관리)": "시장은 주차장을 관리하고 해마다 두 번 점검한다.",
}


def written(articles: dict[str, str], title: str = "가온시 주차장 조례") -> tuple[str, list[OutlineEntry]]:
    """A text with a heading for every article, and its outline."""
    text, outline = title, [OutlineEntry(1, title, 0)]
    for label, body in articles.items():
        text += "\n\n"
        outline.append(OutlineEntry(5, label, len(text)))
        text += f"{label}\n\n{body}" if body else label
    return text, outline


def rows(old: dict[str, str], new: dict[str, str]) -> list[Row]:
    found = compare(*written(old), *written(new))
    return [row for row in found.rows if row.kind is not UnitKind.SECTION]


def told(old: dict[str, str], new: dict[str, str]) -> list[tuple[str, str, str]]:
    """What became of each article: the change, the number before, the number after."""
    return [
        (row.change.value, row.old.number if row.old else "", row.new.number if row.new else "")
        for row in rows(old, new)
    ]


SAME = [("same", "제1조", "제1조"), ("same", "제2조", "제2조"), ("same", "제3조", "제3조")]
CASES = {
    "nothing changed": (LAW, SAME),
    "spaces do not count": (
        {
            "제1조 (목적)": LAW["제1조(목적)"],
            "제2조(요금)": LAW["제2조(요금)"].replace(" ", "  "),
            "제3조(관리)": LAW["제3조(관리)"],
        },
        SAME,
    ),
    "a word changed": (
        {**LAW, "제3조(관리)": LAW["제3조(관리)"].replace("두 번", "네 번")},
        [*SAME[:2], ("changed", "제3조", "제3조")],
    ),
    "a new article at the end": ({**LAW, "제4조(위임)": "규칙으로 정한다."}, [*SAME, ("added", "", "제4조")]),
    "an article taken out": (
        {"제1조(목적)": LAW["제1조(목적)"], "제3조(관리)": LAW["제3조(관리)"]},
        [SAME[0], ("removed", "제2조", ""), SAME[2]],
    ),
    "deleted and kept as a stub": (
        {"제1조(목적)": LAW["제1조(목적)"], "제2조": "삭제 <2026.1.2>", "제3조(관리)": LAW["제3조(관리)"]},
        [SAME[0], ("removed", "제2조", "제2조"), SAME[2]],
    ),
    "pushed on by an insertion": (
        {
            "제1조(목적)": LAW["제1조(목적)"],
            "제2조(정의)": "주차장이란 차를 세우는 곳을 말한다.",
            "제3조(요금)": LAW["제2조(요금)"],
            "제4조(관리)": LAW["제3조(관리)"],
        },
        [SAME[0], ("added", "", "제2조"), ("moved", "제2조", "제3조"), ("moved", "제3조", "제4조")],
    ),
    "renamed": (
        {**{k: v for k, v in LAW.items() if k != "제3조(관리)"}, "제3조(시장의 책무)": LAW["제3조(관리)"]},
        [*SAME[:2], ("changed", "제3조", "제3조")],
    ),
    "renumbered and rewritten a little": (
        {**{k: v for k, v in LAW.items() if k != "제3조(관리)"}, "제9조(관리)": LAW["제3조(관리)"].replace("두", "네")},
        [*SAME[:2], ("changed", "제3조", "제9조")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_became_of_each_article(case: str) -> None:
    new, expected = CASES[case]
    assert told(LAW, new) == expected


def test_an_article_that_stands_elsewhere_moved() -> None:
    turned = dict(reversed(LAW.items()))
    changes = [row.change for row in rows(LAW, turned)]
    assert sorted(changes) == ["moved", "moved", "same"]


def test_only_the_words_that_differ_are_marked() -> None:
    new = {
        **LAW,
        "제2조(요금)": "① 한 시간에 오천 원으로 한다.\n② 장애인 차량은 절반을 줄인다.\n③ 밤에는 받지 아니한다.",
    }
    row = next(row for row in rows(LAW, new) if row.change is Change.CHANGED)
    heading, first, second, third = row.lines
    assert heading.same
    assert second.same
    assert [piece.text.strip() for piece in first.old or () if piece.changed] == ["삼천"]
    assert [piece.text.strip() for piece in first.new or () if piece.changed] == ["오천"]
    assert third.old is None
    assert third.new is not None
    assert third.new[0].changed


def test_a_particle_belongs_to_its_word() -> None:
    row = rows({"제1조": "시장이 정한다."}, {"제1조": "시장은 정한다."})[0]
    assert [piece.text.strip() for piece in row.lines[1].new or () if piece.changed] == ["시장은"]


def test_provisions_of_one_supplement_are_not_those_of_another() -> None:
    def law(*supplements: str) -> tuple[str, list[OutlineEntry]]:
        text, outline = "제1조(목적)\n이 법은 목적을 정한다.\n", [OutlineEntry(5, "제1조(목적)", 0)]
        for number, body in enumerate(supplements, 1):
            for level, label in ((2, f"부칙 <제{number}호>"), (5, "제1조(시행일)")):
                outline.append(OutlineEntry(level, label, len(text)))
                text += f"{label}\n"
            text += f"{body}\n"
        return text, outline

    found = compare(*law("공포한 날부터 시행한다."), *law("공포한 날부터 시행한다.", "2027년 1월 1일부터 시행한다."))
    assert found.summary == {"same": 2, "changed": 0, "moved": 0, "added": 2, "removed": 0}
    assert [row.new.zone for row in found.rows if row.change is Change.ADDED] == ["부칙 <제2호>", "부칙 <제2호>"]


def test_manuals_are_compared_by_heading() -> None:
    old = written(
        {"1. 접수": "접수한 날 처리한다.", "2. 처리": "닷새 안에 처리한다.", "3. 통지": "결과를 알린다."}, "편람"
    )
    new = written(
        {"1. 접수": "접수한 날 처리한다.", "2. 처리": "사흘 안에 처리한다.", "4. 보관": "자료를 오래 둔다."}, "편람"
    )
    found = compare(*old, *new)
    assert found.summary == {"same": 1, "changed": 1, "moved": 0, "added": 1, "removed": 1}


def test_texts_without_headings_are_compared_by_paragraph() -> None:
    found = compare("첫째 줄\n둘째 줄\n셋째 줄", [], "첫째 줄\n셋째 줄\n넷째 줄", [])
    (row,) = found.rows
    assert [line.same for line in row.lines] == [True, False, True, False]
    assert row.lines[1].new is None
    assert row.lines[3].old is None


def test_a_summary_needs_no_words() -> None:
    new = {**LAW, "제3조(관리)": "아주 다른 글", "제4조(위임)": "규칙으로 정한다."}
    fast = compare(*written(LAW), *written(new), words=False)
    assert fast.summary == compare(*written(LAW), *written(new)).summary
    assert all(row.lines == () for row in fast.rows if row.change is Change.CHANGED)


ARTICLES = st.dictionaries(
    st.integers(1, 9).map(lambda n: f"제{n}조(이름{n % 4})"),
    st.lists(st.sampled_from(["① 가 나 다.", "② 시장은 정한다.", "라 마, 바", "삭제"]), max_size=4).map("\n".join),
    max_size=6,
)


@given(ARTICLES, ARTICLES)
def test_nothing_is_lost_and_nothing_is_made_up(old: dict[str, str], new: dict[str, str]) -> None:
    """Both sides of the table hold every part of their text once, word for word, and marks only what differs."""
    found = compare(*written(old), *written(new))
    for side, articles in (("old", old), ("new", new)):
        text, outline = written(articles)
        parts = [getattr(row, side) for row in found.rows if getattr(row, side)]
        assert sorted((part.start, part.end) for part in parts) == [(u.start, u.end) for u in units(text, outline)]
        for row in found.rows:
            part = getattr(row, side)
            lines = ["".join(piece.text for piece in getattr(line, side) or ()) for line in row.lines]
            shown = re.sub(r"\s+", "", "".join(lines))
            assert shown == (re.sub(r"\s+", "", text[part.start : part.end]) if part else "")
    assert [row.new.start for row in found.rows if row.new] == sorted(row.new.start for row in found.rows if row.new)
    if old == new:
        assert not {row.change for row in found.rows} - {Change.SAME}


def test_what_was_cut_out_of_a_long_text_is_found_without_comparing_everything_with_everything() -> None:
    """Ten thousand paragraphs under one heading: pairing them all would take a hundred million comparisons."""
    old = "\n".join(f"{n}번 문단입니다" for n in range(10_000))
    new = "\n".join(f"{n}번 문단입니다" for n in range(10_000) if n % 1000 != 7)
    (row,) = compare(old, [], new, []).rows
    assert sum(not line.same for line in row.lines) == 10
