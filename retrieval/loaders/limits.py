"""Ceilings that keep one hostile or broken file from costing more than itself."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; the defaults held on several hundred real and hostile office files.

    Sizes are bytes, times are seconds. ``memory_bytes`` is address space (``RLIMIT_AS``), not residency. PDF has its
    own time and memory because long scanned plans are legitimate and slow; character recognition adds seconds a page.
    ``max_nesting`` counts archives and messages inside each other, ``max_attachment_bytes`` is for all members of one
    file together. ``read_distribution_locked`` and ``ocr`` are the house's decisions, not ceilings; ``tessdata`` is the
    folder of the recognition data, empty for the usual places.
    """

    max_bytes: int = 50 * MIB
    max_inflated_bytes: int = 200 * MIB
    max_zip_entries: int = 5_000
    max_chars: int = 10_000_000
    max_table_cells: int = 200_000
    max_pages: int = 5_000
    cpu_seconds: int = 30
    pdf_cpu_seconds: int = 120
    wall_seconds: float = 90.0
    pdf_wall_seconds: float = 240.0
    memory_bytes: int = 1024 * MIB
    pdf_memory_bytes: int = 2048 * MIB
    max_xml_depth: int = 256
    max_nesting: int = 3
    max_attachment_bytes: int = 150 * MIB
    max_ocr_pages: int = 300
    ocr_cpu_seconds_per_page: int = 20
    ocr: bool = True
    tessdata: str = ""
    read_distribution_locked: bool = False


DEFAULT_LIMITS = Limits()
