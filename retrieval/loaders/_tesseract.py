"""Tesseract through its C interface (``tesseract/capi.h``, stable since 3.02): the system's own library, in-process.

The library is loaded, not a program started: a parsing child may start none. A wheel with a copy of the library exists
but carries a GPL picture library along; the system's package manager brings this one with its own licences.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from ctypes import POINTER, c_char_p, c_float, c_int, c_void_p
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAMES: Final = ("libtesseract.so.5", "libtesseract.so.4", "libtesseract.so")
_WORD, _LINE, _PARAGRAPH = 3, 2, 1  # PageIteratorLevel: RIL_WORD, RIL_TEXTLINE, RIL_PARA
_SIGNATURES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "TessBaseAPICreate": (c_void_p, ()),
    "TessBaseAPIInit3": (c_int, (c_void_p, c_char_p, c_char_p)),
    "TessBaseAPISetPageSegMode": (None, (c_void_p, c_int)),
    "TessBaseAPISetVariable": (c_int, (c_void_p, c_char_p, c_char_p)),
    "TessBaseAPISetImage": (None, (c_void_p, c_char_p, c_int, c_int, c_int, c_int)),
    "TessBaseAPISetSourceResolution": (None, (c_void_p, c_int)),
    "TessBaseAPIRecognize": (c_int, (c_void_p, c_void_p)),
    "TessBaseAPIGetIterator": (c_void_p, (c_void_p,)),
    "TessBaseAPIClear": (None, (c_void_p,)),
    "TessBaseAPIEnd": (None, (c_void_p,)),
    "TessBaseAPIDelete": (None, (c_void_p,)),
    "TessMonitorCreate": (c_void_p, ()),
    "TessMonitorDelete": (None, (c_void_p,)),
    "TessMonitorSetDeadlineMSecs": (None, (c_void_p, c_int)),
    "TessResultIteratorGetPageIterator": (c_void_p, (c_void_p,)),
    "TessResultIteratorNext": (c_int, (c_void_p, c_int)),
    "TessResultIteratorGetUTF8Text": (c_void_p, (c_void_p, c_int)),
    "TessResultIteratorConfidence": (c_float, (c_void_p, c_int)),
    "TessResultIteratorDelete": (None, (c_void_p,)),
    "TessPageIteratorIsAtBeginningOf": (c_int, (c_void_p, c_int)),
    "TessPageIteratorBoundingBox": (
        c_int,
        (c_void_p, c_int, POINTER(c_int), POINTER(c_int), POINTER(c_int), POINTER(c_int)),
    ),
    "TessDeleteText": (None, (c_void_p,)),
    "TessVersion": (c_char_p, ()),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of a line: its box in pixels of the picture, and what stands before it.

    The engine parts Korean words by syllable: ``blank`` tells whether there is a space before this piece.
    """

    text: str
    confidence: float
    left: int
    top: int
    right: int
    bottom: int
    begins_line: bool
    begins_paragraph: bool
    blank: bool


@cache
def library() -> Any | None:  # noqa: ANN401 - ctypes is untyped
    """Load the library once; ``None`` where it is not installed or lacks what is needed."""
    for name in _NAMES:
        with suppress(OSError, AttributeError):
            loaded = ctypes.CDLL(name)
            for function, (result, arguments) in _SIGNATURES.items():
                bound = getattr(loaded, function)
                bound.restype, bound.argtypes = result, list(arguments)
            return loaded
    return None


def version() -> str:
    """Return the version of the library, empty without one."""
    loaded = library()
    return "" if loaded is None else bytes(loaded.TessVersion()).decode("ascii", "replace")


class Engine:
    """One engine for one language; not to be shared by threads.

    Args:
        folder: holds ``<language>.traineddata``.
        language: Tesseract's name of it, ``kor``.
        layout: page segmentation mode, ``tesseract --help-psm``.

    Raises:
        RuntimeError: the library is not there or the data cannot be read.
    """

    def __init__(self, folder: Path, language: str, layout: int) -> None:
        loaded = library()
        if loaded is None:
            raise RuntimeError("libtesseract is not installed")
        self._library = loaded
        self._api = loaded.TessBaseAPICreate()
        # Messages go to standard error, which a parsing child has closed: a file may not be opened for writing there.
        loaded.TessBaseAPISetVariable(self._api, b"debug_file", b"")
        if loaded.TessBaseAPIInit3(self._api, str(folder).encode(), language.encode()) != 0:
            self.close()
            raise RuntimeError(f"{language}.traineddata cannot be read")
        loaded.TessBaseAPISetPageSegMode(self._api, layout)
        # The line's own text is the only place where the C interface tells of blanks; without this it has one after
        # every piece.
        loaded.TessBaseAPISetVariable(self._api, b"preserve_interword_spaces", b"1")

    def close(self) -> None:
        """Free the engine; calling this twice is harmless."""
        api, self._api = self._api, None
        if api:
            self._library.TessBaseAPIEnd(api)
            self._library.TessBaseAPIDelete(api)

    def words(self, pixels: bytes, width: int, height: int, *, dpi: int, deadline_ms: int) -> list[Found] | None:
        """Recognise a grey picture, one byte a pixel, rows without padding; ``None`` when the deadline passed."""
        lib = self._library
        lib.TessBaseAPISetImage(self._api, pixels, width, height, 1, width)
        lib.TessBaseAPISetSourceResolution(self._api, dpi)
        monitor = lib.TessMonitorCreate()
        try:
            lib.TessMonitorSetDeadlineMSecs(monitor, deadline_ms)
            if lib.TessBaseAPIRecognize(self._api, monitor) != 0:
                return None
            return list(self._found())
        finally:
            lib.TessMonitorDelete(monitor)
            lib.TessBaseAPIClear(self._api)

    def _found(self) -> Iterator[Found]:
        lib = self._library
        results = lib.TessBaseAPIGetIterator(self._api)
        if not results:  # nothing on the page
            return
        try:
            page = lib.TessResultIteratorGetPageIterator(results)  # the same object: moves and ends with it
            line, at = "", 0
            while True:
                if lib.TessPageIteratorIsAtBeginningOf(page, _LINE):
                    line, at = self._text(results, _LINE), 0
                text = self._text(results, _WORD)
                start = line.find(text, at)
                blank = start < 0 or any(character.isspace() for character in line[at:start])
                at = start + len(text) if start >= 0 else at
                found = self._word(page, text, float(lib.TessResultIteratorConfidence(results, _WORD)), blank=blank)
                if found is not None:
                    yield found
                if not lib.TessResultIteratorNext(results, _WORD):
                    return
        finally:
            lib.TessResultIteratorDelete(results)

    def _text(self, results: int, level: int) -> str:
        address = self._library.TessResultIteratorGetUTF8Text(results, level)
        if not address:
            return ""
        try:
            return ctypes.string_at(address).decode("utf-8", "replace")
        finally:
            self._library.TessDeleteText(address)

    def _word(self, page: int, text: str, confidence: float, *, blank: bool) -> Found | None:
        lib = self._library
        sides = [c_int() for _ in range(4)]
        if not text or not lib.TessPageIteratorBoundingBox(page, _WORD, *(ctypes.byref(side) for side in sides)):
            return None
        left, top, right, bottom = (side.value for side in sides)
        return Found(
            text,
            confidence,
            left,
            top,
            right,
            bottom,
            begins_line=bool(lib.TessPageIteratorIsAtBeginningOf(page, _LINE)),
            begins_paragraph=bool(lib.TessPageIteratorIsAtBeginningOf(page, _PARAGRAPH)),
            blank=blank,
        )
