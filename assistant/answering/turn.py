"""The state of one turn: what goes in, what the steps add, and the statuses it can end in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from assistant.accounts.identity import Principal
    from assistant.answering.extractive import Extract
    from assistant.answering.memory import Exchange
    from assistant.answering.proof import Statement
    from assistant.errors import Failure
    from guardrails.pii.pseudonymise import Pseudonymiser
    from guardrails.types import Finding


class Status(StrEnum):
    """How a turn ended. The prefix is its class; the Korean text for each stands in ``STATUS_TEXT``."""

    ANSWERED = "answered"
    ANSWERED_EXTRACTIVE = "answered_extractive"
    ANSWERED_PARTLY_SUPPORTED = "answered_partly_supported"
    CLARIFY_QUESTION = "clarify_question"
    UNANSWERABLE_NO_SOURCE = "unanswerable_no_source"
    UNANSWERABLE_UNSUPPORTED = "unanswerable_unsupported"
    REFUSED_GRADE = "refused_grade"
    REFUSED_STOPPED = "refused_stopped"
    BLOCKED_INPUT = "blocked_input"
    BLOCKED_OUTPUT = "blocked_output"
    ERROR_MODEL = "error_model"
    ERROR_INDEX = "error_index"
    ERROR_INTERRUPTED = "error_interrupted"
    ERROR_INTERNAL = "error_internal"

    @property
    def family(self) -> str:
        """Class of the status: ``answered``, ``clarify``, ``unanswerable``, ``refused``, ``blocked``, ``error``."""
        return self.value.split("_", 1)[0]


@dataclass(frozen=True, slots=True)
class StatusText:
    """Tag shown above an answer, and the canned answer where the status brings its own."""

    tag: str
    tag_en: str
    answer: str = ""


STATUS_TEXT: dict[Status, StatusText] = {
    Status.ANSWERED: StatusText("답변", "Answered"),
    Status.ANSWERED_EXTRACTIVE: StatusText("원문 발췌 답변", "Extracts"),
    Status.ANSWERED_PARTLY_SUPPORTED: StatusText("일부 근거 확인 필요", "Partly supported"),
    Status.CLARIFY_QUESTION: StatusText(
        "질문 확인",
        "Please clarify",
        "질문을 조금 더 구체적으로 적어 주세요. "
        "어떤 업무나 제도에 관한 것인지, 무엇을 알고 싶은지 알려 주시면 찾아보겠습니다.",
    ),
    Status.UNANSWERABLE_NO_SOURCE: StatusText(
        "근거 없음",
        "No source",
        "근거를 찾지 못했습니다. 볼 수 있는 문서에서 이 질문에 답할 만한 내용이 나오지 않았습니다. "
        "다른 표현으로 다시 묻거나 담당 부서에 확인해 주세요.",
    ),
    Status.UNANSWERABLE_UNSUPPORTED: StatusText(
        "근거 부족",
        "Not supported",
        "근거를 찾지 못했습니다. 작성된 답변이 찾은 문서로 확인되지 않아 보여 드리지 않습니다. "
        "아래의 찾은 문서를 직접 확인해 주세요.",
    ),
    Status.REFUSED_GRADE: StatusText(
        "등급 제한",
        "Grade",
        "이 질문이나 근거 문서의 자료 등급이 연결된 언어 모델에 허용된 등급보다 높아 모델에 보내지 않았습니다.",
    ),
    Status.REFUSED_STOPPED: StatusText("중지됨", "Stopped", "요청에 따라 답변 작성을 중지했습니다."),
    Status.BLOCKED_INPUT: StatusText("처리하지 않음", "Blocked", "안전 정책에 따라 이 요청은 처리하지 않았습니다."),
    Status.BLOCKED_OUTPUT: StatusText(
        "답변 회수",
        "Withdrawn",
        "작성된 답변이 안전 정책에 맞지 않아 보여 드리지 않습니다. 아래의 찾은 문서를 직접 확인해 주세요.",
    ),
    Status.ERROR_MODEL: StatusText("모델 오류", "Model error", "언어 모델이 답하지 못했습니다."),
    Status.ERROR_INDEX: StatusText("검색 오류", "Search error", "검색 색인에 연결할 수 없어 답하지 못했습니다."),
    Status.ERROR_INTERRUPTED: StatusText("중단됨", "Interrupted", "서비스가 다시 시작되어 답변이 중단되었습니다."),
    Status.ERROR_INTERNAL: StatusText("오류", "Error", "처리 중 오류가 발생했습니다. 기록되었으니 다시 시도해 주세요."),
}


@dataclass(slots=True)
class Source:
    """A passage an answer may cite.

    ``start``/``end`` cut ``quote`` from the version's canonical text; compose narrows them from the whole
    chunk to the sentences used. ``cited`` is decided by the check step.
    """

    n: int
    chunk_id: str
    document_id: str
    version_id: str
    collection_id: str
    collection: str
    grade: str
    title: str
    locator: dict[str, Any]
    text: str
    start: int
    end: int
    quote: str
    score: float
    legal_state: str
    effective_on: date | None
    chunk_start: int
    cited: bool = False
    around: str = ""  # the article that the chunk is part of, where there is more of it
    around_start: int = 0
    details: int = 0  # number of the source whose "대통령령으로 정하는" this one fills in

    @property
    def body(self) -> str:
        """The text that sentences are quoted from: the whole article where it could be read, else the chunk."""
        return self.around or self.text

    @property
    def body_start(self) -> int:
        """Offset of ``body`` in the version's text."""
        return self.around_start if self.around else self.chunk_start

    def view(self) -> dict[str, Any]:
        """Return the source as events, pages and the command line show it."""
        return {
            "n": self.n,
            "document_id": self.document_id,
            "version_id": self.version_id,
            "collection": self.collection,
            "title": self.title,
            "locator": self.locator,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "score": round(self.score, 4),
            "legal_state": self.legal_state,
            "effective_on": self.effective_on.isoformat() if self.effective_on else None,
            "cited": self.cited,
        }


