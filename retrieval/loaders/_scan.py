"""Pages read by character recognition on their way into a document, and what its readers are told about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import ocr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.loaders._raster import Gray
    from retrieval.loaders.limits import Limits
    from retrieval.types import MetadataValue

_UNSURE: Final = 80.0  # mean confidence; measured below it: a fifth of the characters and more are wrong
_NAMED_PAGES: Final = 10


class Scanner:
    """Recognises the pages of one document, up to ``limits.max_ocr_pages``, and remembers how that went.

    ``read`` lists the pages that gave text, ``unsure`` those of them that want checking, ``blank`` the ones that gave
    none, ``left_out`` those beyond the limit. Without a recogniser at hand every page goes to ``unavailable``.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._recogniser: ocr.Recogniser | None = None
        self.unavailable = "" if limits.ocr else "switched off"
        self.read: list[int] = []
        self.unsure: list[int] = []
        self.blank: list[int] = []
        self.missed: list[int] = []
        self.left_out: list[int] = []

    def close(self) -> None:
        """Free the recogniser."""
        if self._recogniser is not None:
            self._recogniser.close()
            self._recogniser = None

    def page(self, gray: Gray, number: int, *, dpi: int) -> ocr.Recognised | None:
        """Recognise one page; ``None`` where there is nothing to read, nobody to read it or no sense in it."""
        if self.unavailable:
            self.missed.append(number)
            return None
        if len(self.read) + len(self.blank) >= self._limits.max_ocr_pages:
            self.left_out.append(number)
            return None
        try:
            self._recogniser = self._recogniser or ocr.Recogniser(self._limits)
        except LoadError as error:
            self.unavailable = error.detail
            self.missed.append(number)
            return None
        result = self._recogniser.recognise(gray, dpi)
        if not result.readable:
            self.blank.append(number)
            return None
        self.read.append(number)
        if result.confidence < _UNSURE:
            self.unsure.append(number)
        return result

    def refuse(self) -> None:
        """End a document of which no page gave text.

        Raises:
            LoadError: ``OCR_UNAVAILABLE`` where recognition might have helped, else ``NO_TEXT``.
        """
        if self.missed:
            raise LoadError(LoadReason.OCR_UNAVAILABLE, self.unavailable)
        raise LoadError(LoadReason.NO_TEXT, "no readable page")

    def warnings(self, empty: Sequence[int] = ()) -> list[str]:
        """Sentences for the document's page; ``empty`` are the pages that gave nothing, for whatever reason."""
        result = []
        silent = [number for number in empty if number not in {*self.missed, *self.left_out}]
        if silent:
            result.append(f"글자를 읽을 수 없는 쪽이 있습니다: {_pages(silent)}")
        if self.read:
            result.append(f"{_pages(self.read)}은 글자 인식으로 읽었습니다. 원본과 대조해 주세요.")
        if self.unsure:
            result.append(f"글자 인식이 불확실한 쪽이 있습니다: {_pages(self.unsure)}")
        if self.missed:
            result.append(f"글자 인식을 쓸 수 없어 읽지 못한 쪽이 있습니다: {_pages(self.missed)}")
        if self.left_out:
            result.append(
                f"글자 인식은 {self._limits.max_ocr_pages}쪽까지 합니다. 읽지 않은 쪽: {_pages(self.left_out)}"
            )
        return result

    def metadata(self) -> dict[str, MetadataValue]:
        """How many pages were recognised, where there are any."""
        return {"ocr_pages": len(self.read)} if self.read else {}


def _pages(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:_NAMED_PAGES])
    return f"{shown}{' …' if len(numbers) > _NAMED_PAGES else ''}쪽"
