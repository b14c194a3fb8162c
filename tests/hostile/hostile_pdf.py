"""PDF files and pictures."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Final

from hostile_kinds import BIG, READ, Kind, half, kind

from retrieval.errors import LoadReason

if TYPE_CHECKING:
    from collections.abc import Sequence


def pdf(objects: Sequence[bytes], *, trailer: bytes = b"", prev: int | None = None) -> bytes:
    """A PDF of these objects, the first being the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    back = b"" if prev is None else b"/Prev %d" % (start if prev < 0 else prev)
    return bytes(
        out
        + b"trailer\n<</Size %d/Root 1 0 R%b%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, back, trailer, start)
    )


def stream(data: bytes, *, head: bytes = b"") -> bytes:
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(data), head, data)


_CATALOGUE: Final = b"<</Type/Catalog/Pages 2 0 R>>"
_FONT: Final = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_WORDS: Final = b"BT /F1 12 Tf 72 700 Td (The purpose of this ordinance is to govern parking.) Tj ET"


def page(
    content: bytes, *, box: bytes = b"0 0 595 842", resources: bytes = b"/Font<</F1 5 0 R>>", more: bytes = b""
) -> bytes:
    body = b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 4 0 R/Resources<<%b>>>>" % (box, resources)
    return pdf([_CATALOGUE, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", body, content, _FONT, *([more] if more else [])])


def page_loop() -> bytes:
    return pdf([_CATALOGUE, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2000>>"])


def many_pages() -> bytes:
    kids = b" ".join([b"3 0 R"] * 100_000)
    return pdf(
        [_CATALOGUE, b"<</Type/Pages/Kids[%b]/Count 100000>>" % kids, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"]
    )


def nested_filters() -> bytes:
    data = bytes(4 * BIG)
    for _ in range(2):
        data = zlib.compress(data, 9)
    return page(stream(data, head=b"/Filter[/FlateDecode/FlateDecode]"))


def huge_page() -> bytes:
    return page(stream(b"q 1 0 0 1 0 0 cm Q"), box=b"0 0 10000000 10000000")


def locked() -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption  # noqa: PLC0415 - slow to import
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=StandardEncryption("1234", canPrint=0), invariant=1)
    canvas.drawString(100, 100, "locked")
    canvas.save()
    return buffer.getvalue()


def script() -> bytes:
    action = b"/OpenAction<</S/JavaScript/JS(while\\(1\\){})>>/AA<</WC<</S/Launch/F(/bin/sh)>>>>"
    catalogue = b"<</Type/Catalog/Pages 2 0 R%b>>" % action
    body = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    return pdf([catalogue, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", body, stream(_WORDS), _FONT])


def form_loop() -> bytes:
    form = stream(b"/X Do /X Do", head=b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>")
    return page(stream(b"/X Do " + _WORDS), resources=b"/Font<</F1 5 0 R>>/XObject<</X 6 0 R>>", more=form)


def deep_arrays() -> bytes:
    return page(stream(b"[" * 200_000 + b"]" * 200_000 + b" TJ " + _WORDS))


def deep_objects() -> bytes:
    return pdf(
        [b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * 100_000 + b"]" * 100_000 + b">>", b"<</Type/Pages/Kids[]/Count 0>>"]
    )


def many_glyphs() -> bytes:
    """Text without end over the same spot."""
    line = b"(" + b"a" * 1000 + b") Tj\n"
    return page(stream(zlib.compress(b"BT /F1 1 Tf " + line * 11_000 + b"ET", 9), head=b"/Filter/FlateDecode"))


def no_objects() -> bytes:
    return b"%PDF-1.7\n" + b"garbage " * 2000 + b"\n%%EOF"


def chunk(kind_: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind_ + data + struct.pack(">I", zlib.crc32(kind_ + data))


def png(width: int, height: int, *extra: bytes, data: bytes | None = None) -> bytes:
    """A white picture of one bit a pixel."""
    if data is None:
        packer = zlib.compressobj(9)
        row = b"\0" + b"\xff" * ((width + 7) // 8)
        data = packer.compress(row * min(height, 500)) + packer.flush()  # the rest is missing, which nobody should see
    header = struct.pack(">2I5B", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(extra) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def tiff_loop() -> bytes:
    entries = [
        (256, 4, 1, 8),
        (257, 4, 1, 8),
        (258, 3, 1, 1),
        (259, 3, 1, 1),
        (262, 3, 1, 0),
        (273, 4, 1, 8),
        (279, 4, 1, 8),
    ]
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<2H2I", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 16) + bytes(8) + body + struct.pack("<I", 16)  # the next page is this one


def jpeg() -> bytes:
    from PIL import Image  # noqa: PLC0415 - slow to import

    buffer = io.BytesIO()
    Image.effect_noise((600, 600), 80).save(buffer, "JPEG")
    return buffer.getvalue()


def jpeg_of_giants() -> bytes:
    data = jpeg()
    at = data.index(b"\xff\xc0")
    return data[: at + 5] + struct.pack(">2H", 65500, 65500) + data[at + 9 :]


_PICTURE: Final = (LoadReason.BOMB, LoadReason.TOO_COMPLEX)
_BROKEN: Final = (LoadReason.DAMAGED, LoadReason.TRUNCATED)
# A picture without words, on a machine with and without recognition.
_WORDLESS: Final = (LoadReason.NO_TEXT, LoadReason.OCR_UNAVAILABLE)

PDF_KINDS: Final[dict[str, Kind]] = {
    "pdf, pages in a circle": kind(".pdf", page_loop, LoadReason.DAMAGED),
    "pdf, 100,000 pages": kind(".pdf", many_pages, LoadReason.TOO_COMPLEX),
    "pdf, cross-references in a circle": kind(
        ".pdf", lambda: pdf([_CATALOGUE, b"<</Type/Pages/Kids[]/Count 0>>"], prev=-1), *_BROKEN
    ),
    "pdf, zeros packed twice": kind(
        ".pdf",
        nested_filters,
        *(LoadReason.BOMB, LoadReason.MEMORY, LoadReason.TIMEOUT, LoadReason.TOO_COMPLEX, LoadReason.DAMAGED),
        *_WORDLESS,
    ),
    "pdf, a page of three kilometres": kind(".pdf", huge_page, LoadReason.TOO_COMPLEX, LoadReason.BOMB, *_WORDLESS),
    "pdf, locked by a password": kind(".pdf", locked, LoadReason.PASSWORD),
    "pdf, with a script and a program": kind(".pdf", script, READ),
    "pdf, a form within itself": kind(".pdf", form_loop, READ, *_BROKEN, LoadReason.MEMORY, LoadReason.TIMEOUT),
    "pdf, arrays 200,000 deep": kind(".pdf", deep_arrays, READ),
    "pdf, objects 100,000 deep": kind(".pdf", deep_objects, LoadReason.DAMAGED),
    "pdf, eleven million letters": kind(
        ".pdf", many_glyphs, LoadReason.TOO_COMPLEX, LoadReason.TIMEOUT, LoadReason.MEMORY
    ),
    "pdf, without objects": kind(".pdf", no_objects, LoadReason.DAMAGED),
    "pdf, cut off": kind(".pdf", half(lambda: page(stream(_WORDS * 50)), 0.4), LoadReason.TRUNCATED),
}

PICTURE_KINDS: Final[dict[str, Kind]] = {
    "png, 60,000 by 60,000": kind(".png", lambda: png(60_000, 60_000), *_PICTURE),
    "png, says so and is not": kind(".png", lambda: png(2_000_000_000, 2_000_000_000, data=b"x"), *_PICTURE, *_BROKEN),
    "png, a note without end": kind(
        ".png",
        lambda: png(64, 64, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2 * BIG), 9))),
        *(*_PICTURE, *_BROKEN, *_WORDLESS),
    ),
    "png, cut off": kind(".png", half(lambda: png(64, 64, chunk(b"tEXt", b"a\0" + bytes(400)))), *_BROKEN),
    "png, empty": kind(".png", lambda: png(64, 64), *_WORDLESS),
    "tiff, pages in a circle": kind(
        ".tif", tiff_loop, *_BROKEN, LoadReason.TOO_COMPLEX, LoadReason.TIMEOUT, *_WORDLESS
    ),
    "jpeg, cut off": kind(".jpg", half(jpeg), *_BROKEN),
    "jpeg, says it is 65,500 by 65,500": kind(".jpg", jpeg_of_giants, *_PICTURE, *_BROKEN),
    "bmp, says it is 60,000 by 60,000": kind(
        ".bmp",
        lambda: (
            b"BM" + struct.pack("<I4xI", 54, 54) + struct.pack("<I2i2H6I", 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)
        ),
        *(*_PICTURE, *_BROKEN, LoadReason.UNSUPPORTED),
    ),
    "gif": kind(".gif", lambda: b"GIF89a" + bytes(20), LoadReason.UNSUPPORTED, *_BROKEN),
}
