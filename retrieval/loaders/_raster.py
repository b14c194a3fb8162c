"""What a scanned page needs before its characters can be recognised: scale, skew, columns, ruled tables.

A page is a grey picture: ``uint8``, shape ``(height, width)``, 0 black, 255 white.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Gray = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

_DARK: Final = 128
_TILE: Final = 64  # pixels: larger than a letter, smaller than a shadow
_EVEN: Final = 0.75  # of the brightest paper: darker parts are in shadow
_BLACK_PAPER: Final = 90
_MIN_CONTRAST: Final = 40
_SKEW_RANGE: Final = 4.0  # degrees each way: what a sheet feeder does; more is a photograph
_SKEW_STEP: Final = 0.25
_SKEW_WIDTH: Final = 800  # pixels across while looking for the skew
_MIN_SKEW: Final = 0.4
_SHARPER: Final = 1.1  # than without turning
_COLUMN_WIDTH: Final = 1000  # pixels across while looking for columns
_MIN_GUTTER: Final = 0.012  # of the page's width
_MIN_COLUMN_HEIGHT: Final = 0.3  # of the page's height
_MIN_FILLED: Final = 0.6  # of a column's lines that reach well into it
_MIN_LINES: Final = 5


class Box(NamedTuple):
    """A rectangle in pixels; right and bottom lie outside."""

    left: int
    top: int
    right: int
    bottom: int


def inked(gray: Gray) -> bool:
    """Whether there is anything on the page at all."""
    sample = gray[::2, ::2]
    return bool(sample.size) and int(sample.max()) - int(sample.min()) > _MIN_CONTRAST


def even(gray: Gray) -> Gray:
    """Take out uneven light (a photograph of a page, the dark fold of a book) and turn white on black round.

    The paper's brightness is the upper decile of each tile; every pixel is divided by its own paper.
    """
    height, width = gray.shape
    if min(height, width) < 2 * _TILE:
        return np.ascontiguousarray(gray)
    if float(np.median(gray[::8, ::8])) < _BLACK_PAPER:
        gray = 255 - gray
    rows, columns = height // _TILE, width // _TILE
    tiles = gray[: rows * _TILE, : columns * _TILE].reshape(rows, _TILE, columns, _TILE).swapaxes(1, 2)
    paper = np.percentile(tiles[:, :, ::4, ::4].reshape(rows, columns, -1), 90, axis=2)
    if float(np.percentile(paper, 5)) > _EVEN * float(np.percentile(paper, 95)):
        return np.ascontiguousarray(gray)
    from PIL import Image  # noqa: PLC0415 - a heavy vendor library

    paper = np.maximum(paper, 0.25 * float(paper.max())).astype(np.float32)
    light = np.asarray(Image.fromarray(paper).resize((width, height), Image.Resampling.BILINEAR))
    result: Gray = np.clip(gray / light * 255.0, 0, 255).astype(np.uint8)
    return result


def resized(gray: Gray, factor: float) -> Gray:
    """Scale the picture."""
    from PIL import Image  # noqa: PLC0415 - a heavy vendor library

    size = (max(1, round(gray.shape[1] * factor)), max(1, round(gray.shape[0] * factor)))
    return np.asarray(Image.fromarray(gray).resize(size, Image.Resampling.LANCZOS))


def rotated(gray: Gray, degrees: float) -> Gray:
    """Turn the picture counter-clockwise by a few degrees, the corners filled with white."""
    from PIL import Image  # noqa: PLC0415 - a heavy vendor library

    return np.asarray(Image.fromarray(gray).rotate(degrees, Image.Resampling.BILINEAR, fillcolor=255))


def smooth(gray: Gray) -> Gray:
    """Take out grain and specks (median of 3 by 3)."""
    from PIL import Image, ImageFilter  # noqa: PLC0415 - a heavy vendor library

    return np.asarray(Image.fromarray(gray).filter(ImageFilter.MedianFilter(3)))


def darkness(gray: Gray) -> Mask:
    """Ink against paper, by a threshold half-way between what is dark and what is bright in the picture."""
    low, high = np.percentile(gray[::4, ::4], (1, 90))
    ink: Mask = np.less(gray, min(_DARK + 60, max(40, (float(low) + float(high)) / 2)))
    return ink


def shrink(ink: Mask, width: int) -> Mask:
    """Scale ink down by a whole factor to about ``width`` across; a cell with any ink is ink."""
    factor = max(1, ink.shape[1] // width)
    if factor == 1:
        return ink
    height, across = ink.shape[0] // factor * factor, ink.shape[1] // factor * factor
    cells = ink[:height, :across].reshape(height // factor, factor, across // factor, factor)
    result: Mask = np.any(cells, axis=(1, 3))
    return result


def skew(gray: Gray) -> float:
    """Degrees by which lines of text rise to the right (0 when less than a recogniser would notice).

    The angle at which the rows of ink are sharpest: a projection profile, sheared column by column (W. Postl, 1986).
    """
    ink = shrink(darkness(gray), _SKEW_WIDTH)
    height, width = ink.shape
    rows, columns = np.nonzero(ink)
    if rows.size == 0 or height < _MIN_LINES or rows.size > ink.size // 2:
        return 0.0
    reach = math.ceil(width * math.tan(math.radians(_SKEW_RANGE)))  # so that no row leaves the profile
    sharpness: dict[float, float] = {}
    for step in range(-round(_SKEW_RANGE / _SKEW_STEP), round(_SKEW_RANGE / _SKEW_STEP) + 1):
        slope = math.tan(math.radians(step * _SKEW_STEP))
        moved = rows + np.rint((columns - width / 2) * slope).astype(np.int64) + reach
        profile = np.bincount(moved, minlength=height + 2 * reach).astype(np.float64)
        sharpness[step * _SKEW_STEP] = float(np.square(np.diff(profile)).sum())
    best = max(sharpness, key=lambda angle: (sharpness[angle], -abs(angle)))
    clear = abs(best) < _SKEW_RANGE and sharpness[best] > _SHARPER * sharpness[0.0]
    return best if clear and abs(best) >= _MIN_SKEW else 0.0


def regions(gray: Gray) -> list[Box]:
    """The page's parts in reading order: one box, or what is above, the left column, the right one, what is below.

    Two columns are believed only where a clear gutter runs down at least a third of the page with full lines on both
    sides: the cells of a table and a list of keys and values are read across.
    """
    whole = [Box(0, 0, gray.shape[1], gray.shape[0])]
    ink = shrink(darkness(gray), _COLUMN_WIDTH)
    factor = max(1, gray.shape[1] // _COLUMN_WIDTH)
    height, width = ink.shape
    if height < _COLUMN_WIDTH // 4:
        return whole
    half = max(2, int(_MIN_GUTTER * width)) // 2
    best: tuple[int, int, int] | None = None  # length, top, middle
    sums = np.concatenate([np.zeros((height, 1), np.int64), np.cumsum(ink, axis=1)], axis=1)
    for middle in range(int(width * 0.35), int(width * 0.65), max(1, half // 2)):
        clear = sums[:, middle + half] == sums[:, middle - half]
        top, length = _longest(clear)
        if best is None or length > best[0]:
            best = (length, top, middle)
    if best is None or best[0] < _MIN_COLUMN_HEIGHT * height:
        return whole
    length, top, middle = best
    top, length = _between_lines(ink, top, length)
    if not _column(ink[top : top + length, :middle]) or not _column(ink[top : top + length, middle:]):
        return whole
    first, last, split = top * factor, (top + length) * factor, middle * factor
    parts = [
        Box(0, 0, gray.shape[1], first),
        Box(0, first, split, last),
        Box(split, first, gray.shape[1], last),
        Box(0, last, gray.shape[1], gray.shape[0]),
    ]
    return [part for part in parts if part.bottom - part.top > 2 * factor]


def _between_lines(ink: Mask, top: int, length: int) -> tuple[int, int]:
    """Shorten a run of rows so that it begins and ends between lines of text: a title must not be cut across."""
    blank = np.flatnonzero(~ink[top : top + length].any(axis=1))
    return (top + int(blank[0]), int(blank[-1] - blank[0]) + 1) if blank.size else (top, 0)


def _longest(clear: Mask) -> tuple[int, int]:
    """Start and length of the longest run of rows without ink."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], clear.astype(np.int8), [0]])))
    if edges.size == 0:
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    index = int(np.argmax(ends - starts))
    return int(starts[index]), int(ends[index] - starts[index])


def _column(ink: Mask) -> bool:
    """Whether a half of a page is running text: enough lines, most of which fill it."""
    lines = _runs(np.any(ink, axis=1))
    inked = np.flatnonzero(ink.any(axis=0))
    if len(lines) < _MIN_LINES or inked.size == 0:
        return False
    width = int(inked[-1] - inked[0]) + 1
    if width < ink.shape[1] // 2:
        return False
    full = sum(1 for top, bottom in lines if np.ptp(np.flatnonzero(ink[top:bottom].any(axis=0))) > 0.8 * width)
    return full >= _MIN_FILLED * len(lines)


def _runs(flags: Mask) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
