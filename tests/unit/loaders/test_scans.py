"""Pictures and PDF pages: what is read, what is refused, and what readers are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pictures import FONT, LINES, drawn, found, needs_font, needs_recognition
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import load
from retrieval.loaders.limits import Limits
from retrieval.loaders.sandbox import ParserPool
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument


def reason(path: Path, **options: object) -> LoadReason:
    with pytest.raises(LoadError) as caught:
        load(path, **options)  # type: ignore[arg-type]
    return caught.value.reason


def canvas_at(path: Path, **options: object) -> Canvas:
    pdfmetrics.registerFont(TTFont("NanumGothic", str(FONT)))
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=1, **options)
    canvas.setFont("NanumGothic", 11)
    return canvas


def page(canvas: Canvas, lines: list[str], *, top: int = 700) -> None:
    canvas.setFont("NanumGothic", 11)
    for number, line in enumerate(lines):
        canvas.drawString(70, top - 20 * number, line)


def tables(document: ParsedDocument) -> list[str]:
    return [document.text[b.start : b.end] for b in document.blocks if b.kind is BlockKind.TABLE]


@needs_recognition
def test_a_picture_is_read_in_the_guarded_child(tmp_path: Path) -> None:
    path = tmp_path / "공고문.png"
    drawn().save(path)

    with ParserPool(Limits(), 1) as pool:
        document = pool.parse(path)

    assert found(document.text) > 0.95
    assert document.metadata["ocr_pages"] == 1
    assert document.page_count == 1
    assert document.title == "공고문"
    assert "1쪽은 글자 인식으로 읽었습니다" in document.warnings[0]


@needs_recognition
def test_a_sheet_a_page_and_their_numbers_are_real(tmp_path: Path) -> None:
    path = tmp_path / "팩스.tiff"
    sheets = [drawn(LINES[:2]), Image.new("L", (800, 800), 255), drawn(LINES[2:])]
    sheets[0].convert("1").save(path, save_all=True, append_images=sheets[1:], dpi=(300, 300))

    document = load(path)

    assert document.page_count == 3
    assert {block.page for block in document.blocks} == {1, 3}
    assert document.metadata["ocr_pages"] == 2
    assert found(document.text) > 0.9


@needs_recognition
def test_transparency_and_the_camera_s_orientation_are_minded(tmp_path: Path) -> None:
    clear = Image.new("RGBA", drawn().size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=drawn().point(lambda value: 255 - value))
    clear.save(tmp_path / "투명.png")
    turned = drawn().rotate(90, expand=True).convert("RGB")
    exif = turned.getexif()
    exif[0x0112] = 6  # the camera was held upright: turn by a quarter clockwise to view
    turned.save(tmp_path / "사진.jpg", exif=exif, quality=90)

    assert found(load(tmp_path / "투명.png").text) > 0.9
    assert found(load(tmp_path / "사진.jpg").text) > 0.9


@needs_recognition
def test_a_picture_without_words_has_no_text(tmp_path: Path) -> None:
    path = tmp_path / "사진.png"
    Image.effect_noise((400, 400), 90).save(path)

    assert reason(path) is LoadReason.NO_TEXT


def test_a_picture_bigger_than_it_is_worth_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (12_000, 12_000)).save(path)

    assert reason(path) is LoadReason.BOMB


def test_broken_pictures_are_damaged_or_cut_off(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jpg"
    Image.effect_noise((300, 300), 90).save(whole)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole.read_bytes()[:2000])
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"nonsense" * 40 + b"IEND\xaeB`\x82")

    assert reason(cut) is LoadReason.TRUNCATED
    assert reason(broken) is LoadReason.DAMAGED


def test_without_recognition_a_scan_says_so_and_mixed_files_keep_their_text(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    Image.effect_noise((300, 300), 90).save(path)

    assert reason(path, limits=Limits(ocr=False)) is LoadReason.OCR_UNAVAILABLE
    assert reason(path, limits=Limits(tessdata=str(tmp_path))) is LoadReason.OCR_UNAVAILABLE


@needs_font
def test_a_page_without_words_is_named_when_it_cannot_be_recognised(tmp_path: Path) -> None:
    path = tmp_path / "혼합.pdf"
    canvas = canvas_at(path)
    page(canvas, ["글자가 있는 첫 쪽입니다. 두 번째 쪽은 스캔입니다."])
    canvas.showPage()
    canvas.drawImage(ImageReader(drawn().convert("RGB")), 50, 400, 500, 200)
    canvas.showPage()
    canvas.save()

    document = load(path, limits=Limits(ocr=False))

    assert "글자가 있는 첫 쪽" in document.text
    assert "2쪽" in document.warnings[0]
    assert document.page_count == 2


@needs_recognition
def test_scanned_pages_of_a_pdf_are_recognised_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "스캔.pdf"
    canvas = canvas_at(path)
    for lines in (LINES[:2], LINES[2:]):
        sheet = drawn(lines)
        canvas.setPageSize((320, 320 * sheet.height / sheet.width))
        canvas.drawImage(ImageReader(sheet.convert("RGB")), 0, 0, 320, 320 * sheet.height / sheet.width)
        canvas.showPage()
    canvas.save()

    assert found(load(path).text) > 0.9
    limited = load(path, limits=Limits(max_ocr_pages=1))
    assert limited.metadata["ocr_pages"] == 1
    assert any("1쪽까지" in warning and "2쪽" in warning for warning in limited.warnings)


@needs_font
def test_heads_feet_and_page_numbers_are_dropped_and_their_look_alikes_kept(tmp_path: Path) -> None:
    path = tmp_path / "계획.pdf"
    canvas = canvas_at(path)
    for number in range(1, 6):
        canvas.setFont("NanumGothic", 9)
        canvas.drawString(70, 810, "2026년 정보화 기본계획")
        canvas.drawString(280, 25, f"{number}쪽 / 5쪽")
        page(canvas, [f"{number}번째 쪽의 내용이 여기에 있습니다.", "2026년 정보화 기본계획"])
        canvas.showPage()
    canvas.save()

    document = load(path)

    assert document.text.count("2026년 정보화 기본계획") == 5  # the ones in the body
    assert "/ 5쪽" not in document.text
    assert "3번째 쪽의 내용" in document.text


@needs_font
def test_larger_lines_are_headings(tmp_path: Path) -> None:
    path = tmp_path / "보고.pdf"
    canvas = canvas_at(path)
    canvas.setFont("NanumGothic", 22)
    canvas.drawString(70, 780, "데이터 행정 추진계획")
    canvas.setFont("NanumGothic", 15)
    canvas.drawString(70, 740, "추진 배경")
    page(canvas, ["시는 해마다 계획을 세운다.", "그 계획은 시민에게 공개한다."])
    canvas.save()

    document = load(path)
    headings = {document.text[b.start : b.end]: b.level for b in document.blocks if b.kind is BlockKind.HEADING}

    assert headings == {"데이터 행정 추진계획": 1, "추진 배경": 2}
    assert document.title == "데이터 행정 추진계획"


@needs_font
def test_ruled_tables_are_tables_once_and_merged_cells_reach(tmp_path: Path) -> None:
    path = tmp_path / "표.pdf"
    canvas = canvas_at(path)
    page(canvas, ["앞 문장입니다."], top=760)
    canvas.setLineWidth(0.7)
    for y in (720, 690, 660, 630):
        canvas.line(200 if y == 660 else 70, y, 500, y)  # 부서 reaches over two rows
    for x in (70, 200, 350, 500):
        canvas.line(x, 630, x, 720)
    for x, y, text in ((80, 700, "구분"), (210, 700, "이름"), (360, 700, "전화"), (80, 655, "총무과")):
        canvas.drawString(x, y, text)
    for x, y, text in ((210, 670, "김하나"), (360, 670, "1234"), (210, 640, "이두리"), (360, 640, "5678")):
        canvas.drawString(x, y, text)
    page(canvas, ["뒤 문장입니다."], top=600)
    canvas.save()

    document = load(path)

    assert tables(document) == ["구분 | 이름 | 전화\n총무과 | 김하나 | 1234\n총무과 | 이두리 | 5678"]
    assert document.text.count("김하나") == 1
    assert document.text.index("앞 문장") < document.text.index("구분") < document.text.index("뒤 문장")


@needs_recognition
def test_ruled_tables_of_scans_are_tables_too(tmp_path: Path) -> None:
    sheet = drawn([""] * 5, width=1400)
    pen, font = ImageDraw.Draw(sheet), ImageFont.truetype(str(FONT), 44)
    for y in (150, 320, 490):
        pen.line((60, y, 1300, y), fill=0, width=4)
    for x in (60, 320, 760, 1300):
        pen.line((x, 150, x, 490), fill=0, width=4)
    for x, y, text in ((100, 210, "구분"), (400, 210, "담당 부서"), (900, 210, "전화 번호")):
        pen.text((x, y), text, fill=0, font=font)
    for x, y, text in ((100, 380, "접수"), (400, 380, "민원봉사과"), (900, 380, "처리 기한")):
        pen.text((x, y), text, fill=0, font=font)
    path = tmp_path / "표.png"
    sheet.save(path, dpi=(300, 300))

    rows = tables(load(path))[0].split("\n")

    assert len(rows) == 2
    assert [len(row.split(" | ")) for row in rows] == [3, 3]
    assert "민원봉사과" in rows[1].split(" | ")[1]


@needs_font
def test_the_owner_s_password_does_not_stop_reading_the_reader_s_does(tmp_path: Path) -> None:
    for name, user in (("열림.pdf", ""), ("잠김.pdf", "비밀1234")):
        lock = StandardEncryption(userPassword=user, ownerPassword="owner", canPrint=0, canCopy=0)
        canvas = canvas_at(tmp_path / name, encrypt=lock)
        page(canvas, ["복사를 막아 둔 문서이지만 읽을 수는 있습니다."])
        canvas.save()

    assert "읽을 수는 있습니다" in load(tmp_path / "열림.pdf").text
    assert reason(tmp_path / "잠김.pdf") is LoadReason.PASSWORD
