"""Offline character recognition: the picture of a page in, its lines with their confidence out.

Tesseract's engine works inside this process (``_tesseract``), because a parsing child may start no program and write
no file. Measured choices (docs/adr/0015): Korean data alone, page layout 4 (one column of lines of any size), 300
dpi, columns found here; layout 3 breaks up ragged Korean pages and loses up to half of their text. A page that does not
read as Korean is tried as English, then turned by quarters; what stays unsure is dropped, never passed on as text.
"""

from __future__ import annotations

import math
import re
import resource
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _raster, _ruled, _tesseract
from retrieval.loaders._raster import Box
from retrieval.loaders._text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from retrieval.loaders._raster import Gray
    from retrieval.loaders._ruled import Grid
    from retrieval.loaders.limits import Limits

DPI: Final = 300
LANGUAGE: Final = "kor"
_SECOND: Final = "eng"
_LAYOUT: Final = 4  # PSM_SINGLE_COLUMN
_FOLDERS: Final = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
)
# Confidence is Tesseract's, 0-100, the mean over words weighted by their length. Measured: clean Korean pages 82-92;
# coarsened until half of the characters are wrong 77, until two thirds are 62, beyond that below 50; Chinese 60.
_SURE: Final = 70.0
_READABLE: Final = 65.0
_MIN_WORD: Final = 15.0
_MIN_LETTERS: Final = 2
_LETTER = re.compile(r"[^\W\d_]")
_SMALL_LINE: Final = 14  # pixels; below it recognition falls off, see the ADR
_GOOD_LINE: Final = 40
_MAX_SIDE: Final = 6000  # pixels: A4 at 500 dpi


@dataclass(frozen=True, slots=True)
class Word:
    """A word as recognised: confidence 0-100, box in pixels of the picture that was given."""

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class Line:
    """A line of words; ``starts`` says that a paragraph begins with it."""

    words: tuple[Word, ...]
    starts: bool = False

    @property
    def text(self) -> str:
        """The words with one space between them."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Mean over the words, weighted by length."""
        return _mean(self.words)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The lines of one picture in reading order, and how sure they are (0-100; 0 without a line).

    ``tables`` are its ruled tables, in the pixels that the words' boxes are in.
    """

    lines: tuple[Line, ...]
    confidence: float = 0.0
    tables: tuple[Grid, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether this is text and not what a recogniser makes of a photograph or a script that it does not know."""
        letters = sum(len(_LETTER.findall(line.text)) for line in self.lines)
        return self.confidence >= _READABLE and letters >= _MIN_LETTERS


def data_folder(limits: Limits) -> Path | None:
    """The folder with Korean recognition data: the one that is set, else the usual places; ``None`` without any."""
    for folder in (limits.tessdata,) if limits.tessdata else _FOLDERS:
        if (Path(folder) / f"{LANGUAGE}.traineddata").is_file():
            return Path(folder)
    return None


def unavailable(limits: Limits) -> str:
    """Why characters cannot be recognised here (for the log and the doctor), or nothing when they can."""
    if _tesseract.library() is None:
        return "libtesseract is not installed"
    return "" if data_folder(limits) else f"{LANGUAGE}.traineddata is not installed"


