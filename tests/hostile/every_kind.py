"""All hostile files in one table, and the good ones that are to be read after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import hostile_office
import hostile_ole
import hostile_pdf
import hostile_text
import hostile_zips

if TYPE_CHECKING:
    from hostile_kinds import Kind

KINDS: Final[dict[str, Kind]] = {
    **hostile_zips.KINDS,
    **hostile_office.WORD_KINDS,
    **hostile_office.SHEET_KINDS,
    **hostile_office.HWPX_KINDS,
    **hostile_ole.HWP_KINDS,
    **hostile_ole.LOCKED_KINDS,
    **hostile_pdf.PDF_KINDS,
    **hostile_pdf.PICTURE_KINDS,
    **hostile_text.TEXT_KINDS,
}

# Those that take seconds; the pool is shown all, the way of a document the others.
SLOW: Final = frozenset(
    {
        "xlsx, 300,000 cells",
        "txt, 11 million letters",
        "pdf, a form within itself",
        "pdf, eleven million letters",
        "md, brackets that never close",
        "csv, one line of 12 MB",
        "csv, one cell of 12 MB",
        "docx, 300,000 paragraphs",
        "xlsx, a long text in 3,000 cells",
        "md, stars and underscores",
        "md, numbers without end",
        "md, a table of 300,000 columns",
        "eml, 1,200 parts",
        "html, 20,000 attributes",
    }
)
