"""Seeded damage to real files: to their bytes, and to what lies inside their containers, checksums kept right.

A mutation takes a random generator and a file's bytes and returns other bytes; the same seed gives the same file.
"""

from __future__ import annotations

import io
import re
import struct
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "loaders"))  # the writer of compound files

from compound_file import compound_file

Mutation = "Callable[[random.Random, bytes], bytes]"

_MOST_BYTES: Final = 8 * 1024 * 1024
_EXTREMES: Final = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_NUMBERS: Final = re.compile(rb"\d{1,9}")
_ODD_NUMBERS: Final = (b"0", b"-1", b"1", b"2147483647", b"4294967296", b"999999999", b"1e308", b"NaN")
_TAG: Final = re.compile(rb"<[^<>]{1,300}>")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def flip_bits(chance: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 32)):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def overwrite(chance: random.Random, data: bytes) -> bytes:
    size = min(len(data), chance.choice((1, 4, 16, 256, 4096)))
    at = chance.randrange(len(data) - size + 1)
    filling = chance.choice((bytes(size), b"\xff" * size, chance.randbytes(size)))
    return data[:at] + filling + data[at + size :]


def truncate(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(1, len(data) + 1)]


def append(chance: random.Random, data: bytes) -> bytes:
    return data + chance.choice((bytes(4096), chance.randbytes(512), data[: 64 * 1024]))


def _stretch(chance: random.Random, data: bytes) -> tuple[int, int]:
    size = min(len(data), chance.choice((8, 64, 512, 4096, 65536)))
    at = chance.randrange(len(data) - size + 1)
    return at, at + size


def repeat_block(chance: random.Random, data: bytes) -> bytes:
    start, end = _stretch(chance, data)
    return data[:end] + data[start:end] * chance.choice((1, 2, 50)) + data[end:]


def remove_block(chance: random.Random, data: bytes) -> bytes:
    start, end = _stretch(chance, data)
    return data[:start] + data[end:] or data


def swap_blocks(chance: random.Random, data: bytes) -> bytes:
    first, second = sorted((_stretch(chance, data), _stretch(chance, data)))
    if first[1] > second[0]:
        return flip_bits(chance, data)
    middle = data[first[1] : second[0]]
    return data[: first[0]] + data[slice(*second)] + middle + data[slice(*first)] + data[second[1] :]


def edit_length(chance: random.Random, data: bytes) -> bytes:
    """Set what may be a length, an offset or a count to something extreme or off by a little."""
    form = chance.choice(("<I", ">I", "<H", ">H"))
    size = struct.calcsize(form)
    if len(data) < size:
        return data
    at = chance.randrange(len(data) - size + 1)
    at -= at % size
    value = struct.unpack_from(form, data, at)[0]
    value = chance.choice((*_EXTREMES, value + 1, value - 1, value * 2, value ^ 0x8000)) % (1 << 8 * size)
    return data[:at] + struct.pack(form, value) + data[at + size :]


def edit_number(chance: random.Random, data: bytes) -> bytes:
    """Change a number written in digits: a span, a count, an offset of a PDF."""
    found = list(_NUMBERS.finditer(data[: 2 * 1024 * 1024]))
    if not found:
        return flip_bits(chance, data)
    for one in sorted(chance.sample(found, min(len(found), chance.randint(1, 4))), key=re.Match.start, reverse=True):
        data = data[: one.start()] + chance.choice(_ODD_NUMBERS) + data[one.end() :]
    return data


def edit_tags(chance: random.Random, data: bytes) -> bytes:
    """Remove, repeat, nest or exchange tags of XML and HTML."""
    found = list(_TAG.finditer(data[: 2 * 1024 * 1024]))
    if not found:
        return swap_blocks(chance, data)
    one, other = chance.choice(found), chance.choice(found)
    new = chance.choice((b"", one.group() * 2, one.group() * 300, other.group(), b"</x>", b"<![CDATA[", b"&x;"))
    return data[: one.start()] + new + data[one.end() :]


def edit_text(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    piece = chance.choice((b"\0", b'"', b"```\n", b"|", b"\xb0\xa1", "가".encode()[:2], b"[" * 5000, b"> " * 500))
    return data[:at] + piece + data[at:]


def in_zip(chance: random.Random, data: bytes) -> bytes:
    """Damage one member of a ZIP file and pack it again: sizes and checksums are right, the content is not."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError):
        return flip_bits(chance, data)
    names = [name for name, content in members.items() if content]
    if not names:
        return flip_bits(chance, data)
    marked = [name for name in names if name.endswith((".xml", ".rels", ".hpf"))]
    name = chance.choice(marked if marked and chance.random() < 0.8 else names)
    act = chance.choice((edit_tags, edit_number, edit_tags, truncate, repeat_block, remove_block, flip_bits))
    if chance.random() < 0.05:
        del members[name]
    else:
        members[name] = act(chance, members[name])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in members.items():
            archive.writestr(each, content, zipfile.ZIP_STORED if each == "mimetype" else None)
    return buffer.getvalue()


def in_ole(chance: random.Random, data: bytes) -> bytes:
    """Damage one stream of a compound file, unpacked where Hangul packs it, and write the file anew."""
    import olefile  # noqa: PLC0415 - comes with python-oxmsg

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            streams = {"/".join(path): ole.openstream(path).read() for path in ole.listdir()}
    except (OSError, IndexError, ValueError, struct.error):
        return edit_length(chance, data)
    names = [name for name, content in streams.items() if content]
    if not names or sum(map(len, streams.values())) > 6 * 1024 * 1024:
        return edit_length(chance, data)
    body = [name for name in names if name.startswith(("BodyText", "DocInfo", "FileHeader", "__substg"))]
    name = chance.choice(body if body and chance.random() < 0.8 else names)
    streams[name] = _in_stream(chance, streams[name])
    return compound_file(streams)


def _in_stream(chance: random.Random, content: bytes) -> bytes:
    act = chance.choice((edit_length, edit_length, flip_bits, truncate, repeat_block, remove_block, overwrite))
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = unpacker.decompress(content, _MOST_BYTES)
    except zlib.error:
        return act(chance, content)
    if not plain or not unpacker.eof:
        return act(chance, content)
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(act(chance, plain)) + packer.flush()


_BYTES: Final = (flip_bits, overwrite, truncate, append, repeat_block, remove_block, swap_blocks, edit_length)
_WORDS: Final = (edit_number, edit_tags, edit_text, truncate, repeat_block, remove_block, swap_blocks, flip_bits)


def mutate(chance: random.Random, data: bytes, others: Sequence[bytes]) -> tuple[bytes, str]:
    """Damage a file one to three times; return it and what was done.

    Args:
        chance: decides everything.
        data: the file.
        others: further files of the kind, to splice with.
    """
    done = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = data[:_MOST_BYTES] or b"\0"
        act = chance.choice(_suited(data))
        if others and chance.random() < 0.03:
            other = chance.choice(others)
            data, name = data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :], "splice"
        else:
            data, name = act(chance, data), act.__name__
        done.append(name)
    return data or b"\0", "+".join(done)


def _suited(data: bytes) -> Sequence[Callable[[random.Random, bytes], bytes]]:
    if data.startswith(b"PK"):
        return (*_BYTES, *[in_zip] * 16)
    if data.startswith(_OLE):
        return (*_BYTES, *[in_ole] * 16)
    if data.startswith(b"%PDF"):
        return (*_BYTES, *[edit_number] * 6)
    return _WORDS if data[:512].count(b"\0") == 0 else _BYTES
