"""HTML pages: what a reader of the page reads, without scripts, menus, forms and hidden parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._tables import Cell, resolve
from retrieval.loaders._text import decode
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import HTML
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.types import ParsedDocument

_DROPPED = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "aside",
        "footer",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "canvas",
        "audio",
        "video",
        "map",
        "head",
        "select",
        "option",
        "datalist",
        "button",
        "input",
        "textarea",
        "dialog",
        "menu",
    }
)
_FURNITURE_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "menu", "menubar"})
_BLOCK = frozenset(
    {
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "form",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "ul",
        "caption",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "table",
    }
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Styles that hide text from the reader but not from a program: where planted instructions live.
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?:\.0+)?\s*(?:;|\Z)",
    re.IGNORECASE,
)
_META_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]+)", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\n\r\f]+")
_MENU_ITEMS = 10
_MENU_LINKED = 0.9
_MENU_ITEM_CHARS = 20
_INNER_TABLE_CHARS = 500
_MAX_DEPTH = 220  # of nested elements; ours recurses, and pages nested deeper are attacks or accidents


class HtmlLoader:
    """Reads ``.html``. Headings, lists and tables keep their form; ``<main>`` wins over the page around it."""

    name = "html"
    revision = 2
    media_types = (HTML,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one page; see ``retrieval.ports.Loader``."""
        text, warnings = _decode_page(path.read_bytes())
        if not text.strip():
            raise LoadError(LoadReason.EMPTY, filename)
        builder = TextBuilder(self._limits)
        builder.warnings.extend(warnings)
        page = _tree(text)
        page_title = (page.findtext(".//title") or "").strip()
        _Walker(builder).walk(_content(page))
        return builder.document(
            title=_first_h1(page) or page_title,
            filename=filename,
            media_type=HTML,
            loader=f"{self.name}/{self.revision}",
            metadata={"title": page_title} if page_title else {},
        )


def read_into(builder: TextBuilder, text: str) -> str:
    """Add what a page says to a document (the body of a message) and return its title, or nothing.

    Raises:
        LoadError: ``DAMAGED`` for what is no page, ``TOO_COMPLEX`` over the limits.
    """
    page = _tree(text)
    _Walker(builder).walk(_content(page))
    return _first_h1(page) or (page.findtext(".//title") or "").strip()


def _tree(text: str) -> Any:  # noqa: ANN401 - an lxml element
    import lxml.etree  # noqa: PLC0415 - a heavy vendor library
    import lxml.html  # noqa: PLC0415

    parser = lxml.html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        # Bytes with a known encoding: lxml refuses str that carries its own declaration.
        return lxml.html.document_fromstring(text.encode("utf-8", "ignore"), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError) as error:
        raise LoadError(LoadReason.DAMAGED, f"HTML: {error}") from error


