"""HWPML 2: the XML that Hangul writes as ``.hml``.

Source: 한글 문서 파일 형식, HWPML revision 1.2 (Hancom): HEAD/MAPPINGTABLE holds the shapes, BODY/SECTION/P/TEXT the
words (in CHAR), tables, shapes and notes. Names of elements and attributes are matched without regard to case, since
writers differ. What is read becomes the same tree as dochan's, so that one renderer serves all Hangul formats.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _office
from retrieval.loaders._numbering import BULLET, NUMBER, OUTLINE, Bullet, Head, Numbering, Scheme, Shape
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import HWPML

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.types import ParsedDocument

_SIGNS: Final = {"tab": "\t", "linebreak": "\n", "hypen": "-", "hyphen": "-", "nbspace": " ", "fwspace": " "}
_FURNITURE: Final = frozenset({"secdef", "coldef", "header", "footer", "hiddencomment", "bookmark", "pagenum"})
_CAPTION_NUMBERS: Final = frozenset({"table", "figure", "picture", "equation"})
_KINDS: Final = {"number": NUMBER, "bullet": BULLET, "outline": OUTLINE}
_DEEPEST_HEADING: Final = 3  # deeper outline levels are items of the text
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")

Element = dict[str, Any]


class HwpmlLoader:
    """Reads ``.hml``: headings, numbering, tables with merged cells resolved, notes, text boxes."""

    name = "hwpml"
    revision = 1
    media_types = (HWPML,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one file; see ``retrieval.ports.Loader``."""
        root = _tree(path, self._limits)
        title = next((node.text or "" for node in root.iter() if _name(node) == "title"), "").strip()
        return _office.document(
            _office.Parsed(_Reader(root).elements(), "", ()),
            self._limits,
            filename=filename,
            media_type=HWPML,
            loader=f"{self.name}/{self.revision}",
            title=title,
        )


def _tree(path: Path, limits: Limits) -> Any:  # noqa: ANN401 - an lxml element
    """Parse the file; embedded pictures are let go as they pass.

    Raises:
        LoadError: ``EXTERNAL_ENTITY`` for a document type, ``TOO_COMPLEX`` for deep nesting, ``DAMAGED`` for no XML.
    """
    import lxml.etree  # noqa: PLC0415 - a heavy vendor library

    depth = 0
    with path.open("rb") as file:
        # Pictures are long text nodes, which needs huge_tree; what that would allow besides is refused here.
        events = lxml.etree.iterparse(
            file, events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=True
        )
        try:
            for event, node in events:
                depth += 1 if event == "start" else -1
                if depth > limits.max_xml_depth:
                    raise LoadError(LoadReason.TOO_COMPLEX, f"XML deeper than {limits.max_xml_depth}")
                if event == "end" and _name(node) == "bindata":
                    node.clear()
        except lxml.etree.XMLSyntaxError as error:
            raise LoadError(LoadReason.DAMAGED, f"HWPML: {error}") from error
    if events.root is None or _name(events.root) != "hwpml":
        raise LoadError(LoadReason.DAMAGED, "no HWPML element")
    if events.root.getroottree().docinfo.doctype:
        raise LoadError(LoadReason.EXTERNAL_ENTITY, "HWPML with a document type")
    return events.root


