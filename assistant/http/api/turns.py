"""Questions: ask one, follow it, stop it, say what it was worth."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from assistant.accounts.identity import Principal
from assistant.http import sse
from assistant.http.deps import (
    ApiPrincipal,
    Container,
    ContainerDep,
    PrincipalDep,
    answers_of,
    container_of,
    metrics_of,
)

router = APIRouter(prefix="/api/v1/turns", tags=["질문"])


class Question(BaseModel):
    """A question; without ``conversation_id`` it opens a new conversation."""

    model_config = ConfigDict(extra="ignore")

    question: str
    conversation_id: str | None = None
    collection: str | None = Field(default=None, description="이름으로 고른 문서 모음 하나에서만 찾습니다.")
    as_of: date | None = Field(default=None, description="이 날의 법령으로 답합니다 (YYYY-MM-DD). 없으면 오늘입니다.")
    after: str | None = Field(default=None, description="이 질문에 이어서 묻습니다. 없으면 대화의 마지막 질문입니다.")
    instead_of: str | None = Field(
        default=None, description="이 질문을 고쳐 묻거나 다시 묻습니다. 앞선 질문과 답변은 그대로 남습니다."
    )


class Asked(BaseModel):
    """Where the answer will be."""

    id: str
    conversation_id: str
    events_url: str


class Opinion(BaseModel):
    """A thumb and, if wanted, why."""

    rating: Literal[1, -1]
    comment: str = Field(default="", max_length=2000)


async def ask(request: Request, principal: Principal, asked: Question) -> dict[str, Any]:
    """Start a turn and hand it to the app, which owns it from here on. Returns its view."""
    answers = answers_of(request)
    turn_id = await asyncio.to_thread(
        answers.start,
        principal,
        asked.question,
        conversation_id=asked.conversation_id,
        collection=asked.collection or None,
        as_of=asked.as_of,
        after=asked.after,
        instead_of=asked.instead_of,
    )
    answers.launch(turn_id)
    metrics_of(request).turn_started()
    return await asyncio.to_thread(turn_view, container_of(request), principal, turn_id)


def turn_view(container: Container, principal: Principal, turn_id: str) -> dict[str, Any]:
    """Return a turn as its owner may see it."""
    with container.database.read() as session:
        return container.answers.view(session, principal, turn_id)


@router.post("", status_code=201, summary="질문하기")
async def create(request: Request, response: Response, body: Question, principal: ApiPrincipal) -> Asked:
    """Take a question; its answer comes on ``events_url``."""
    view = await ask(request, principal, body)
    response.headers["Location"] = f"/api/v1/turns/{view['id']}"
    return Asked(
        id=view["id"], conversation_id=view["conversation_id"], events_url=f"/api/v1/turns/{view['id']}/events"
    )


@router.get("/{turn_id}", summary="질문과 답변 보기")
def read(container: ContainerDep, principal: PrincipalDep, turn_id: str) -> dict[str, Any]:
    """Return the turn as it stands."""
    return turn_view(container, principal, turn_id)


@router.get(
    "/{turn_id}/events",
    summary="진행 상황 받기 (Server-Sent Events)",
    response_class=StreamingResponse,
    responses={200: {"content": {sse.MEDIA_TYPE: {}}}},
)
async def events(
    *,
    request: Request,
    container: ContainerDep,
    principal: PrincipalDep,
    turn_id: str,
    last_event_id: Annotated[str, Header()] = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> StreamingResponse:
    """Stream the turn's events, after the last one the reader has seen, to ``done``."""
    await asyncio.to_thread(turn_view, container, principal, turn_id)  # a refusal must come before the stream begins
    source = answers_of(request).events(principal, turn_id, after=sse.last_event_id(last_event_id, after))
    heartbeat: float = request.app.state.heartbeat_s
    return StreamingResponse(
        _counted(request, sse.stream(source, heartbeat)), media_type=sse.MEDIA_TYPE, headers=sse.HEADERS
    )


async def _counted(request: Request, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    metrics = metrics_of(request)
    metrics.stream_opened()
    try:
        async for line in lines:
            yield line
    finally:
        metrics.stream_closed()


@router.post("/{turn_id}/stop", status_code=204, summary="답변 작성 멈추기")
def stop(container: ContainerDep, principal: ApiPrincipal, turn_id: str) -> None:
    """Ask a running turn to end."""
    container.answers.stop(principal, turn_id)


@router.post("/{turn_id}/feedback", status_code=204, summary="답변 평가하기")
def feedback(container: ContainerDep, principal: ApiPrincipal, turn_id: str, body: Opinion) -> None:
    """Keep a person's opinion; the last word counts."""
    container.answers.feedback(principal, turn_id, body.rating, body.comment)
