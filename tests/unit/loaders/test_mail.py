"""E-mail in the forms that offices have it: bodies, Korean charsets, attachments, what mailers break."""

from __future__ import annotations

import base64
import datetime as dt
import struct
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from compound_file import compound_file

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import Limits, load
from retrieval.loaders._rtf import decompress, words
from retrieval.loaders.email_message import decode_words

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument

PLAIN = "안녕하세요. 주차장 요금 개정안을 보내드리니 검토하여 주시기 바랍니다."
PAGE = "<html><body><p>안녕하세요.</p>{}</body></html>"
TABLE = "<table><tr><td>구분</td><td>요금</td></tr><tr><td>승용</td><td>1,000원</td></tr></table>"


def read(data: bytes, tmp_path: Path, name: str = "메일.eml") -> ParsedDocument:
    path = tmp_path / name
    path.write_bytes(data)
    return load(path)


def encoded(text: str, charset: str) -> str:
    return base64.b64encode(text.encode("cp949" if charset.startswith("ks") else charset)).decode()


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"Subject": "요금 개정안", "From": "mina@example.com", **headers}.items():
        message[name] = value
    return message


def test_head_body_and_metadata(tmp_path: Path) -> None:
    message = mail(
        To="이호 <lee@example.com>, park@example.com", Cc="c@example.com", Date="Fri, 02 Jan 2026 13:30:00 +0900"
    )
    message.set_content(f"{PLAIN}\n\n> 지난 메일에서 쓴 글\n\n--\n김민아 드림\n")

    document = read(message.as_bytes(), tmp_path)

    assert document.text == (
        "요금 개정안\n\n보낸 사람: mina@example.com\n받는 사람: 이호 <lee@example.com>, park@example.com\n"
        f"참조: c@example.com\n날짜: 2026-01-02 13:30\n\n{PLAIN}\n\n> 지난 메일에서 쓴 글\n\n--\n김민아 드림"
    )
    assert document.title == "요금 개정안"
    assert document.metadata["To"] == ["이호 <lee@example.com>", "park@example.com"]
    assert document.metadata["Date"] == "2026-01-02T13:30:00+09:00"


@pytest.mark.parametrize("charset", ["euc-kr", "ks_c_5601-1987", "cp949", "utf-8", "iso-2022-kr", "utf-16"])
def test_korean_charsets(tmp_path: Path, charset: str) -> None:
    head = f"Subject: =?{charset}?B?{encoded('요금 개정안', charset)}?=\r\nFrom: a@example.com\r\nTo: b@example.com\r\n"
    head += f'Content-Type: text/plain; charset="{charset}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'

    document = read((head + encoded(PLAIN, charset)).encode(), tmp_path)

    assert document.title == "요금 개정안"
    assert PLAIN in document.text


def test_a_character_cut_in_two_between_encoded_words() -> None:
    raw = "주차장 요금".encode("cp949")
    first, second = (base64.b64encode(part).decode() for part in (raw[:3], raw[3:]))

    assert decode_words(f"=?euc-kr?B?{first}?=\r\n =?EUC-KR?B?{second}?= (회신)") == "주차장 요금 (회신)"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?Q?=EC=9A=94=EA=B8=88_=EC=95=88=EB=82=B4?=", "요금 안내"),
        ("[공지] =?utf-8?B?7JqU6riI?= 끝", "[공지] 요금 끝"),
        ("=?x-unknown?B?7JqU6riI?=", "요금"),
        ("=?utf-8?B?7JqU6ri?=", "요"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    ],
)
def test_encoded_words(value: str, expected: str) -> None:
    assert decode_words(value) == expected


def test_headers_in_bare_bytes(tmp_path: Path) -> None:
    data = "From: 김민아 <a@example.com>\r\nTo: b@example.com\r\nSubject: 날것 제목\r\n\r\n본문입니다".encode("cp949")

    document = read(data, tmp_path)

    assert document.title == "날것 제목"
    assert document.metadata["From"] == "김민아 <a@example.com>"
    assert "본문입니다" in document.text


def test_the_page_is_taken_where_it_says_more_than_the_plain_text(tmp_path: Path) -> None:
    for plain, table, expected in (
        (PLAIN, "", PLAIN),
        ("승용 1,000원", TABLE, "승용 | 1,000원"),
        ("", "", "안녕하세요."),
    ):
        message = mail()
        message.set_content(plain)
        message.add_alternative(PAGE.format(table), subtype="html")
        assert expected in read(message.as_bytes(), tmp_path).text


