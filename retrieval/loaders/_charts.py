"""Charts as the table they were drawn from: categories down, series across (DrawingML, ISO/IEC 29500-1, 21.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _number_format
from retrieval.loaders._text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

_CATEGORIES: Final = ("cat", "xVal")
_VALUES: Final = ("val", "yVal")
_CORNER: Final = "구분"


class Chart(NamedTuple):
    """A chart's title and its figures, header row first; no rows where the file keeps no figures."""

    title: str
    rows: list[list[str]]


def read(root: Any, *, max_cells: int) -> Chart:  # noqa: ANN401 - an lxml element
    """Read a chart part.

    Raises:
        LoadError: ``TOO_COMPLEX`` for more than ``max_cells`` figures.
    """
    title = next(root.iter("{*}title"), None)
    of_axis = title is None or not title.getparent().tag.endswith("}chart")
    words = () if title is None or of_axis else title.iter("{*}t")
    names: list[str] = []
    labels: dict[int, str] = {}
    columns: list[dict[int, str]] = []
    taken = 0
    for series in root.iter("{*}ser"):
        names.append(_first(series, "tx"))
        for tag in _CATEGORIES:
            labels.update({key: text for key, text in _points(series, tag) if key not in labels})
        columns.append(dict(point for tag in _VALUES for point in _points(series, tag)))
        taken += len(columns[-1]) + 1
        if taken > max_cells:
            raise LoadError(LoadReason.TOO_COMPLEX, f"a chart of more than {max_cells} figures")
    used = sorted({*labels, *(key for column in columns for key in column)})
    if len(used) * (len(columns) + 1) > max_cells:
        raise LoadError(LoadReason.TOO_COMPLEX, f"a chart of more than {max_cells} figures")
    rows = [[labels.get(key, str(key + 1)), *(column.get(key, "") for column in columns)] for key in used]
    header = [[_CORNER, *names]] if rows else []
    return Chart(one_line("".join(node.text or "" for node in words)), header + rows)


def _first(series: Any, tag: str) -> str:  # noqa: ANN401
    for node in series.iterchildren(f"{{*}}{tag}"):
        return one_line(" ".join(value.text or "" for value in node.iter("{*}v")))
    return ""


def _points(series: Any, tag: str) -> Iterator[tuple[int, str]]:  # noqa: ANN401
    """Kept values by their place; the spreadsheet behind the chart is not opened."""
    for node in series.iterchildren(f"{{*}}{tag}"):
        code = next((one.text or "" for one in node.iter("{*}formatCode")), "")
        numeric = next(node.iter("{*}numCache", "{*}numLit"), None) is not None
        level = next(node.iter("{*}lvl"), node)  # of categories in several levels: the innermost
        for point in level.iter("{*}pt"):
            index = point.get("idx") or ""
            value = next((one.text or "" for one in point.iter("{*}v")), "")
            if index.isdecimal() and len(index) < 8:  # noqa: PLR2004 - no sheet is so long
                yield int(index), _number_format.render(value, code or "General") if numeric else one_line(value)
