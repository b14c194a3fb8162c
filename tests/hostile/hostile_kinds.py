"""What a hostile file is to these tests: how to make it, and every way in which reading it may end."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrieval.loaders.limits import MIB, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retrieval.errors import LoadReason

# The product's limits, with those made smaller that would only make the tests slower.
LIMITS: Final = Limits(
    max_inflated_bytes=24 * MIB, cpu_seconds=48, memory_bytes=1024 * MIB, wall_seconds=30, max_ocr_pages=2
)
BIG: Final = 32 * MIB  # more than may be unpacked
READ: Final = "read"  # a document with text: the file is odd and does no harm
SECRET: Final = "root:x:0:0"  # of /etc/passwd: must never be in a document
BODY: Final = "제1조(목적) 이 조례는 주차장의 관리에 필요한 사항을 정한다."
XML: Final = '<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS: Final = (
    '<!DOCTYPE x [<!ENTITY a "하하하하하하하하하하">'
    + "".join(f'<!ENTITY {n} "{f"&{p};" * 10}">' for p, n in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
OUTSIDE: Final = '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'


@dataclass(frozen=True, slots=True)
class Kind:
    """One hostile file; ``ends`` are the reasons that are right for it, ``READ`` among them allows a document."""

    ending: str
    make: Callable[[], bytes]
    ends: frozenset[str]


def kind(ending: str, make: Callable[[], bytes], *ends: LoadReason | str) -> Kind:
    return Kind(ending, make, frozenset(str(end) for end in ends))


def archive(members: Mapping[str, bytes | str], *, stored: tuple[str, ...] = ("mimetype",)) -> bytes:
    """A ZIP file of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, data in members.items():
            writer.writestr(name, data, zipfile.ZIP_STORED if name in stored else None)
    return buffer.getvalue()


def zeros(size: int) -> bytes:
    """A ZIP file's worst friend: bytes that pack to a thousandth."""
    return bytes(size)


def half(make: Callable[[], bytes], share: float = 0.5) -> Callable[[], bytes]:
    """The file as a transfer leaves it that breaks off."""

    def cut() -> bytes:
        data = make()
        return data[: int(len(data) * share)]

    return cut
