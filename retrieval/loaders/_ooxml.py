"""Parts of an Office Open XML package and how they refer to each other (ISO/IEC 29500-2)."""

from __future__ import annotations

import posixpath
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

from retrieval.errors import LoadError, LoadReason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipFile


class Relation(NamedTuple):
    """What a part refers to: the id it uses for it, the last word of its type (``slide``, ``chart``), its path."""

    id: str
    kind: str
    path: str


class Package:
    """A package whose container was checked already.

    Args:
        archive: the container.
    """

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive

    def main(self, otherwise: str) -> str:
        """Path of the part that is the document itself."""
        return next((one.path for one in self.relations("") if one.kind == "officeDocument"), otherwise)

    def title(self) -> str:
        """The title among the file's properties, or nothing."""
        root = self.tree("docProps/core.xml")
        return "" if root is None else next((node.text or "" for node in root.iter("{*}title")), "").strip()

    def relations(self, part: str) -> list[Relation]:
        """What a part refers to inside the package, in order; nothing outside is ever looked at."""
        folder, name = posixpath.split(part)
        root = self.tree(posixpath.join(folder, "_rels", f"{name}.rels"))
        found = []
        for node in () if root is None else root.iterchildren("{*}Relationship"):
            if node.get("TargetMode") != "External":
                target = node.get("Target") or ""
                path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                kind = (node.get("Type") or "").rpartition("/")[2]
                found.append(Relation(node.get("Id") or "", kind, path.lstrip("/")))
        return found

    def tree(self, path: str) -> Any:  # noqa: ANN401 - an lxml element, or None where there is no such part
        """Return the root of a part.

        Raises:
            LoadError: ``DAMAGED``.
        """
        import lxml.etree  # noqa: PLC0415 - a heavy vendor library

        try:
            data = self._archive.read(path)
        except KeyError:
            return None
        except (BadZipFile, EOFError, OSError, zlib.error) as error:
            raise LoadError(LoadReason.DAMAGED, f"{path}: {error}") from error
        parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        try:
            return lxml.etree.fromstring(data, parser)
        except lxml.etree.XMLSyntaxError as error:
            raise LoadError(LoadReason.DAMAGED, f"{path}: {error}") from error

    def stream(self, path: str, tags: tuple[str, ...]) -> Iterator[Any]:
        """Yield the elements with these names as they end; each is emptied afterwards.

        Raises:
            LoadError: ``DAMAGED``.
        """
        import lxml.etree  # noqa: PLC0415

        try:
            with self._archive.open(path) as part:
                events = lxml.etree.iterparse(
                    part,
                    events=("end",),
                    tag=[f"{{*}}{tag}" for tag in tags],
                    resolve_entities=False,
                    no_network=True,
                    remove_comments=True,
                    remove_pis=True,
                )
                for _, node in events:
                    yield node
                    node.clear()
                    while node.getprevious() is not None:
                        del node.getparent()[0]
        except KeyError:
            raise LoadError(LoadReason.DAMAGED, f"{path} is missing") from None
        except (lxml.etree.XMLSyntaxError, BadZipFile, EOFError, OSError, zlib.error) as error:
            raise LoadError(LoadReason.DAMAGED, f"{path}: {error}") from error


def local(node: Any) -> str:  # noqa: ANN401 - an lxml element
    """The name of an element without its namespace."""
    return str(node.tag).rpartition("}")[2]


def reference(node: Any, name: str) -> str:  # noqa: ANN401
    """The relation that an element names in an attribute like ``r:id``, whichever form of the standard it follows."""
    return next((str(value) for key, value in node.attrib.items() if key.endswith(f"}}{name}")), "")


def true(value: str | None) -> bool:
    """Whether an attribute says yes."""
    return value in {"1", "true", "on"}
