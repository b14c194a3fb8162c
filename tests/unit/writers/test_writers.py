"""What is written is read back: by our own loaders, and by the libraries of others."""

from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
import pytest

from assistant.writers.docx import to_docx
from assistant.writers.hwpx import to_hwpx
from assistant.writers.markdown import to_markdown
from assistant.writers.paper import Heading, Item, Kind, Paper, Paragraph, Run, Table, plain
from assistant.writers.spreadsheet import to_csv, to_xlsx
from retrieval.loaders.limits import Limits
from retrieval.loaders.registry import load

PAPER = Paper(
    "민원 처리 & <기간>",
    (
        Heading("질문"),
        plain("처리기간은\n어떻게 되나요? 벨\x07소리 🙂"),
        Item((Run("첫날은 "), Run("산입", bold=True), Run("한다 [1]."))),
        Item((Run("둘째 줄"),), "2."),
        Table((("구분", "기간"), ("시간 단위", "5일 이하"), ("일 단위",))),
        Heading("근거", 2),
        plain("① 민원의 처리기간을 6일 이상으로 정한 경우에는", Kind.QUOTE),
        Paragraph((Run("AI가 생성한 답변입니다. 근거를 확인하세요."),), Kind.NOTE),
    ),
    author="김하늘",
    created="2026-11-22T03:00:00Z",
    properties={"AiGenerated": "true", "AiModel": "시험 <모델>"},
)
LINES = (
    "민원 처리 & <기간>",
    "어떻게 되나요? 벨소리 🙂",
    "첫날은 산입한다 [1].",
    "둘째 줄",
    "시간 단위",
    "5일 이하",
    "① 민원의 처리기간을 6일 이상으로 정한 경우에는",
    "AI가 생성한 답변입니다. 근거를 확인하세요.",
)
WRITERS = {"hwpx": to_hwpx, "docx": to_docx}


@pytest.mark.parametrize("kind", WRITERS)
def test_our_own_loader_reads_it_back(tmp_path, kind: str) -> None:
    path = tmp_path / f"답변.{kind}"
    path.write_bytes(WRITERS[kind](PAPER))
    document = load(path, limits=Limits())
    places = [document.text.index(line) for line in LINES]
    assert places == sorted(places)
    assert document.title == PAPER.title
    assert any(block.kind == "table" for block in document.blocks)


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_paper_gives_the_same_bytes(kind: str) -> None:
    assert WRITERS[kind](PAPER) == WRITERS[kind](PAPER)


def test_a_word_processors_library_reads_the_docx() -> None:
    read = docx.Document(io.BytesIO(to_docx(PAPER)))
    found = [(one.style.name, one.text) for one in read.paragraphs if one.text]
    assert found[0] == ("Title", PAPER.title)
    assert ("Heading 2", "근거") in found
    assert ("Quote", LINES[6]) in found
    assert [[cell.text for cell in row.cells] for row in read.tables[0].rows] == [
        ["구분", "기간"],
        ["시간 단위", "5일 이하"],
        ["일 단위", ""],
    ]
    assert read.core_properties.author == "김하늘"
    bold = [run.text for one in read.paragraphs for run in one.runs if run.bold]
    assert "산입" in bold


def test_the_hwpx_package_begins_as_programs_expect() -> None:
    made = to_hwpx(PAPER)
    assert made[30:38] == b"mimetype"
    assert made[38:57] == b"application/hwp+zip"
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        content = archive.read("Contents/content.hpf").decode()
        assert '<opf:meta name="AiGenerated" content="text">true</opf:meta>' in content
        assert "시험 &lt;모델&gt;" in content
        header = archive.read("Contents/header.xml").decode()
        section = archive.read("Contents/section0.xml").decode()
    used = {int(part.split('"')[0]) for part in section.split('charPrIDRef="')[1:]}
    declared = {int(part.split('"')[0]) for part in header.split('<hh:charPr id="')[1:]}
    assert used <= declared


def test_markdown_keeps_what_is_text_text() -> None:
    made = to_markdown(
        Paper("*별*", (plain("# 제목 아님\n1. 목록 아님 [글](주소)"), Item((Run("줄"),)), Item((Run("줄"),))))
    )
    text = made.decode()
    assert "# \\*별\\*" in text
    assert "\\# 제목 아님" in text
    assert "1\\. 목록 아님" in text
    assert "](주소)" not in text.replace("\\](주소)", "")
    assert "- 줄\n- 줄" in text


def test_the_mark_of_generated_text_stands_in_the_front_matter() -> None:
    head = to_markdown(PAPER).decode().split("---")[1]
    assert 'AiGenerated: "true"' in head


def test_no_cell_is_a_formula() -> None:
    table = Table((("이름", "금액"), ("=HYPERLINK(1)", "1,234"), ("@SUM", "-3.5"), ("007", "")))
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx([("표/1", table), ("표/1", table)]))).worksheets
    assert [one.title for one in sheet] == ["표 1", "표 1 (2)"]
    assert [[cell.value for cell in row] for row in sheet[0].rows] == [
        ["이름", "금액"],
        ["=HYPERLINK(1)", 1234],
        ["@SUM", -3.5],
        ["007", ""],
    ]
    assert sheet[0]["A2"].data_type == "s"
    lines = to_csv(table).decode("utf-8-sig").splitlines()
    assert lines[1] == '\'=HYPERLINK(1),"1,234"'
    assert lines[2] == "'@SUM,-3.5"