def test_attachments_with_their_names_and_no_pictures_of_the_text(tmp_path: Path) -> None:
    inner = mail(Subject="안쪽 메일")
    inner.set_content("안쪽 본문")
    message = mail()
    message.set_content(PLAIN)
    message.add_attachment(b"# \xea\xb8\x80", maintype="application", subtype="octet-stream", filename="한글 문서.md")
    message.add_attachment(b"x", maintype="application", subtype="octet-stream", filename="한글 문서.md")
    message.add_attachment(b"x", maintype="application", subtype="ms-tnef", filename="../../winmail.dat")
    message.add_attachment(inner)
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", cid="<logo>", disposition="inline")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="찍은 문서.png")
    message.add_attachment(b"0", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")

    document = read(message.as_bytes(), tmp_path)

    names = [one.name for one in document.attachments]
    assert names == ["한글 문서.md", "한글 문서 (2).md", "winmail.dat", "안쪽 메일.eml", "찍은 문서.png"]
    assert "첨부: 한글 문서.md (5 B)" in document.text
    inside = read(document.attachments[3].data, tmp_path, "안쪽.eml")
    assert "안쪽 본문" in inside.text
    assert "안쪽 본문" not in document.text


def test_names_as_old_mailers_write_them(tmp_path: Path) -> None:
    word = base64.b64encode("회의록.txt".encode("cp949"))
    parts = [
        b'Content-Type: application/octet-stream; name="\xb0\xf8\xb9\xae.txt"',
        b'Content-Type: application/octet-stream; name="=?euc-kr?B?%s?="' % word,
        b"Content-Disposition: attachment;\r\n filename*0*=utf-8''%ED%95%9C;\r\n filename*1*=%EA%B8%80.txt",
    ]
    body = b"".join(b"--B\r\n" + part + b"\r\n\r\nx\r\n" for part in parts) + b"--B--\r\n"
    head = (
        b"From: a@example.com\r\nTo: b@example.com\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"
    )

    assert [one.name for one in read(head + body, tmp_path).attachments] == ["공문.txt", "회의록.txt", "한글.txt"]


def test_a_message_that_was_cut_off_says_so(tmp_path: Path) -> None:
    message = mail()
    message.set_content(PLAIN)
    message.add_attachment(b"x" * 999, maintype="application", subtype="octet-stream", filename="a.md")

    document = read(message.as_bytes()[:-500], tmp_path)

    assert PLAIN in document.text
    assert "끊겨" in document.warnings[0]


def test_a_sealed_message_is_encrypted(tmp_path: Path) -> None:
    message = mail()
    message.set_content(b"0", maintype="application", subtype="pkcs7-mime")

    with pytest.raises(LoadError) as caught:
        read(message.as_bytes(), tmp_path)
    assert caught.value.reason is LoadReason.ENCRYPTED


def test_parts_inside_parts_without_end_are_refused(tmp_path: Path) -> None:
    head = "From: a@example.com\r\nTo: b@example.com\r\nSubject: s\r\n"
    body = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(200))

    with pytest.raises(LoadError) as caught:
        read((head + body + "\r\nx").encode(), tmp_path)
    assert caught.value.reason in {LoadReason.NESTED, LoadReason.TOO_COMPLEX}


def test_a_saved_page_is_a_page(tmp_path: Path) -> None:
    page = "<html><head><title>공고</title></head><body><h1>제1호 공고</h1><p>내용입니다.</p></body></html>"
    data = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.com/\r\nSubject: x\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="X"\r\n\r\n--X\r\nContent-Type: text/html\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{encoded(page, 'utf-8')}\r\n--X\r\nContent-Type: text/css\r\n\r\n"
        "body{}\r\n--X--\r\n"
    )

    document = read(data.encode(), tmp_path, "공고.mht")

    assert (document.text, document.title, document.attachments) == ("제1호 공고\n\n내용입니다.", "제1호 공고", ())


# -- Outlook


def fixed(*records: tuple[int, int, bytes], header: int) -> bytes:
    return bytes(header) + b"".join(struct.pack("<HHI8s", kind, number, 6, value) for kind, number, value in records)


def wide(number: int, text: str) -> dict[str, bytes]:
    return {f"__substg1.0_{number:04X}001F": text.encode("utf-16-le")}


def under(folder: str, streams: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for name, data in streams.items()}