def _decode_page(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Decode by mark, UTF-8 or CP949; a charset that the page names is the last resort (it is often wrong)."""
    try:
        return decode(data)
    except LoadError as error:
        declared = _META_CHARSET.search(data[:4096])
        if declared is None:
            raise
        try:
            return data.decode(declared.group(1).decode("ascii")), ()
        except (LookupError, UnicodeError):
            raise error from None


def _hidden(element: Any) -> bool:  # noqa: ANN401 - an lxml element
    get = element.get
    return (
        element.tag in _DROPPED
        or get("hidden") is not None
        or get("aria-hidden") == "true"
        or (get("role") or "") in _FURNITURE_ROLES
        or bool(_HIDDEN_STYLE.search(get("style") or ""))
    )


def _content(root: Any) -> Any:  # noqa: ANN401
    """The main part where the page names exactly one, else its body."""
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = root.findall(path)
        if len(found) == 1 and "".join(found[0].itertext()).strip():
            return found[0]
    body = root.find(".//body")
    return root if body is None else body


def _first_h1(root: Any) -> str:  # noqa: ANN401
    for element in root.iter("h1"):
        if not any(_hidden(node) for node in (element, *element.iterancestors())):
            return _SPACES.sub(" ", "".join(element.itertext())).strip()
    return ""


class _Walker:
    """Turns the element tree into blocks; inline text is gathered until a block element begins or ends."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._inline: list[str] = []
        self._lists: list[int | None] = []  # one entry per open list: the next number, or None for bullets
        self._marker = ""

    def walk(self, root: Any) -> None:  # noqa: ANN401
        self._children(root, 0)
        self._flush()

    def _children(self, element: Any, depth: int) -> None:  # noqa: ANN401
        if depth > _MAX_DEPTH:
            raise LoadError(LoadReason.TOO_COMPLEX, "HTML nested too deeply")
        self._text(element.text)
        for child in element:
            if isinstance(child.tag, str) and not _hidden(child):
                self._element(child, depth + 1)
            elif child.tag in _BLOCK:
                self._flush()
            self._text(child.tail)

    def _element(self, element: Any, depth: int) -> None:  # noqa: ANN401
        tag = element.tag
        if tag in _HEADINGS:
            self._flush()
            self._builder.add(BlockKind.HEADING, self._inline_of(element), level=_HEADINGS[tag])
        elif tag == "br":
            self._inline.append("\n")
        elif tag == "pre":
            self._flush()
            self._builder.add(BlockKind.PARAGRAPH, "".join(element.itertext()))
        elif tag == "table":
            self._flush()
            self._table(element, depth)
        elif tag in {"ul", "ol"}:
            self._list(element, depth)
        elif tag == "li":
            self._flush()
            self._marker = self._next_marker()
            self._children(element, depth)
            self._flush()
            self._marker = ""
        elif tag in _BLOCK:
            self._flush()
            self._children(element, depth)
            self._flush()
        else:
            self._children(element, depth)

    def _list(self, element: Any, depth: int) -> None:  # noqa: ANN401
        self._flush()
        if _is_menu(element):
            return
        start = element.get("start") or "1"
        self._lists.append((int(start) if start.isdecimal() else 1) if element.tag == "ol" else None)
        self._children(element, depth)
        self._flush()
        self._lists.pop()

    def _next_marker(self) -> str:
        indent = "  " * max(len(self._lists) - 1, 0)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _table(self, table: Any, depth: int) -> None:  # noqa: ANN401
        rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table and not _hidden(row)]
        cells = [[cell for cell in row if cell.tag in {"td", "th"} and not _hidden(cell)] for row in rows]
        if max((len(row) for row in cells), default=0) <= 1 or _lays_out(table, cells):
            self._children(table, depth)  # a table that only lays out the page
            self._flush()
            return
        caption = table.find("caption")
        if caption is not None:
            self._builder.add(BlockKind.PARAGRAPH, self._inline_of(caption))
        grid = [
            [Cell(self._inline_of(cell), _span(cell, "rowspan"), _span(cell, "colspan")) for cell in row]
            for row in cells
        ]
        self._builder.add_table(resolve(grid, max_cells=self._builder.limits.max_table_cells))

    def _inline_of(self, element: Any) -> str:  # noqa: ANN401
        """Text of an element on one line, with spaces where its block children part it."""
        parts: list[str] = []

        def collect(node: Any, depth: int) -> None:  # noqa: ANN401
            if depth > _MAX_DEPTH:
                raise LoadError(LoadReason.TOO_COMPLEX, "HTML nested too deeply")
            parts.append(node.text or "")
            for child in node:
                if isinstance(child.tag, str) and not _hidden(child):
                    apart = child.tag == "br" or child.tag in _BLOCK
                    parts.append(" " if apart else "")
                    collect(child, depth + 1)
                    parts.append(" " if apart else "")
                parts.append(child.tail or "")

        collect(element, 0)
        return _SPACES.sub(" ", "".join(parts)).strip()

    def _text(self, text: str | None) -> None:
        if text:
            self._inline.append(_SPACES.sub(" ", text))

    def _flush(self) -> None:
        text = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", "".join(self._inline))).strip()
        self._inline = []
        if not text:
            return
        kind = BlockKind.LIST_ITEM if self._marker else BlockKind.PARAGRAPH
        self._builder.add(kind, self._marker + text, tight=bool(self._marker))
        self._marker = ""


def _is_menu(element: Any) -> bool:  # noqa: ANN401
    """Whether a list is a menu that was not marked as one: many short items that are nothing but links."""
    items = element.findall("li")
    if len(items) < _MENU_ITEMS:
        return False
    total = sum(len("".join(item.itertext()).strip()) for item in items)
    linked = sum(len("".join(link.itertext()).strip()) for link in element.iter("a"))
    return linked >= _MENU_LINKED * total and total <= _MENU_ITEM_CHARS * len(items)


def _lays_out(table: Any, rows: list[list[Any]]) -> bool:  # noqa: ANN401
    """Whether a table only lays out the page: it says so, or much of it are tables again.

    A table of data with a small one in a cell stays a table; the small one is read within its cell.
    """
    if table.get("role") in {"presentation", "none"}:
        return True
    inner = [cell for row in rows for cell in row if cell.find(".//table") is not None]
    if not inner:
        return False
    large = any(len("".join(cell.itertext())) > _INNER_TABLE_CHARS for cell in inner)
    return large or len(inner) * 4 > sum(map(len, rows)) or len(rows) < 2  # noqa: PLR2004 - a header and a row


def _span(cell: Any, name: str) -> int:  # noqa: ANN401
    value = (cell.get(name) or "1").strip()
    return min(int(value), 1000) if value.isdecimal() else 1  # 1000: the ceiling of the HTML standard
