"""The history of a document, two versions side by side, and what stewards do with a document."""

import csv
import io
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from assistant.http.deps import ContainerDep, FormPrincipal, PrincipalDep
from assistant.http.web.templating import page
from assistant.library import history as past
from assistant.library.compare import Change, Piece, Row
from assistant.library.history import SideBySide
from assistant.library.legal import LegalState
from assistant.library.units import UnitKind

router = APIRouter()

_WORDS = {
    Change.SAME: "같음",
    Change.CHANGED: "변경",
    Change.MOVED: "이동",
    Change.ADDED: "신설",
    Change.REMOVED: "삭제",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that follow each other: the unchanged ones are folded. ``first`` is the number of the first row."""

    folded: bool
    rows: list[Row]
    first: int

    @property
    def name(self) -> str:
        """From which part to which; empty where they have no headings."""
        names = [row.new.number or row.new.label for row in self.rows if row.new and (row.new.number or row.new.label)]
        return names[0] if len(names) == 1 else f"{names[0]} ~ {names[-1]}" if names else ""


@router.get("/documents/{document_id}/history")
def read_history(request: Request, container: ContainerDep, principal: PrincipalDep, document_id: str) -> Response:
    """Show the versions of a document and how much each changed."""
    with container.database.read() as session:
        found = past.history(session, principal, document_id)
    return page(request, "document_history.html", principal, history=found)


@router.get("/documents/{document_id}/compare")
def read_comparison(
    *,
    request: Request,
    container: ContainerDep,
    principal: PrincipalDep,
    document_id: str,
    old: Annotated[str, Query(alias="from")] = "",
    new: Annotated[str, Query(alias="to")] = "",
    only: bool = False,
    export: Annotated[bool, Query(alias="csv")] = False,
) -> Response:
    """Show two versions side by side; ``only=1`` leaves out what did not change, ``csv=1`` gives a table as a file."""
    with container.database.read() as session:
        sides = past.side_by_side(session, principal, document_id, old or None, new or None)
    rows = sides.comparison.rows
    labels = _labels(sides)
    if export:
        return _csv(sides, labels)
    address = {"from": sides.old.version.version_id, "to": sides.new.version.version_id}
    return page(
        request,
        "compare.html",
        principal,
        sides=sides,
        labels=labels,
        law=any(row.kind is UnitKind.ARTICLE for row in rows),
        groups=_groups(rows),
        differs=any(row.change is not Change.SAME for row in rows),
        only=only,
        document_id=document_id,
        ids={one.version_id for one in sides.choices},
        toggle=f"?{urlencode(address if only else address | {'only': '1'})}",
        csv=f"?{urlencode(address | {'csv': '1'})}",
    )


@router.post("/documents/{document_id}/withdraw")
def withdraw(container: ContainerDep, principal: FormPrincipal, document_id: str) -> Response:
    """Take a document out of search and lists; it can be brought back."""
    container.lifecycle.withdraw(document_id, principal)
    return RedirectResponse("/documents", 303)


@router.post("/documents/{document_id}/restore")
def restore(container: ContainerDep, principal: FormPrincipal, document_id: str) -> Response:
    """Bring a document back."""
    container.lifecycle.restore(document_id, principal)
    return RedirectResponse("/documents?bin=1", 303)


@router.post("/documents/{document_id}/delete")
def delete(container: ContainerDep, principal: FormPrincipal, document_id: str) -> Response:
    """Delete a document; it leaves the storage when its retention has passed."""
    container.lifecycle.delete(document_id, principal)
    return RedirectResponse("/documents", 303)


def _groups(rows: tuple[Row, ...]) -> list[Group]:
    numbered = enumerate(rows)
    groups: list[Group] = []
    for folded, some in groupby(numbered, key=lambda one: one[1].change is Change.SAME):
        members = list(some)
        groups.append(Group(folded, [row for _, row in members], members[0][0]))
    return groups


def _labels(sides: SideBySide) -> dict[str, str]:
    """Name the columns: the official form of such tables says 현행 and 개정안 as long as the new text is to come."""
    if sides.new.version.legal_state is LegalState.FUTURE and sides.old.version.legal_state is not LegalState.FUTURE:
        return {"old": "현행" if sides.old.version.active else "개정 전", "new": "개정안"}
    if any(row.kind is UnitKind.ARTICLE for row in sides.comparison.rows):
        return {"old": "개정 전", "new": "개정 후"}
    return {"old": "왼쪽", "new": "오른쪽"}


def _csv(sides: SideBySide, labels: dict[str, str]) -> Response:
    """Return the rows that changed as CSV that spreadsheets open: UTF-8 with a mark, no cell that is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["구분", labels["old"], labels["new"]])
    for row in sides.comparison.rows:
        if row.change is not Change.SAME:
            old, new = ("\n".join(_plain(getattr(line, side)) for line in row.lines) for side in ("old", "new"))
            writer.writerow([_WORDS[row.change], _cell(old), _cell(new)])
    name = quote(f"{sides.new.title} 비교.csv", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _plain(pieces: tuple[Piece, ...] | None) -> str:
    return "".join(piece.text for piece in pieces or ())


def _cell(text: str) -> str:
    """Return a cell that a spreadsheet takes for text; it would run one that begins with ``=``."""
    text = text.strip("\n")
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text
