"""Ceilings that keep one hostile or broken file from costing more than itself."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.loaders.sniffing import IMAGES, PDF

MIB = 1024 * 1024
_HEAVY = frozenset({PDF, *IMAGES})
_LEAST_MEMORY = 512 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; the defaults held on several hundred real and hostile office files.

    Sizes are bytes, times are seconds. ``cpu_seconds`` (processor time) and ``memory_bytes`` (address space,
    ``RLIMIT_AS``, not residency) hold for PDF and pictures: long scanned plans are legitimate and slow. Other kinds
    get a quarter and a half of them. Character recognition adds ``ocr_cpu_seconds_per_page`` for each page that it
    takes on. ``wall_seconds`` is how long a parser may use no processor time: it has nothing to wait for.

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
    cpu_seconds: int = 120
    wall_seconds: float = 60.0
    memory_bytes: int = 2048 * MIB
    max_xml_depth: int = 256
    max_nesting: int = 3
    max_attachment_bytes: int = 150 * MIB
    max_ocr_pages: int = 300
    ocr_cpu_seconds_per_page: int = 20
    ocr: bool = True
    tessdata: str = ""
    read_distribution_locked: bool = False

    def cpu_for(self, media_type: str) -> int:
        """Return the processor time for a file of this kind, without recognition."""
        return self.cpu_seconds if media_type in _HEAVY else max(1, self.cpu_seconds // 4)

    def memory_for(self, media_type: str) -> int:
        """Return the address space for a file of this kind."""
        if media_type in _HEAVY:
            return self.memory_bytes
        return min(self.memory_bytes, max(_LEAST_MEMORY, self.memory_bytes // 2))

    @property
    def longest_cpu_seconds(self) -> int:
        """Processor time that no file may exceed, recognition of all its pages included."""
        return self.cpu_seconds + (self.max_ocr_pages * self.ocr_cpu_seconds_per_page if self.ocr else 0)


DEFAULT_LIMITS = Limits()
