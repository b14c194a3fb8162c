"""Work on a document: a summary, duties and deadlines, tables, what differs, a question to it alone."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from assistant.accounts.identity import Principal
from assistant.answering.tasks.reading import structure
from assistant.answering.tasks.spec import TaskKind, Wanted
from assistant.answering.tasks.tables import Found, tables
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.http.api.turns import Asked, turn_view
from assistant.http.deps import ApiPrincipal, ContainerDep, PrincipalDep, answers_of, container_of, metrics_of
from assistant.library.documents import view
from assistant.writers import spreadsheet

router = APIRouter(prefix="/api/v1", tags=["문서"])


class NewTask(BaseModel):
    """What is to be done with a document; its result comes like an answer."""

    model_config = ConfigDict(extra="ignore")

    kind: TaskKind
    document_id: str
    version_id: str | None = None
    other_id: str | None = Field(default=None, description="비교할 다른 문서입니다. 없으면 앞 판과 비교합니다.")
    other_version_id: str | None = None
    question: str = Field(default="", description="ask일 때, 이 문서에 대고 묻는 말입니다.")
    conversation_id: str | None = None


async def start(request: Request, principal: Principal, task: NewTask) -> dict[str, Any]:
    """Start a task and hand it to the app, which owns it from here on. Returns its turn's view."""
    answers = answers_of(request)
    wanted = Wanted(task.kind, task.document_id, task.version_id, task.other_id, task.other_version_id)
    turn_id = await asyncio.to_thread(
        answers.desk.start, principal, wanted, asked=task.question, conversation_id=task.conversation_id
    )
    answers.launch(turn_id)
    metrics_of(request).turn_started()
    return await asyncio.to_thread(turn_view, container_of(request), principal, turn_id)


@router.post("/tasks", status_code=201, summary="문서로 일 시키기")
async def create(request: Request, response: Response, body: NewTask, principal: ApiPrincipal) -> Asked:
    """Take a task; its result comes on ``events_url`` like an answer."""
    made = await start(request, principal, body)
    response.headers["Location"] = f"/api/v1/turns/{made['id']}"
    return Asked(
        id=made["id"], conversation_id=made["conversation_id"], events_url=f"/api/v1/turns/{made['id']}/events"
    )


@router.get("/documents/{document_id}/tables", summary="문서의 표 내려받기", response_class=Response)
def read_tables(
    *,
    container: ContainerDep,
    principal: PrincipalDep,
    document_id: str,
    version: str = "",
    form: Annotated[str, Query(alias="format", pattern="^(xlsx|csv|json)$")] = "xlsx",
    table: Annotated[int, Query(ge=1, description="csv일 때, 몇 번째 표인지입니다.")] = 1,
) -> Response:
    """Return the tables of a document: all as a workbook or as JSON, one as CSV."""
    with container.database.write() as session:
        shown = view(session, principal, document_id, version or None)
        content = structure(session, shown.version_id)
        found = tables(content.text, content.blocks)
        if not found or table > len(found):
            raise Failure(ErrorCode.DOCUMENT_NOT_FOUND, detail="table")
        if form != "json":
            record(
                session,
                actor=principal.username,
                action=AuditAction.DOCUMENT_DOWNLOADED,
                subject=f"document:{document_id}",
                data={"version": shown.version_id, "tables": len(found) if form == "xlsx" else table},
            )
    return _file(shown.title, found, form, table)


def _file(title: str, found: list[Found], form: str, number: int) -> Response:
    if form == "json":
        items = [{"name": one.name, "start": one.start, "end": one.end, "rows": one.table.rows} for one in found]
        return JSONResponse({"title": title, "items": items})
    if form == "csv":
        content, media_type = spreadsheet.to_csv(found[number - 1].table), spreadsheet.CSV_TYPE
        name = f"{title} 표 {number}.csv"
    else:
        sheets = [(f"{at}. {one.name}".rstrip(". "), one.table) for at, one in enumerate(found, start=1)]
        content, media_type, name = spreadsheet.to_xlsx(sheets), spreadsheet.MEDIA_TYPE, f"{title} 표.xlsx"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name.replace('/', ' '), safe='')}"}
    return Response(content, media_type=media_type, headers=headers)
