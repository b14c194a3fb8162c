"""One small, real file of every format, made here."""

from __future__ import annotations

import sys
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import docx
import openpyxl
import pptx
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "loaders"))  # the writer of compound files

from compound_file import compound_file, hwp_file, paragraph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BODY = "이 규정은 개인정보를 보호하기 위하여 필요한 사항을 정한다."
HIDDEN = "개\u200b인\u202e정\u2066보\U000e0041\ufeff"  # zero width, bidirectional, tag and mark characters: 개인정보
FONT = Path("/usr/share/fonts/truetype/nanum/NanumGothic.ttf")
HWPX_PARAGRAPH = '<hp:p id="0" paraPrIDRef="0" styleIDRef="0"><hp:run charPrIDRef="0">{}</hp:run></hp:p>'


def _markdown(path: Path, lines: Sequence[str]) -> None:
    path.write_text("# 제목\n\n" + "\n\n".join(lines) + "\n", encoding="utf-8")


def _plain(path: Path, lines: Sequence[str]) -> None:
    path.write_text("\r\n\r\n".join(lines), encoding="utf-16")


def _csv(path: Path, lines: Sequence[str]) -> None:
    path.write_text("번호,내용\n" + "".join(f'{n},"{line}"\n' for n, line in enumerate(lines)), encoding="utf-8-sig")


def _html(path: Path, lines: Sequence[str]) -> None:
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    path.write_text(f"<!DOCTYPE html><html><body><h1>제목</h1>{body}</body></html>", encoding="utf-8")


def _docx(path: Path, lines: Sequence[str]) -> None:
    document = docx.Document()
    document.add_heading("제목", level=1)
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))


def _pdf(path: Path, lines: Sequence[str]) -> None:
    if not FONT.exists():
        pytest.skip("Debian's fonts-nanum is not installed")
    pdfmetrics.registerFont(TTFont("NanumGothic", str(FONT)))
    canvas = Canvas(str(path), invariant=1)
    for number, line in enumerate(lines, start=1):
        canvas.setFont("NanumGothic", 11)
        canvas.drawString(60, 780, line)
        canvas.drawString(280, 30, f"- {number} -")
        canvas.showPage()
    canvas.save()


def write_hwpx(path: Path, section: str, **extra: str) -> None:
    """The least that the format (KS X 6101) asks for: the type mark, the package list and one section."""
    names = (
        'xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section" xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph"'
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>'
    package = (
        f'{head}<opf:package xmlns:opf="http://www.idpf.org/2007/opf/"><opf:manifest>'
        '<opf:item id="section0" href="Contents/section0.xml" media-type="application/xml"/></opf:manifest>'
        '<opf:spine><opf:itemref idref="section0"/></opf:spine></opf:package>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/hwp+zip")
        archive.writestr("Contents/content.hpf", package)
        archive.writestr("Contents/section0.xml", f"{head}<hs:sec {names}>{section}</hs:sec>")
        for name, content in extra.items():
            archive.writestr(name, content)


def _hwpx(path: Path, lines: Sequence[str]) -> None:
    write_hwpx(path, "".join(HWPX_PARAGRAPH.format(f"<hp:t>{escape(line)}</hp:t>") for line in lines))


def _xlsx(path: Path, lines: Sequence[str]) -> None:
    book = openpyxl.Workbook()
    for number, line in enumerate(line for line in ["내용", *lines] if "".join(lines).strip()):
        book.active.append([number, line])
    book.save(path)


def _pptx(path: Path, lines: Sequence[str]) -> None:
    show = pptx.Presentation()
    for line in lines:
        slide = show.slides.add_slide(show.slide_layouts[5])  # a title alone
        slide.shapes.add_textbox(0, 0, 9, 9).text_frame.text = line
    show.save(str(path))


def _eml(path: Path, lines: Sequence[str]) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "제목", "mina@example.com", "taeho@example.com"
    mail.set_content("\n\n".join(lines), charset="utf-8")
    path.write_bytes(mail.as_bytes())


def _msg(path: Path, lines: Sequence[str]) -> None:
    subject = "제목" if "".join(lines).strip() else ""
    streams = {"__properties_version1.0": bytes(32), "__substg1.0_0037001F": subject.encode("utf-16-le")}
    path.write_bytes(compound_file({**streams, "__substg1.0_1000001F": "\r\n\r\n".join(lines).encode("utf-16-le")}))


def _zip(path: Path, lines: Sequence[str]) -> None:
    """Members named by the lines: the list of members is the text of an archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, line in enumerate(lines):
            archive.writestr(zipfile.ZipInfo(f"{line}.txt" if line.strip() else f"{line}/"), f"{number}" * 99)


def _hwp(path: Path, lines: Sequence[str]) -> None:
    path.write_bytes(hwp_file(b"".join(paragraph(line) for line in lines)))


def _hml(path: Path, lines: Sequence[str]) -> None:
    body = "".join(f"<P><TEXT><CHAR>{escape(line)}</CHAR></TEXT></P>" for line in lines)
    head = '<?xml version="1.0" encoding="UTF-8"?><HWPML Version="2.8"><HEAD/><BODY><SECTION>'
    path.write_text(f"{head}{body}</SECTION></BODY></HWPML>", encoding="utf-8")


MAKERS: dict[str, Callable[[Path, Sequence[str]], None]] = {
    ".md": _markdown,
    ".txt": _plain,
    ".csv": _csv,
    ".html": _html,
    ".docx": _docx,
    ".pdf": _pdf,
    ".hwpx": _hwpx,
    ".xlsx": _xlsx,
    ".pptx": _pptx,
    ".eml": _eml,
    ".msg": _msg,
    ".zip": _zip,
    ".hwp": _hwp,
    ".hml": _hml,
}


@pytest.fixture(params=MAKERS)
def ending(request: pytest.FixtureRequest) -> str:
    """Every format in turn."""
    return str(request.param)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of a format from lines of text."""

    def write(ending: str, *lines: str, name: str = "문서") -> Path:
        path = tmp_path / f"{name}{ending}"
        MAKERS[ending](path, lines)
        return path

    return write


@pytest.fixture
def hwpx(tmp_path: Path) -> Callable[..., Path]:
    """Write an HWPX file from the XML of its section."""

    def write(section: str, **extra: str) -> Path:
        path = tmp_path / "문서.hwpx"
        write_hwpx(path, section, **extra)
        return path

    return write
