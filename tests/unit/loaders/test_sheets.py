"""Spreadsheets and CSV: values as people see them, tables with one header, nothing hidden."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import Limits, load
from retrieval.loaders._number_format import render
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("raw", "code", "shown"),
    [
        ("1234.5", "#,##0", "1,235"),
        ("0.125", "0.0%", "12.5%"),
        ("46024", "yyyy-mm-dd", "2026-01-02"),
        ("46024.75", "yyyy/m/d h:mm", "2026/1/2 18:00"),
        ("46024", 'yyyy"년" m"월" d"일"', "2026년 1월 2일"),
        ("46024", "yyyy. m. d.", "2026. 1. 2."),
        ("46024", "mm/dd(aaa)", "01/02(금)"),
        ("46024.75", "[$-412]AM/PM h:mm", "오후 6:00"),
        ("46024", "[$-F800]dddd, mmmm dd, yyyy", "2026-01-02"),
        ("1.5", "[h]:mm", "36:00"),
        ("0.0625", "mm:ss", "30:00"),
        ("1234567", "₩#,##0", "₩1,234,567"),
        ("1000", "[$₩-412]#,##0", "₩1,000"),
        ("-1234", "#,##0_);[Red]\\(#,##0\\)", "(1,234)"),
        ("0", '#,##0;-#,##0;"-"', "-"),
        ("1234567", "#,##0,", "1,235"),
        ("12", '0"개"', "12개"),
        ("5", "000", "005"),
        ("12345678", "000-0000", "1234-5678"),
        ("5", 'General"명"', "5명"),
        ("150", '[>=100]"많음" 0;0', "많음 150"),
        ("0.30000000000000004", "General", "0.3"),
        ("10000000000", "General", "10000000000"),
        ("0.0000001", "General", "0.0000001"),
        ("-0.004", "0.00", "0.00"),
        ("0.000012", "0.00E+00", "1.20E-5"),
        ("1", "yyyy-mm-dd", "1900-01-01"),
        ("-1", "yyyy-mm-dd", "-1"),
        ("1e999", "0", "1e999"),
        ("가나", "0", "가나"),
    ],
)
def test_a_number_is_shown_in_its_format(raw: str, code: str, shown: str) -> None:
    assert render(raw, code) == shown


def test_days_counted_from_1904() -> None:
    assert render("0", "yyyy-mm-dd", epoch_1904=True) == "1904-01-01"


def saved(book: Any, tmp_path: Path, name: str = "예산.xlsx") -> Path:
    path = tmp_path / name
    book.save(path)
    return path


@pytest.fixture
def book() -> Any:
    return openpyxl.Workbook()


def test_titles_header_rows_of_two_levels_and_notes(book: Any, tmp_path: Path) -> None:
    sheet = book.active
    sheet["A1"], sheet["F2"] = "부서별 예산 현황", "(단위: 천원)"
    sheet.merge_cells("A1:F1")
    for where, text in {"A4": "부서", "B4": "2024년", "D4": "2025년", "F4": "비고"}.items():
        sheet[where] = text
    for cells in ("A4:A5", "B4:C4", "D4:E4", "F4:F5"):
        sheet.merge_cells(cells)
    for column, text in zip("BCDE", ["상반기", "하반기"] * 2, strict=True):
        sheet[f"{column}5"] = text
    sheet.append(["기획과", 1200, 1300.5, 1500, None, "본예산"])
    sheet["C6"].number_format = "#,##0.0"
    sheet.append(["합계", 0.125, dt.date(2026, 1, 2)])
    sheet["B7"].number_format = "0.0%"
    sheet["A8"] = "※ 추경 반영 전 금액임"

    document = load(saved(book, tmp_path))

    assert document.text == (
        "부서별 예산 현황\n\n(단위: 천원)\n\n"
        "부서 | 2024년 상반기 | 2024년 하반기 | 2025년 상반기 | 2025년 하반기 | 비고\n"
        "기획과 | 1200 | 1,300.5 | 1500 |  | 본예산\n"
        "합계 | 12.5% | 2026-01-02 |  |  |\n\n"
        "※ 추경 반영 전 금액임"
    )
    assert [block.kind for block in document.blocks].count(BlockKind.TABLE) == 1
    assert document.title == "예산"


def test_tables_side_by_side_are_parted_and_go_on_below_a_blank_row(book: Any, tmp_path: Path) -> None:
    sheet = book.active
    for row in (["번호", "이름", None, "코드", "뜻"], [1, "가", None, "A", "갑"], [], [2, "나"]):
        sheet.append(row)

    assert load(saved(book, tmp_path)).text == "번호 | 이름\n1 | 가\n2 | 나\n\n코드 | 뜻\nA | 갑"


def test_what_is_hidden_is_left_out_and_said(book: Any, tmp_path: Path) -> None:
    sheet = book.active
    sheet.title = "현황"
    for row in (["이름", "비밀", "값"], ["가", "숨김1", 1], ["나", "숨김2", 2], ["다", "숨김3", 3]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    secret = book.create_sheet("감춘 시트")
    secret["A1"] = "보이지 않는 글"
    secret.sheet_state = "veryHidden"

    document = load(saved(book, tmp_path))

    assert document.text == "현황\n\n이름 | 값\n가 | 1\n다 | 3"
    assert len(document.warnings) == 2
    assert "숨긴 시트 1개" in document.warnings[-1]


def test_formulas_without_a_result_are_left_out_and_said(book: Any, tmp_path: Path) -> None:
    book.active.append(["합계", "=SUM(A1:A3)"])
    book.active.append(["평균", 3])

    document = load(saved(book, tmp_path))

    assert "SUM" not in document.text
    assert "수식 1개" in document.warnings[0]


def test_comments_and_error_values_are_no_text(book: Any, tmp_path: Path) -> None:
    sheet = book.active
    sheet.append(["가", "나"])
    sheet.append(["다", "#REF!"])
    sheet["A1"].comment = openpyxl.comments.Comment("검토자 의견", "작성자")

    document = load(saved(book, tmp_path))

    assert "의견" not in document.text
    assert "REF" not in document.text
    assert "오류 값" in document.warnings[0]


def test_several_sheets_stand_under_their_names(book: Any, tmp_path: Path) -> None:
    book.active.append(["가", "나"])
    book.active.append(["다", 1])
    book.create_sheet("인원").append(["라", "마"])

    document = load(saved(book, tmp_path))

    headings = [document.text[b.start : b.end] for b in document.blocks if b.kind is BlockKind.HEADING]
    assert headings == ["Sheet", "인원"]
    assert document.title == "예산"  # no sheet's name


def test_a_table_too_wide_to_count_columns_names_each_value(book: Any, tmp_path: Path) -> None:
    book.active.append([f"열이름이 제법 긴 항목 {number}" for number in range(30)])
    book.active.append([f"값이 적당히 긴 내용 {number}" if number % 2 else None for number in range(30)])

    text = load(saved(book, tmp_path)).text

    assert text.startswith("열이름이 제법 긴 항목 1: 값이 적당히 긴 내용 1 | 열이름이 제법 긴 항목 3: 값이")


def test_one_figure_in_every_column_is_a_row_and_no_merged_cell(book: Any, tmp_path: Path) -> None:
    for row in (["1월", "2월", "3월"], [0, 0, 0]):
        book.active.append(row)

    assert load(saved(book, tmp_path)).text.endswith("0 | 0 | 0")


def test_more_cells_than_allowed_is_too_complex(book: Any, tmp_path: Path) -> None:
    for _ in range(20):
        book.active.append(list(range(20)))

    with pytest.raises(LoadError) as caught:
        load(saved(book, tmp_path), limits=Limits(max_table_cells=399))
    assert caught.value.reason is LoadReason.TOO_COMPLEX


def test_cells_strewn_over_the_sheet_cost_no_more_than_they_are(book: Any, tmp_path: Path) -> None:
    for number in range(1, 400):
        book.active.cell(number, number * 20, f"값{number}")

    text = load(saved(book, tmp_path)).text

    assert text.split() == [f"값{number}" for number in range(1, 400)]


def test_a_merge_over_the_whole_sheet_fills_what_is_used(book: Any, tmp_path: Path) -> None:
    book.active["A1"], book.active["B2"] = "가", "나"
    path = saved(book, tmp_path)
    replace_part(path, "xl/worksheets/sheet1.xml", b"</sheetData>", WHOLE)

    assert load(path).text.startswith("가")


WHOLE = b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'


def replace_part(path: Path, name: str, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    parts[name] = parts[name].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for one, data in parts.items():
            archive.writestr(one, data)


def test_cells_without_places_follow_each_other(tmp_path: Path, book: Any) -> None:
    book.active.append(["가", "나"])
    path = saved(book, tmp_path)
    for old in (b' r="A1"', b' r="B1"', b' r="1"'):
        replace_part(path, "xl/worksheets/sheet1.xml", old, b"")

    assert load(path).text == "가 | 나"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("구분;2024;2025\n가;1,5;2,5\n나;3,1;4,2\n", "구분 | 2024 | 2025\n가 | 1,5 | 2,5\n나 | 3,1 | 4,2"),
        ("이름\t값\n가, 나\t1\n", "이름 | 값\n가, 나 | 1"),
        ('이름,값\n"두\n줄",1\n', "이름 | 값\n두 줄 | 1"),
        (
            "주차장 현황,,\n(단위: 면),,\n구,동,면수\n가,나,1\n",
            "주차장 현황\n\n(단위: 면)\n\n구 | 동 | 면수\n가 | 나 | 1",
        ),
        ("이름\n가나다\n라마바\n", "이름\n가나다\n라마바"),
        ("1,2,3\na,b\na,b,c,d\n", "1 | 2 | 3 |\na | b |  |\na | b | c | d"),
    ],
)
def test_csv_in_its_forms(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "표.csv"
    path.write_bytes(text.encode("cp949"))

    assert load(path).text == expected


def test_a_quote_that_nobody_closed_swallows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "표.csv"
    path.write_text(
        '이름,치수\n모니터,27"\n' + "".join(f"물건{n},{n}\n" for n in range(500)) + '거울,"10\n' * 300, "utf-8"
    )

    document = load(path)

    assert "물건499 | 499" in document.text
    assert document.text.count("거울") == 300


def test_a_long_cell_is_read(tmp_path: Path) -> None:
    path = tmp_path / "표.csv"
    path.write_text(f"이름,내용\n가,{'글' * 200_000}\n", "utf-8")

    assert "글" * 200_000 in load(path).text