def outlook(**more: bytes) -> bytes:
    since_1601 = dt.datetime(2026, 1, 2, 4, 30, tzinfo=dt.UTC) - dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
    sent = struct.pack("<Q", int(since_1601.total_seconds()) * 10**7)
    message = {"__properties_version1.0": fixed((0x0040, 0x0039, sent), header=32)}
    message |= (
        wide(0x0037, "요금 개정안") | wide(0x1000, PLAIN) | wide(0x0C1A, "김민아") | wide(0x5D01, "mina@example.com")
    )
    for index, (kind, name) in enumerate(((1, "이호"), (2, "박지우"))):
        record = fixed((0x0003, 0x0C15, struct.pack("<q", kind)), header=8)
        message |= under(
            f"__recip_version1.0_#{index:08X}",
            {"__properties_version1.0": record} | wide(0x3001, name) | wide(0x39FE, f"{index}@example.com"),
        )
    return compound_file(message | more)


def test_a_message_of_outlook(tmp_path: Path) -> None:
    document = read(outlook(), tmp_path, "메일.msg")

    assert document.text == (
        "요금 개정안\n\n보낸 사람: 김민아 <mina@example.com>\n받는 사람: 이호 <0@example.com>\n"
        f"참조: 박지우 <1@example.com>\n날짜: 2026-01-02 13:30\n\n{PLAIN}"
    )


def test_files_and_messages_attached_in_outlook(tmp_path: Path) -> None:
    first, second = "__attach_version1.0_#00000000", "__attach_version1.0_#00000001"
    file = {
        "__properties_version1.0": fixed((3, 0x3705, struct.pack("<q", 1)), header=8),
        "__substg1.0_37010102": b"# a",
    }
    inner = {"__properties_version1.0": fixed(header=24)} | wide(0x0037, "안쪽 메일") | wide(0x1000, "안쪽 본문")
    message = {"__properties_version1.0": fixed((3, 0x3705, struct.pack("<q", 5)), header=8)}
    message |= under("__substg1.0_3701000D", inner)
    data = outlook(**under(first, file | wide(0x3707, "붙임.md")), **under(second, message))

    document = read(data, tmp_path, "메일.msg")

    assert [one.name for one in document.attachments] == ["붙임.md", "안쪽 메일.eml"]
    assert document.attachments[0].data == b"# a"
    assert "안쪽 본문" in read(document.attachments[1].data, tmp_path, "안쪽.eml").text
    assert document == read(data, tmp_path, "메일.msg")


def test_outlook_before_unicode_wrote_in_the_code_page_of_korea(tmp_path: Path) -> None:
    streams = {"__properties_version1.0": bytes(32), "__substg1.0_0037001E": "요금 개정안".encode("cp949")}
    data = compound_file(streams | {"__substg1.0_1000001E": PLAIN.encode("cp949")})

    assert PLAIN in read(data, tmp_path, "메일.msg").text


RTF = (
    rb"{\rtf1\ansi\ansicpg949{\fonttbl{\f0 Batang;}}\f0\pard \'be\'c8\'b3\'e7\par "
    rb"\u50836?\u44552? 1,000\tab {\*\generator x;}\b won\b0\par}"
)


def test_rich_text_alone(tmp_path: Path) -> None:
    plain = struct.pack("<IIII", len(RTF) + 12, len(RTF), 0x414C454D, 0) + RTF
    data = compound_file({"__properties_version1.0": bytes(32), "__substg1.0_10090102": plain})

    assert read(data, tmp_path, "메일.msg").text == "안녕\n요금 1,000 won"


def test_compressed_rich_text() -> None:
    # The example of MS-OXRTFCP, 3.1.1.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert decompress(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert words(decompress(packed)) == "hello world"


@pytest.mark.parametrize("cut", [0, 3, 15, 16, 17, 30])
def test_broken_rich_text_ends(cut: int) -> None:
    assert isinstance(words(decompress(struct.pack("<IIII", 9, 2**31, 0x75465A4C, 0)[:cut] + b"\xff" * cut)), str)


def test_attachments_over_the_limit_are_refused(tmp_path: Path) -> None:
    message = mail()
    message.set_content(PLAIN)
    message.add_attachment(b"x" * 5000, maintype="application", subtype="octet-stream", filename="a.bin")
    path = tmp_path / "메일.eml"
    path.write_bytes(message.as_bytes())

    with pytest.raises(LoadError) as caught:
        load(path, limits=Limits(max_attachment_bytes=4000))
    assert caught.value.reason is LoadReason.TOO_COMPLEX
