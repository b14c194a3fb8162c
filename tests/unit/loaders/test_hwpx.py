"""HWPX: what other writers than Hangul leave out, and what Hangul draws."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders.hwpx import HwpxLoader
from retrieval.loaders.limits import Limits
from retrieval.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    'xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section" xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph" '
    'xmlns:hh="http://www.hancom.co.kr/hwpml/2011/head" xmlns:opf="http://www.idpf.org/2007/opf/"'
)


def p(*runs: str, shape: int = 0) -> str:
    return f'<hp:p id="0" paraPrIDRef="{shape}" styleIDRef="0">{"".join(runs)}</hp:p>'


def run(content: str) -> str:
    return f'<hp:run charPrIDRef="0">{content}</hp:run>'


def t(text: str) -> str:
    return run(f"<hp:t>{text}</hp:t>")


def sub_list(*paragraphs: str) -> str:
    return f"<hp:subList>{''.join(paragraphs)}</hp:subList>"


def cell(content: str, row: int, column: int) -> str:
    address = f'<hp:cellAddr colAddr="{column}" rowAddr="{row}"/><hp:cellSpan colSpan="1" rowSpan="1"/>'
    return f"<hp:tc>{sub_list(content)}{address}</hp:tc>"


def table(*rows: tuple[str, ...], inside: str = "") -> str:
    body = "".join(
        f"<hp:tr>{''.join(cell(content, at, column) for column, content in enumerate(row))}</hp:tr>"
        for at, row in enumerate(rows)
    )
    return f'<hp:tbl rowCnt="{len(rows)}" colCnt="{len(rows[0])}">{inside}{body}</hp:tbl>'


def load(tmp_path: Path, *sections: str, mark: bool = True, title: str = "", **parts: str) -> ParsedDocument:
    path = tmp_path / "문서.hwpx"
    items = "".join(
        f'<opf:item id="s{at}" href="Contents/section{at}.xml" media-type="application/xml"/>'
        for at in range(len(sections))
    )
    order = "".join(f'<opf:itemref idref="s{at}"/>' for at in range(len(sections)))
    with zipfile.ZipFile(path, "w") as archive:
        if mark:
            archive.writestr("mimetype", "application/hwp+zip")
        archive.writestr(
            "Contents/content.hpf",
            f"<opf:package {NAMES}><opf:metadata><opf:title>{title}</opf:title></opf:metadata>"
            f"<opf:manifest>{items}</opf:manifest><opf:spine>{order}</opf:spine></opf:package>",
        )
        for at, section in enumerate(sections):
            archive.writestr(f"Contents/section{at}.xml", f"<hs:sec {NAMES}>{section}</hs:sec>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return HwpxLoader().load(path, filename="문서.hwpx")


def kinds(document: ParsedDocument, kind: BlockKind) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks if block.kind is kind]


def test_captions_of_tables_and_shapes_keep_their_numbers(tmp_path: Path) -> None:
    def caption(word: str, kind: str, number: int) -> str:
        counted = run(
            f'<hp:t>{word} </hp:t><hp:ctrl><hp:autoNum num="{number}" numType="{kind}"/></hp:ctrl><hp:t> 현황</hp:t>'
        )
        return f"<hp:caption>{sub_list(p(counted))}</hp:caption>"

    grid = table((p(t("가")), p(t("나"))), inside=caption("표", "TABLE", 12))
    box = f"<hp:rect><hp:drawText>{sub_list(p(t('글상자')))}</hp:drawText>{caption('그림', 'PICTURE', 3)}</hp:rect>"

    document = load(tmp_path, p(run(grid)) + p(run(box)))

    assert document.text == "표 12 현황\n\n가 | 나\n\n글상자\n\n그림 3 현황"


def test_page_numbers_are_no_captions(tmp_path: Path) -> None:
    page = run('<hp:t>쪽 </hp:t><hp:ctrl><hp:autoNum num="7" numType="PAGE"/></hp:ctrl>')

    assert "7" not in load(tmp_path, p(page)).text


def test_text_art_is_text(tmp_path: Path) -> None:
    art = '<hp:textart id="1" text="한마음 축제␍␊안내"><hp:sz width="1"/></hp:textart>'

    assert load(tmp_path, p(run(art)) + p(t("본문"))).text == "한마음 축제 안내\n\n본문"


def test_tables_between_paragraphs_are_read(tmp_path: Path) -> None:
    grid = table((p(t("항목")), p(t("내용"))))

    assert load(tmp_path, p(t("앞")) + grid + grid + p(t("뒤"))).text == "앞\n\n항목 | 내용\n\n항목 | 내용\n\n뒤"


def test_a_table_within_a_cell_stays_a_table(tmp_path: Path) -> None:
    inner = table((p(t("가")), p(t("나"))), (p(t("다")), p(t("라"))))
    outer = table((p(t("구분")), p(t("안쪽"), run(inner))))

    assert kinds(load(tmp_path, p(run(outer))), BlockKind.TABLE) == ["구분 | 안쪽", "가 | 나\n다 | 라"]


def test_a_package_without_its_mark_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, p(t("본문")), mark=False).text == "본문"


def test_the_package_s_title_names_a_document_without_headings(tmp_path: Path) -> None:
    assert load(tmp_path, p(t("본문이다.")), title="청사 방호 계획").title == "청사 방호 계획"


def test_tracked_deletions_are_not_shown(tmp_path: Path) -> None:
    header = (
        f"<hh:head {NAMES}><hh:trackChanges><hh:trackChange id='1' type='Delete'/>"
        "<hh:trackChange id='2' type='Insert'/></hh:trackChanges></hh:head>"
    )
    words = (
        '남은 말<hp:deleteBegin Id="1" TcId="1"/> 지운 말<hp:deleteEnd Id="1" TcId="1" paraend="0"/>'
        '<hp:insertBegin Id="2" TcId="2"/> 넣은 말<hp:insertEnd Id="2" TcId="2" paraend="0"/>'
    )

    assert load(tmp_path, p(t(words)), **{"Contents/header.xml": header}).text == "남은 말 넣은 말"


def test_page_headers_and_hidden_comments_are_left_out(tmp_path: Path) -> None:
    furniture = "".join(
        f"<hp:ctrl><hp:{name}>{sub_list(p(t('지나침')))}</hp:{name}></hp:ctrl>"
        for name in ("header", "footer", "hiddenComment")
    )
    note = f"<hp:ctrl><hp:footNote>{sub_list(p(t('각주이다')))}</hp:footNote></hp:ctrl>"
    bookmark = '<hp:ctrl><hp:bookmark name="여기"/></hp:ctrl>'

    document = load(tmp_path, p(run(furniture + bookmark), t("본문"), run(note)))

    assert document.text == "본문[1]\n\n1) 각주이다"


def test_ticked_boxes_and_each_section_s_outline(tmp_path: Path) -> None:
    numberings = "".join(
        f'<hh:numbering id="{at}"><hh:paraHead level="1" numFormat="{series}">{template}</hh:paraHead></hh:numbering>'
        for at, series, template in ((1, "DIGIT", "제^1장"), (2, "ROMAN_CAPITAL", "^1."))
    )
    shapes = "".join(
        f'<hh:paraPr id="{at}" checked="{checked}"><hh:heading type="{kind}" idRef="1" level="0"/></hh:paraPr>'
        for at, kind, checked in ((0, "NONE", 0), (1, "OUTLINE", 0), (2, "BULLET", 0), (3, "BULLET", 1))
    )
    header = (
        f"<hh:head {NAMES}><hh:refList><hh:numberings>{numberings}</hh:numberings><hh:bullets>"
        '<hh:bullet id="1" char="□" checkedChar="☑"/></hh:bullets>'
        f"<hh:paraProperties>{shapes}</hh:paraProperties></hh:refList></hh:head>"
    )
    first = (
        p(run('<hp:secPr outlineShapeIDRef="1"/>'), t("총칙"), shape=1)
        + p(t("동의함"), shape=3)
        + p(t("거부"), shape=2)
    )
    second = p(run('<hp:secPr outlineShapeIDRef="2"/>'), t("개요"), shape=1)

    document = load(tmp_path, first, second, **{"Contents/header.xml": header})

    assert [line for line in document.text.split("\n") if line] == ["제1장 총칙", "☑ 동의함", "□ 거부", "Ⅰ. 개요"]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("META-INF/manifest.xml", "<m><encryption-data/></m>", LoadReason.PASSWORD),
        ("Contents/header.xml", '<!DOCTYPE a [<!ENTITY x "가">]><a>&x;</a>', LoadReason.EXTERNAL_ENTITY),
        ("settings.xml", '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>', LoadReason.EXTERNAL_ENTITY),
        ("settings.xml", "<!--" + " " * 9000 + "--><!DOCTYPE a><a/>", LoadReason.EXTERNAL_ENTITY),
    ],
    ids=["password", "entity", "utf-16", "behind-a-comment"],
)
def test_locks_and_entities_are_said(tmp_path: Path, name: str, content: str, expected: LoadReason) -> None:
    content = content.encode("utf-16") if "UTF-16" in content else content
    with pytest.raises(LoadError) as caught:
        load(tmp_path, p(t("본문")), **{name: content})
    assert caught.value.reason is expected


def test_a_package_that_unpacks_too_far_is_a_bomb(tmp_path: Path) -> None:
    load(tmp_path, p(t("본문")), **{"BinData/zeros.bmp": "0" * 300_000})

    with pytest.raises(LoadError) as caught:
        HwpxLoader(Limits(max_inflated_bytes=200_000)).load(tmp_path / "문서.hwpx", filename="문서.hwpx")
    assert caught.value.reason is LoadReason.BOMB


def wide(text: str, row: int, column: int, columns: int, rows: int = 1) -> str:
    spans = f'<hp:cellSpan colSpan="{columns}" rowSpan="{rows}"/>'
    return cell(p(t(text)), row, column).replace('<hp:cellSpan colSpan="1" rowSpan="1"/>', spans)


def test_forms_drawn_on_a_fine_grid_are_written_as_they_look(tmp_path: Path) -> None:
    rows = (
        f"<hp:tr>{wide('기관명', 0, 0, 4, 2)}{wide('국문', 0, 4, 3)}{wide('가온시', 0, 7, 5)}</hp:tr>"
        f"<hp:tr>{wide('영문', 1, 4, 3)}{wide('Gaon', 1, 7, 5)}</hp:tr>"
    )

    document = load(tmp_path, p(run(f'<hp:tbl rowCnt="2" colCnt="12">{rows}</hp:tbl>')))

    assert kinds(document, BlockKind.TABLE) == ["기관명 | 국문 | 가온시\n기관명 | 영문 | Gaon"]


def test_long_words_of_merged_cells_are_not_repeated_without_need(tmp_path: Path) -> None:
    long, longer = "보도해 주시기 바랍니다. " * 4, "신청인은 다음 사항을 확인합니다. " * 9
    rows = (
        f"<hp:tr>{wide('일시', 0, 0, 1)}{wide(long, 0, 1, 3)}</hp:tr>"
        f"<hp:tr>{wide('부서', 1, 0, 1)}{wide('총무과', 1, 1, 1)}{wide('전화', 1, 2, 1)}"
        f"{wide(longer, 1, 3, 1, 2)}</hp:tr>"
        f"<hp:tr>{wide('담당', 2, 0, 1)}{wide('홍길동', 2, 1, 1)}{wide('휴대', 2, 2, 1)}</hp:tr>"
    )

    text = load(tmp_path, p(run(f'<hp:tbl rowCnt="3" colCnt="4">{rows}</hp:tbl>'))).text

    assert text.split("\n") == [
        f"일시 | {long.strip()}",
        f"부서 | 총무과 | 전화 | {longer.strip()}",
        "담당 | 홍길동 | 휴대 |",
    ]