class _Reader:
    """Turns the body into the tree of elements that ``_office.render`` takes."""

    def __init__(self, root: Any) -> None:  # noqa: ANN401
        self._root = root
        self._shapes = _scheme(root)
        self._styles = {_get(style, "Id"): _get(style, "ParaShape") for style in _all(root, "style")}
        self._outline = ""
        self._notes = 0

    def elements(self) -> list[Element]:
        """All sections in order."""
        found: list[Element] = []
        for section in _all(self._root, "section"):
            definition = next(_all(section, "secdef"), None)
            self._outline = _get(definition, "OutlineShape") if definition is not None else ""
            for paragraph in section:
                if _name(paragraph) == "p":
                    found.extend(self._paragraph(paragraph))
        return found

    def _paragraph(self, node: Any) -> list[Element]:  # noqa: ANN401
        """A paragraph, then what is anchored in it."""
        words: list[str] = []
        anchored: list[Element] = []
        shape_id = _get(node, "ParaShape") or self._styles.get(_get(node, "Style"), "")
        for text in node:
            if _name(text) == "text":
                for part in text:
                    self._part(part, words, anchored)
        line = "".join(words)
        shape = self._shapes.shapes.get(shape_id)
        level = shape.level if shape and shape.kind == OUTLINE and shape.level <= _DEEPEST_HEADING else 0
        mark = self._shapes.mark(shape_id, line, self._outline)
        if line.strip():
            anchored.insert(0, _words(f"{mark} {line}" if mark.strip() else line, level))
        return anchored

    def _part(self, part: Any, words: list[str], anchored: list[Element]) -> None:  # noqa: ANN401
        name = _name(part)
        if name == "char":
            words.append(_characters(part))
        elif name == "autonum":
            if _get(part, "NumberType").lower() in _CAPTION_NUMBERS:
                words.append(_get(part, "Number"))
        elif name in {"footnote", "endnote"}:
            self._notes += 1
            number = self._notes  # before its own paragraphs, which may hold notes in damaged files
            words.append(f"[{number}]")
            text = "\n".join(_lines(self._list(part)))
            anchored.append({"type": name, "number": number, "text": text})
        elif name == "compose":
            words.append(part.text or _get(part, "Text"))
        elif name == "dutmal":
            main, sub = (next((n.text or "" for n in _all(part, which)), "") for which in ("maintext", "subtext"))
            words.append(f"{main}({sub})" if sub else main)
        elif name not in _FURNITURE:
            anchored.extend(self._object(part))

    def _object(self, node: Any) -> Iterator[Element]:  # noqa: ANN401
        """A table, an equation, or a shape with the text and captions in it."""
        name = _name(node)
        if name == "table":
            yield self._table(node)
            return
        if name == "equation":
            script = next((found.text or "" for found in _all(node, "script")), "")
            yield {"type": "equation", "script": script}
        elif name == "textart":
            yield _words(_get(node, "Text"))
        for child in node:
            if _name(child) == "paralist":
                yield from self._list(node)
            elif _name(child) not in {"script", "binitem"}:
                yield from self._object(child)

    def _list(self, node: Any) -> list[Element]:  # noqa: ANN401
        """The paragraphs of the lists right below a node."""
        return [
            element
            for paragraphs in node
            if _name(paragraphs) == "paralist"
            for paragraph in paragraphs
            if _name(paragraph) == "p"
            for element in self._paragraph(paragraph)
        ]

    def _table(self, node: Any) -> Element:  # noqa: ANN401
        rows = [[self._cell(cell) for cell in row if _name(cell) == "cell"] for row in node if _name(row) == "row"]
        table: Element = {"type": "table", "rows": rows}
        shape = next((child for child in node if _name(child) == "shapeobject"), None)
        for caption in _all(shape, "caption") if shape is not None else ():
            table["caption"] = {"text": "\n".join(_lines(self._list(caption)))}
        return table

    def _cell(self, node: Any) -> Element:  # noqa: ANN401
        paragraphs = self._list(node)
        return {
            "text": "\n".join(_lines(paragraphs)),
            "paragraphs": paragraphs,
            "row_span": _integer(_get(node, "RowSpan"), 1),
            "col_span": _integer(_get(node, "ColSpan"), 1),
        }


def _words(text: str, level: int = 0) -> Element:
    return {"type": "paragraph", "text": text, "heading_level": level}


def _lines(elements: list[Element]) -> Iterator[str]:
    """The words of notes, captions and cells; tables inside them by their cells."""
    for element in elements:
        if element["type"] == "table":
            for row in element["rows"]:
                yield " ".join(cell["text"] for cell in row)
        else:
            yield str(element.get("text") or element.get("script") or "")


def _characters(node: Any) -> str:  # noqa: ANN401
    parts = [node.text or ""]
    for child in node:
        parts += [_SIGNS.get(_name(child), ""), child.tail or ""]
    return "".join(parts)


def _scheme(root: Any) -> Scheme:  # noqa: ANN401
    shapes = {}
    for node in _all(root, "parashape"):
        kind = _KINDS.get(_get(node, "HeadingType").lower())
        if kind:
            level = _integer(_get(node, "Level"), 0) + 1
            shapes[_get(node, "Id")] = Shape(kind, _get(node, "Heading"), level, _get(node, "Checked") == "true")
    numberings = {
        _get(node, "Id"): Numbering(
            {
                _integer(_get(head, "Level"), 1): Head(
                    head.text or "", _series(_get(head, "NumFormat")), _integer(_get(head, "Start"), 1)
                )
                for head in _all(node, "parahead")
            }
        )
        for node in _all(root, "numbering")
    }
    bullets = {_get(node, "Id"): Bullet(_get(node, "Char"), _get(node, "CheckedChar")) for node in _all(root, "bullet")}
    return Scheme(shapes, numberings, bullets)


def _series(name: str) -> str:
    """``HangulSyllable`` as HWPX writes it: ``HANGUL_SYLLABLE``."""
    return _CAMEL.sub("_", name).upper() or "DIGIT"


def _all(node: Any, name: str) -> Iterator[Any]:  # noqa: ANN401
    """Elements of a name at any depth, in document order."""
    return (found for found in node.iter() if _name(found) == name)


def _name(node: Any) -> str:  # noqa: ANN401
    """An element's name in small letters without its name space; empty for comments and the like."""
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""


def _get(node: Any, name: str) -> str:  # noqa: ANN401
    value = node.get(name)
    if value is None:
        value = next((found for key, found in node.attrib.items() if key.lower() == name.lower()), "")
    return str(value)


def _integer(value: str, default: int) -> int:
    return int(value) if value.isascii() and value.isdecimal() else default
