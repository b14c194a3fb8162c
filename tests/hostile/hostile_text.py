"""Text: plain, tables, markup, messages."""

from __future__ import annotations

from typing import Final

from hostile_kinds import BODY, OUTSIDE, READ, XML, Kind, kind
from hostile_zips import MEGABYTE

from retrieval.errors import LoadReason


def html(body: str) -> bytes:
    return f"<!DOCTYPE html><html><body>{body}</body></html>".encode()


def mail(body: bytes, *headers: str) -> bytes:
    lines = ["From: a@example.org", "To: b@example.org", "Subject: =?utf-8?B?7ZqM7J2Y?=", "MIME-Version: 1.0", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def mails_in_mails(depth: int) -> bytes:
    data = mail(BODY.encode(), "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit")
    for _ in range(depth):
        data = mail(data, "Content-Type: message/rfc822")
    return data


def parts_in_parts(depth: int) -> bytes:
    before = b"".join(
        b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (n, n + 1) for n in range(depth)
    )
    inner = b"--b%d\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%b\r\n" % (depth, BODY.encode())
    return mail(before + inner, 'Content-Type: multipart/mixed; boundary="b0"')


def many_parts(count: int) -> bytes:
    part = b'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\nx\r\n'
    return mail(part * count + b"--b--\r\n", 'Content-Type: multipart/mixed; boundary="b"')


def yaml_bomb() -> bytes:
    lines = ["a0: &a0 [하, 하, 하, 하, 하, 하, 하, 하, 하, 하]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return f"---\n{chr(10).join(lines)}\n제목: 조례\n---\n\n# 조례\n\n{BODY}\n".encode()


_GREEDY: Final = (LoadReason.TOO_COMPLEX, LoadReason.TIMEOUT, LoadReason.MEMORY)

TEXT_KINDS: Final[dict[str, Kind]] = {
    "csv, one line of 12 MB": kind(".csv", lambda: b"a," * (12 * MEGABYTE // 2), *_GREEDY),
    "csv, one cell of 12 MB": kind(".csv", lambda: b"a" * (12 * MEGABYTE), *_GREEDY, LoadReason.DAMAGED),
    "csv, a quote that never ends": kind(
        ".csv", ('번호,내용\n1,"' + "가나다 라마바\n" * 50_000).encode, *_GREEDY, READ, LoadReason.DAMAGED
    ),
    "csv, 300,000 columns": kind(".csv", lambda: b",".join([b"x"] * 300_000) + b"\n", *_GREEDY),
    "csv, nothing but separators": kind(".csv", lambda: b",,,,\n" * 1000, LoadReason.NO_TEXT),
    "html, 100,000 deep": kind(".html", lambda: html("<div>" * 100_000 + BODY), LoadReason.TOO_COMPLEX),
    "html, tables 2,000 deep": kind(".html", lambda: html("<table><tr><td>" * 2000 + BODY), LoadReason.TOO_COMPLEX),
    "html, cells over 10^12 places": kind(
        ".html",
        lambda: html('<table><tr><td colspan="1000000" rowspan="1000000">값</td></tr></table>' * 20),
        *(*_GREEDY, READ),
    ),
    "html, 20,000 attributes": kind(
        ".html", lambda: html("<p " + " ".join(f"a{n}=1" for n in range(20_000)) + f">{BODY}</p>"), *_GREEDY, READ
    ),
    "html, entity of a file of the system": kind(
        ".html", f"{XML}{OUTSIDE}<html><body>&i;</body></html>".encode, LoadReason.EXTERNAL_ENTITY
    ),
    "xml, entity of a file of the system": kind(".xml", f"{XML}{OUTSIDE}<x>&i;</x>".encode, LoadReason.EXTERNAL_ENTITY),
    "md, brackets that never close": kind(".md", lambda: b"# a\n\n" + b"[" * 200_000, READ, *_GREEDY),
    "md, stars and underscores": kind(".md", lambda: b"# a\n\n" + b"*_" * 200_000 + b" a", READ),
    "md, quotes 100,000 deep": kind(".md", lambda: b"> " * 100_000 + BODY.encode(), READ),
    "md, a table of 300,000 columns": kind(
        ".md", lambda: b"|" + b"a|" * 300_000 + b"\n|" + b"-|" * 300_000 + b"\n|" + b"b|" * 300_000, READ, *_GREEDY
    ),
    "md, numbers without end": kind(".md", ("제" + "1" * 300_000 + "조").encode, READ, *_GREEDY),
    "md, spaces and a letter": kind(".md", lambda: b"# " + b" " * 500_000 + b"a\n" + b"-" * 100_000, READ, *_GREEDY),
    "md, front matter that multiplies": kind(".md", yaml_bomb, READ),
    "md, front matter that makes objects": kind(
        ".md",
        f"---\n제목: !!python/object/apply:os.system ['true']\n---\n\n{BODY}\n".encode,
        READ,
    ),
    "txt, 11 million letters": kind(".txt", lambda: b"a" * 11_000_000, LoadReason.TOO_COMPLEX),
    "txt, two encodings and zeros": kind(
        ".txt", lambda: BODY.encode() + b"\0\0" + BODY.encode("cp949") + b"\xff\xfe\x80", LoadReason.ENCODING
    ),
    "txt, UTF-16 without its mark": kind(".txt", lambda: BODY.encode("utf-16-le") * 20, LoadReason.ENCODING),
    "txt, only spaces": kind(".txt", lambda: b" \r\n\t\n" * 100, LoadReason.EMPTY),
    "txt, only characters that do not show": kind(".txt", ("\u200b\u202e\ufeff\u00ad" * 100).encode, LoadReason.EMPTY),
    "txt, a program": kind(".txt", lambda: b"\x7fELF" + bytes(500), LoadReason.UNSUPPORTED),
    "pdf, a text by that name": kind(".pdf", BODY.encode, LoadReason.DAMAGED),
    "hwp, noise by that name": kind(".hwp", lambda: bytes(range(1, 255)) * 30, LoadReason.DAMAGED),
    "rar": kind(".rar", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(100), LoadReason.UNSUPPORTED),
    "gz": kind(".gz", lambda: b"\x1f\x8b\x08" + bytes(100), LoadReason.UNSUPPORTED),
    "eml, messages 50 deep": kind(".eml", lambda: mails_in_mails(50), READ),
    "eml, parts 500 deep": kind(
        ".eml", lambda: parts_in_parts(500), LoadReason.NESTED, LoadReason.TOO_COMPLEX, LoadReason.DAMAGED, READ
    ),
    "eml, 1,200 parts": kind(".eml", lambda: many_parts(1_200), *_GREEDY, LoadReason.NESTED, READ),
    "eml, a header of 10 MB": kind(
        ".eml",
        lambda: mail(BODY.encode(), "X-Long: " + "a" * (10 * MEGABYTE), "Content-Type: text/plain; charset=utf-8"),
        *(*_GREEDY, READ),
    ),
    "eml, an address without end": kind(
        ".eml", lambda: mail(BODY.encode(), "Cc: " + "(" * 100_000, "Reply-To: " + '"' * 100_001), *_GREEDY, READ
    ),
    "eml, a boundary that is everywhere": kind(
        ".eml",
        lambda: mail(b"--\r\n" * 400_000, 'Content-Type: multipart/mixed; boundary=""'),
        *_GREEDY,
        READ,
        LoadReason.NO_TEXT,
    ),
    "eml, only headers": kind(".eml", lambda: mail(b""), READ, LoadReason.NO_TEXT),
}