@dataclass(slots=True)
class Turn:
    """One question on its way to an answer. Steps read and write this and nothing else.

    ``question`` is pseudonymised from the screen step on; ``typed`` is what the person wrote and never
    leaves this object. ``as_of`` is the day whose law was asked for, ``None`` for today. Setting ``status`` ends the
    turn. ``lost`` asks anew which sources the person may not read
    (any more).
    """

    id: str
    conversation_id: str
    principal: Principal
    typed: str
    collection: str | None
    pseudonyms: Pseudonymiser
    emit: Callable[[str, dict[str, Any]], None]
    stopped: Callable[[], bool]
    lost: Callable[[Sequence[Source]], frozenset[int]]
    as_of: date | None = None
    past: list[Exchange] = field(default_factory=list)  # what this turn follows, pseudonymised
    background: str = ""  # the same as a model may be told of it, within its budget
    question: str = ""
    search_query: str = ""
    findings: list[Finding] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    evidence: float = 0.0
    grade: str = "O"
    draft: str = ""  # what compose wrote, before the check
    extracts: list[Extract] = field(default_factory=list)  # what it was made of, when no model wrote it
    statements: list[Statement] = field(default_factory=list)  # a model's sentences, each proven before it was shown
    answer: str = ""
    marks: list[dict[str, Any]] = field(default_factory=list)  # unsupported spans of the answer
    notices: list[dict[str, str]] = field(default_factory=list)
    status: Status | None = None
    failure: Failure | None = None
    model: str = ""
    prompt: str = ""
    policy: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether a step has decided how the turn ends."""
        return self.status is not None

    def end(self, status: Status, answer: str = "") -> None:
        """End the turn with a status and its answer (the canned text of the status when none is given)."""
        self.status = status
        self.answer = answer or STATUS_TEXT[status].answer

    def notice(self, code: str, text: str) -> None:
        """Tell the reader something that is not part of the answer; it stays with the turn."""
        self.notices.append({"code": code, "text": text})
        self.emit("notice", {"code": code, "text": text})
