"""Everyday expressions: the file form, the look-up by title, number and article title, and the conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.expressions import Expressions, Line, Problem, ProblemCode, read, shipped, write
from retrieval.expressions.convert import Statute, convert, main

if TYPE_CHECKING:
    from pathlib import Path

LINES = [
    Line("주차장법", "제2조", "정의", "건물에 딸린 주차장은 뭐라고 부르나요"),
    Line("주차장법", "제12조의2", "시설 기준", "주차칸 폭이 얼마나 돼야 하나요"),
    Line("주차장법", "제12조의2", "시설 기준", "주차 칸 폭이 얼마나 돼야 하나요?"),
]


def test_questions_belong_to_title_number_and_article_title() -> None:
    """Another title of the law or the article, or another number, has none; spaces and dots do not matter."""
    book = Expressions(LINES)
    assert book.of("주차장법", "제2조", "정의") == ("건물에 딸린 주차장은 뭐라고 부르나요",)
    assert len(book.of("주차장 법", "제12조의2", "시설ㆍ기준")) == 1
    assert book.of("주차장법", "제2조", "목적") == ()
    assert book.of("주차장법", "제3조", "정의") == ()
    assert book.of("주차장법 시행령", "제2조", "정의") == ()
    assert book.of("주차장법", None, None) == ()
    assert (len(book), book.laws, book.knows("주차장 법"), book.knows("건축법")) == (2, 1, True, False)


def test_fingerprint_follows_the_questions_and_not_their_order() -> None:
    """The same questions in another order are the same set; one letter more is another."""
    assert Expressions(LINES).fingerprint == Expressions(LINES[:1] + LINES[1:]).fingerprint
    assert Expressions(LINES).fingerprint != Expressions(LINES[1:]).fingerprint


def test_a_file_is_written_sorted_and_read_back(tmp_path: Path) -> None:
    """Articles are in the order of the law."""
    path = tmp_path / "questions.tsv"
    more = Line("주차장법", "제10조", "", "제목 없는 조문도 찾나요")
    assert write(path, [*LINES, more, more]) == 4
    lines, problems = read(path)
    assert problems == []
    assert set(lines) == {*LINES, more}
    assert [line.article for line in lines] == ["제2조", "제10조", "제12조의2", "제12조의2"]


def test_bad_lines_are_reported_with_their_number_and_the_rest_is_used(tmp_path: Path) -> None:
    """Each kind of mistake has its code."""
    path = tmp_path / "questions.tsv"
    rows = [
        "# 설명",
        "",
        "주차장법\t제2조\t정의\t주차장이 뭔가요",
        "주차장법\t제2조\t주차장이 뭔가요",
        "\t제2조\t\t주차장이 뭔가요",
    ]
    rows += [
        "주차장법\t2조\t정의\t주차장이 뭔가요",
        "주차장법\t제2조\t정의\t뭐",
        f"주차장법\t제2조\t정의\t{'긴' * 201}",
    ]
    path.write_text("\r\n".join(rows), encoding="utf-8-sig")
    lines, problems = read(path)
    assert lines == [Line("주차장법", "제2조", "정의", "주차장이 뭔가요")]
    assert problems == [
        Problem(4, ProblemCode.COLUMNS),
        Problem(5, ProblemCode.TITLE),
        Problem(6, ProblemCode.ARTICLE),
        Problem(7, ProblemCode.LENGTH),
        Problem(8, ProblemCode.LENGTH),
    ]


def test_a_file_in_another_encoding_is_reported_as_a_whole(tmp_path: Path) -> None:
    """CP949, as spreadsheets save it."""
    path = tmp_path / "questions.tsv"
    path.write_bytes("주차장법\t제2조\t정의\t주차장이 뭔가요".encode("cp949"))
    assert read(path) == ([], [Problem(0, ProblemCode.ENCODING)])


def test_conversion_takes_the_articles_title_from_the_statute_and_leaves_out_what_is_not_there(tmp_path: Path) -> None:
    """An unknown law and an unknown article are named; everything else is written."""
    raw = tmp_path / "raw.txt"
    raw.write_text(
        "# 주차장법\n2\t주차장이 뭔가요 / 타워주차장도 되나요 / 뭐\n12-2\t칸이 너무 좁아요\n"
        "99\t없는 조문인가요\n# 없는 법\n1\t모르는 법인가요\n",
        encoding="utf-8",
    )
    law = Statute("주차장법", "주차장법", {"제2조": "정의", "제12조의2": "시설  기준"})
    outcome = convert([raw], [law])
    assert outcome.lines["주차장법"] == [
        Line("주차장법", "제2조", "정의", "주차장이 뭔가요"),
        Line("주차장법", "제2조", "정의", "타워주차장도 되나요"),
        Line("주차장법", "제12조의2", "시설 기준", "칸이 너무 좁아요"),
    ]
    assert [line.split(":")[1] for line in outcome.left_out] == ["4", "5"]


def test_conversion_reads_statutes_as_they_are_taken_in(tmp_path: Path) -> None:
    """The whole way from two folders to a file that the loader reads without a complaint."""
    folder = tmp_path / "statutes" / "주차장법"
    folder.mkdir(parents=True)
    (folder / "법률.md").write_text(
        "---\n제목: 주차장법\n법령구분: 법률\n---\n\n# 주차장법\n\n##### 제2조 (정의)\n\n"
        "이 법에서 주차장이란 자동차를 세우는 곳을 말한다.\n",
        encoding="utf-8",
    )
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "주차장법.txt").write_text("# 주차장법\n2\t주차장이 뭔가요 / 주차장이 뭔가요?\n", encoding="utf-8")
    target = tmp_path / "data"
    with pytest.raises(SystemExit) as end:
        main([str(raw), str(folder.parent), "--target", str(target)])
    assert end.value.code == 0
    lines, problems = read(target / "주차장법.tsv")
    assert (lines, problems) == ([Line("주차장법", "제2조", "정의", "주차장이 뭔가요")], [])


def test_shipped_files_are_whole() -> None:
    """Every line can be used, and each question stands once with its article."""
    lines = shipped()
    book = Expressions(lines)
    assert len(book) == len(lines) > 1000
    assert book.laws > 10