class Recogniser:
    """Recognises pages one after the other; not to be shared by threads. Use it as a context manager.

    Raises:
        LoadError: ``OCR_UNAVAILABLE`` where library or data are missing or broken.
    """

    def __init__(self, limits: Limits) -> None:
        why = unavailable(limits)
        if why:
            raise LoadError(LoadReason.OCR_UNAVAILABLE, why)
        self._limits = limits
        self._folder = data_folder(limits)
        self._turns = 0
        self._engines: dict[str, _tesseract.Engine] = {}
        self._engine(LANGUAGE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the engines; calling this twice is harmless."""
        for engine in self._engines.values():
            engine.close()
        self._engines = {}

    def recognise(self, gray: Gray, dpi: int = DPI) -> Recognised:
        """Recognise one page.

        Args:
            gray: the page, see ``_raster``.
            dpi: its resolution, 0 when unknown: text that is too small is then enlarged and read again.

        Raises:
            LoadError: ``TIMEOUT`` when the page takes longer than ``limits.ocr_cpu_seconds_per_page``.
        """
        gray = _raster.even(np.rot90(gray, self._turns) if self._turns else gray)
        if not _raster.inked(gray):
            return Recognised(())
        gray = _upright(gray)
        result = self._best(gray, dpi)
        if result.confidence >= _SURE:
            return replace(result, tables=tuple(_ruled.grids(gray, dpi or DPI)))
        for turns in (1, 3, 2):  # a sheet that went through the scanner sideways or upside down
            other = self._read(np.rot90(gray, turns), dpi, LANGUAGE)
            if other.confidence >= _SURE and _worth(other) > _worth(result):
                self._turns = (self._turns + turns) % 4  # the sheets behind it lie the same way
                return replace(other, tables=tuple(_ruled.grids(np.rot90(gray, turns), dpi or DPI)))
        return result

    def _best(self, gray: Gray, dpi: int) -> Recognised:
        """Read, and where that went badly once more: enlarged, without grain, as English."""
        result = self._read(gray, dpi, LANGUAGE)
        height = _line_height(result)
        if dpi == 0 and 0 < height < _SMALL_LINE and max(gray.shape) < _MAX_SIDE:
            factor = min(_GOOD_LINE / height, _MAX_SIDE / max(gray.shape), 4.0)
            larger = _scaled(self._read(_raster.resized(gray, factor), DPI, LANGUAGE), 1 / factor)
            result = max(result, larger, key=_worth)
        if result.confidence < _SURE:
            result = max(result, self._read(_raster.smooth(gray), dpi, LANGUAGE), key=_worth)
        if result.confidence < _SURE and self._folder and (self._folder / f"{_SECOND}.traineddata").is_file():
            other = self._read(gray, dpi, _SECOND)
            result = max(result, other, key=_worth) if other.confidence >= _SURE else result
        return result

    def _read(self, gray: Gray, dpi: int, language: str) -> Recognised:
        lines: list[Line] = []
        for box in _raster.regions(gray):
            part = np.ascontiguousarray(gray[box.top : box.bottom, box.left : box.right])
            lines.extend(self._lines(part, box, dpi, language))
        words = [word for line in lines for word in line.words]
        return Recognised(tuple(lines), _mean(words))

    def _lines(self, gray: Gray, box: Box, dpi: int, language: str) -> list[Line]:
        _allow(self._limits.ocr_cpu_seconds_per_page)
        height, width = gray.shape
        deadline = self._limits.ocr_cpu_seconds_per_page * 1000
        found = self._engine(language).words(gray.tobytes(), width, height, dpi=dpi or DPI, deadline_ms=deadline)
        if found is None:
            raise LoadError(LoadReason.TIMEOUT, "character recognition")
        return _lines_of(found, box)

    def _engine(self, language: str) -> _tesseract.Engine:
        if language not in self._engines:
            assert self._folder is not None  # noqa: S101 - the constructor looked
            try:
                self._engines[language] = _tesseract.Engine(self._folder, language, _LAYOUT)
            except RuntimeError as error:  # a broken data file
                raise LoadError(LoadReason.OCR_UNAVAILABLE, str(error)) from error
        return self._engines[language]


def _lines_of(found: Iterable[_tesseract.Found], box: Box) -> list[Line]:
    lines: list[Line] = []
    words: list[Word] = []
    starts = False
    for item in found:
        if item.begins_line:
            _close(lines, words, starts=starts)
            words, starts = [], item.begins_paragraph
        text = one_line(item.text)
        if text and item.confidence >= _MIN_WORD:
            here = Box(item.left + box.left, item.top + box.top, item.right + box.left, item.bottom + box.top)
            if words and not item.blank:
                words[-1] = _glued(words[-1], text, item.confidence, here)
            else:
                words.append(Word(text, item.confidence, here))
    _close(lines, words, starts=starts)
    return lines


def _glued(word: Word, text: str, confidence: float, box: Box) -> Word:
    """One word of two pieces: Tesseract often parts Korean words by syllable."""
    before = word.box
    whole = Box(
        min(before.left, box.left),
        min(before.top, box.top),
        max(before.right, box.right),
        max(before.bottom, box.bottom),
    )
    mean = (word.confidence * len(word.text) + confidence * len(text)) / (len(word.text) + len(text))
    return Word(word.text + text, mean, whole)


def _close(lines: list[Line], words: list[Word], *, starts: bool) -> None:
    """End a line; one that is neither sure nor holds a letter or figure is dirt on the paper."""
    if words and any(char.isalnum() for word in words for char in word.text):
        lines.append(Line(tuple(words), starts))


def _mean(words: list[Word] | tuple[Word, ...]) -> float:
    length = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / length if length else 0.0


def _worth(result: Recognised) -> float:
    """Surer is better, and so is more text of the same sureness."""
    return result.confidence * math.log1p(sum(len(word.text) for line in result.lines for word in line.words))


def _line_height(result: Recognised) -> float:
    heights = [word.box.bottom - word.box.top for line in result.lines for word in line.words if len(word.text) > 1]
    return float(np.median(heights)) if heights else 0.0


def _scaled(result: Recognised, factor: float) -> Recognised:
    def back(word: Word) -> Word:
        return Word(word.text, word.confidence, Box(*(round(side * factor) for side in word.box)))

    lines = tuple(Line(tuple(back(word) for word in line.words), line.starts) for line in result.lines)
    return Recognised(lines, result.confidence)


def _upright(gray: Gray) -> Gray:
    angle = _raster.skew(gray)
    return _raster.rotated(gray, -angle) if angle else gray


def _allow(seconds: int) -> None:
    """Grant this page its own processor time, where the process runs under a limit (the parsing child does)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if soft == resource.RLIM_INFINITY:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    wanted = max(soft, math.ceil(used.ru_utime + used.ru_stime) + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
