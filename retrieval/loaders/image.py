"""Pictures of text: scans, faxes, photographs and screen shots, page by page through character recognition."""

from __future__ import annotations

import struct
import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _page, _raster
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._scan import Scanner
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import BMP, JPEG, PNG, TIFF, WEBP, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.loaders._page import Item
    from retrieval.loaders._raster import Gray
    from retrieval.types import ParsedDocument

_MAX_PIXELS: Final = 80_000_000  # A3 at 600 dpi is 70 million
_BOMB_RATIO: Final = 2_000  # pixels a byte; a blank sheet of fax code 4 has about 1,000
_MAX_SIDE: Final = 5_000  # pixels worth reading: A4 at 430 dpi
_DPI: Final = (100, 1_200)  # resolutions to believe; a telephone's photograph says 72 of anything
_FINE: Final = 400  # dpi; more only costs time
_FORMATS: Final = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")


class ImageLoader:
    """Reads PNG, JPEG, TIFF of several pages, BMP and WebP. A picture without readable text is ``NO_TEXT``."""

    name = "image"
    revision = 1
    media_types = (PNG, JPEG, TIFF, BMP, WEBP)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Recognise one picture; see ``retrieval.ports.Loader``."""
        media_type = sniff(path, filename)
        builder = TextBuilder(self._limits)
        scanner = Scanner(self._limits)
        pages: list[list[Item]] = []
        try:
            for count, (gray, dpi) in enumerate(_pages(path, self._limits), start=1):
                result = scanner.page(gray, count, dpi=dpi)
                pages.append(_page.recognised(result.lines, result.tables) if result is not None else [])
        finally:
            scanner.close()
        pages = _page.without_furniture(pages)
        for number, items in enumerate(pages, start=1):
            _page.add_page(builder, items, number, headings=(), body=0.0)
        if not builder.length:
            scanner.refuse()
        builder.warnings.extend(scanner.warnings(_page.empty(pages)))
        return builder.document(
            title="",
            filename=filename,
            media_type=media_type,
            loader=f"{self.name}/{self.revision}",
            metadata=scanner.metadata(),
            page_count=len(pages),
            paper=True,
        )


def _pages(path: Path, limits: Limits) -> Iterator[tuple[Gray, int]]:
    """Each page as a grey picture with its resolution (0 when it does not say, or not credibly)."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - a heavy vendor library

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's guess at a bomb: the limits here are stricter
            with Image.open(path, formats=_FORMATS) as image:
                frames = int(getattr(image, "n_frames", 1))
                if frames > limits.max_pages:
                    raise LoadError(LoadReason.TOO_COMPLEX, f"{frames} pictures in one file")
                for number in range(frames if image.format == "TIFF" else 1):
                    image.seek(number)
                    yield _grey(image, path.stat().st_size)
    except Image.DecompressionBombError as error:
        raise LoadError(LoadReason.BOMB, str(error)) from error
    except (
        UnidentifiedImageError,
        OSError,
        EOFError,
        SyntaxError,
        ValueError,
        TypeError,
        KeyError,
        struct.error,
    ) as error:
        cut = "truncated" in str(error)
        raise LoadError(LoadReason.TRUNCATED if cut else LoadReason.DAMAGED, f"picture: {error}") from error


def _grey(image: Any, size: int) -> tuple[Gray, int]:  # noqa: ANN401 - an image or one of its frames
    from PIL import Image, ImageOps  # noqa: PLC0415 - a heavy vendor library

    pixels = image.width * image.height
    if pixels > _MAX_PIXELS:
        reason = LoadReason.BOMB if pixels > _BOMB_RATIO * size else LoadReason.TOO_COMPLEX
        raise LoadError(reason, f"{image.width} by {image.height} pixels")
    dpi = _resolution(image)
    longest = max(image.size)
    wanted = min(1.0, _MAX_SIDE / longest, _FINE / dpi if dpi > _FINE else 1.0)
    image.draft("L", (int(image.width * wanted), int(image.height * wanted)))  # a JPEG is decoded smaller right away
    page = ImageOps.exif_transpose(image)
    if page.mode in {"RGBA", "LA", "PA"} or "transparency" in page.info:
        page = page.convert("RGBA")
        page = Image.alpha_composite(Image.new("RGBA", page.size, "white"), page)
    gray = _eight_bits(np.asarray(page)) if page.mode.startswith(("I", "F")) else np.asarray(page.convert("L"))
    scale = wanted * longest / max(gray.shape)
    return (_raster.resized(gray, scale) if scale < 1 else np.ascontiguousarray(gray)), round(dpi * wanted)


def _resolution(image: Any) -> int:  # noqa: ANN401 - an image or one of its frames
    said = image.info.get("dpi")
    try:
        dpi = round(float(max(said))) if said else 0
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):  # rationals of nothing by nothing
        return 0
    return dpi if _DPI[0] <= dpi <= _DPI[1] else 0


def _eight_bits(values: Any) -> Gray:  # noqa: ANN401 - pixels of 16 or 32 bits or fractions
    values = np.nan_to_num(values.astype(np.float32))
    low, high = float(values.min()), float(values.max())
    result: Gray = ((values - low) * (255.0 / (high - low) if high > low else 0.0)).astype(np.uint8)
    return result
