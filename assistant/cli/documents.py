"""``assistant documents``: what there is, and taking it away or bringing it back."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from assistant.cli import output
from assistant.cli.asking import AsJson, AsUser, Collection

documents = typer.Typer(help="문서 목록·내리기·되돌리기·삭제", no_args_is_help=True)

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="문서 번호")]


@documents.command("list")
def list_all(
    *,
    collection: Collection = None,
    binned: Annotated[bool, typer.Option("--bin", help="내리거나 삭제한 문서")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="줄 수")] = 100,
    offset: Annotated[int, typer.Option("--offset", min=0, help="건너뛸 줄 수")] = 0,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """볼 수 있는 문서를 보여 줍니다."""
    from assistant.library.browse import browse
    from assistant.library.legal import LABELS
    from assistant.library.lines import Filters

    container = output.open_container()
    try:
        principal = output.acting(container, as_user)
        filters = Filters(collection=collection or "", bin=binned)
        with container.database.read() as session:
            page = browse(session, principal, filters, order="title", limit=limit, offset=offset)
    finally:
        container.close()
    lines = [
        {
            "document_id": one.document_id,
            "version_id": one.version_id,
            "title": one.title,
            "filename": one.filename,
            "collection": one.collection,
            "state": one.state.value,
            "reason": one.reason,
            "chunks": one.chunk_count,
            "effective_on": one.effective_on.isoformat() if one.effective_on else None,
            "legal_state": one.legal_state.value,
            "withdrawn_at": one.withdrawn_at.isoformat() if one.withdrawn_at else None,
            "deleted_at": one.deleted_at.isoformat() if one.deleted_at else None,
        }
        for one in page.items
    ]
    if as_json:
        output.emit({"documents": lines, "total": page.total})
        return
    for one in page.items:
        since = one.effective_on.isoformat() if one.effective_on else "-"
        output.say(f"{one.document_id}\t{one.title}\t{one.collection}\t{since}\t{LABELS[one.legal_state]}")
    output.say(f"{len(page.items)}/{page.total}건")


@documents.command("withdraw")
def withdraw(*, ids: Ids, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """문서를 내립니다: 검색과 목록에서 바로 사라지고, 되돌릴 수 있습니다."""
    _act("withdraw", "내렸습니다", ids, as_user, as_json=as_json)


@documents.command("restore")
def restore(*, ids: Ids, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """내리거나 삭제한 문서를 되돌립니다."""
    _act("restore", "되돌렸습니다", ids, as_user, as_json=as_json)


@documents.command("delete")
def delete(*, ids: Ids, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """문서를 삭제합니다: 바로 사라지고, 보존 기간이 지나면 저장소에서도 지워집니다."""
    _act("delete", "삭제했습니다", ids, as_user, as_json=as_json)


@documents.command("purge")
def purge(*, as_json: AsJson = False) -> None:
    """보존 기간이 지난 삭제 문서를 저장소에서 지웁니다 (날마다 저절로 하는 일입니다)."""
    container = output.open_container()
    try:
        removed = container.purge.purge()
    finally:
        container.close()
    if as_json:
        output.emit({"purged": removed})
    else:
        output.say(f"삭제한 문서 {removed}건을 저장소에서 지웠습니다.")


def _act(
    name: Literal["withdraw", "restore", "delete"], done: str, ids: list[str], as_user: str | None, *, as_json: bool
) -> None:
    """Do one act to some documents, each on its own; exit code 1 when one of them was refused."""
    from assistant.errors import Failure
    from assistant.messages import explain

    container = output.open_container()
    lines: list[dict[str, object]] = []
    try:
        principal = output.acting(container, as_user)
        acts = {
            "withdraw": container.lifecycle.withdraw,
            "restore": container.lifecycle.restore,
            "delete": container.lifecycle.delete,
        }
        for document_id in ids:
            try:
                acts[name](document_id, principal)
            except Failure as failure:
                lines.append({"document_id": document_id, "ok": False, "reason": failure.code.value})
                output.complain(f"{document_id}: {explain(failure)}")
            else:
                lines.append({"document_id": document_id, "ok": True, "reason": None})
                if not as_json:
                    output.say(f"{document_id}: {done}")
    finally:
        container.close()
    if as_json:
        output.emit({"documents": lines})
    if not all(line["ok"] for line in lines):
        raise typer.Exit(1)
