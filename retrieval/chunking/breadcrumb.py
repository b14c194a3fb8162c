"""What a model reads of a passage: where it stands, then the passage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATOR: Final = " › "


def embed_text(title: str, heading: Sequence[str], text: str) -> str:
    """Return what is embedded for a passage: where it stands, then the passage.

    The breadcrumb lifts retrieval more than a bigger model would, and does not belong into the quote. A heading with
    which the passage itself begins is not said twice: a model reads only the first tokens.
    """
    path = list(heading)
    if path and text.lstrip().startswith(path[-1]):
        path.pop()
    return f"{SEPARATOR.join([title, *path])}\n{text}"
