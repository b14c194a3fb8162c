"""Answers as files: what a person may see of them, with their sources and the mark of generated text.

Made of the views that pages show, so what a reader may not see is not in the file either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from assistant.governance.audit import AuditAction, record
from assistant.library.legal import KOREA, LABELS, LegalState
from assistant.writers import docx, hwpx
from assistant.writers.markdown import to_markdown
from assistant.writers.paper import Block, Heading, Item, Kind, Paper, Paragraph, Run, plain
from guardrails.labelling import AiLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal

_BULLET: Final = re.compile(r"\s{0,6}[-*•·○□ㅇ]\s+")
_NUMBER: Final = re.compile(r"\s{0,6}(\d{1,3}[.)])\s+")
_HEADING: Final = re.compile(r"\s{0,3}(#{1,4})\s+")
_BOLD: Final = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_UNSAFE: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_LONGEST_NAME: Final = 60
_EXTRACTIVE: Final = "extractive"


class Format(StrEnum):
    """Kinds of files; the value is their ending."""

    HWPX = "hwpx"
    DOCX = "docx"
    MARKDOWN = "md"


@dataclass(frozen=True, slots=True)
class File:
    """A file to be handed out."""

    name: str
    media_type: str
    content: bytes


_WRITERS: Final[dict[Format, tuple[str, Callable[[Paper], bytes]]]] = {
    Format.HWPX: (hwpx.MEDIA_TYPE, hwpx.to_hwpx),
    Format.DOCX: (docx.MEDIA_TYPE, docx.to_docx),
    Format.MARKDOWN: ("text/markdown; charset=utf-8", to_markdown),
}


def export(title: str, turns: Sequence[Mapping[str, Any]], form: Format, *, author: str) -> File:
    """Return answers as a file.

    Args:
        title: name of the conversation, or what was asked.
        turns: views of turns; those that still run are left out.
        form: kind of file.
        author: display name of who takes the file.
    """
    ended = [turn for turn in turns if turn["status"]]
    media_type, write = _WRITERS[form]
    name = _UNSAFE.sub(" ", title).strip(" .")[:_LONGEST_NAME].strip() or "답변"
    return File(f"{name}.{form.value}", media_type, write(_paper(title, ended, author)))


def record_export(session: Session, principal: Principal, subject: str, form: Format, answers: int) -> None:
    """Write into the audit that somebody took answers out as a file, in the caller's transaction."""
    record(
        session,
        actor=principal.username,
        action=AuditAction.CONVERSATION_EXPORTED,
        subject=subject,
        data={"format": form.value, "answers": answers},
    )


def _paper(title: str, turns: Sequence[Mapping[str, Any]], author: str) -> Paper:
    label = _label(turns)
    moment = datetime.now(UTC).replace(microsecond=0)
    blocks: list[Block] = [
        plain(
            f"{label.text}\n내보낸 때: {moment.astimezone(KOREA):%Y. %-m. %-d. %H:%M}, 내보낸 사람: {author}", Kind.NOTE
        )
    ]
    for number, turn in enumerate(turns, start=1):
        blocks += _turn(turn, f"질문 {number}" if len(turns) > 1 else "질문")
    created = moment.isoformat().replace("+00:00", "Z")
    return Paper(title or "답변", tuple(blocks), author, created, _properties(label))


def _label(turns: Sequence[Mapping[str, Any]]) -> AiLabel:
    written = [turn for turn in turns if turn["model"] not in {"", _EXTRACTIVE}]
    models = ", ".join(dict.fromkeys(turn["model"] for turn in turns if turn["model"]))
    made = max((turn["finished_at"] or turn["created_at"] for turn in turns), default="")
    return AiLabel("answer" if written else "extractive", models, made)


def _properties(label: AiLabel) -> dict[str, str]:
    return {
        "AiGenerated": "true",
        "AiLabel": label.text,
        "AiModel": label.model,
        "AiCreatedAt": label.created_at,
        "DigitalSourceType": str(label.as_dict()["digital_source_type"]),
    }


def _turn(turn: Mapping[str, Any], heading: str) -> list[Block]:
    blocks: list[Block] = [Heading(heading), plain(turn["question"]), Heading("답변", 2)]
    told = [turn["status_tag"], f"{_day(turn['as_of'])} 기준" if turn.get("as_of") else "", turn["model"]]
    blocks.append(plain(" · ".join(part for part in told if part), Kind.NOTE))
    blocks += _answer(str(turn["answer"] or ""))
    cited = turn["citations"]
    if cited:
        blocks.append(Heading("근거", 2))
        for source in cited:
            blocks.append(plain(f"[{source['n']}] {_place(source)}"))
            if source["quote"]:
                blocks.append(plain(source["quote"], Kind.QUOTE))
    return blocks


def _answer(text: str) -> Iterator[Block]:
    for line in text.split("\n"):
        if not line.strip():
            continue
        heading, bullet, number = _HEADING.match(line), _BULLET.match(line), _NUMBER.match(line)
        if heading:
            yield Heading(_BOLD.sub(r"\1", line[heading.end() :]), 3)
        elif bullet:
            yield Item(_runs(line[bullet.end() :]))
        elif number:
            yield Item(_runs(line[number.end() :]), number[1])
        else:
            yield Paragraph(_runs(line))


def _runs(text: str) -> tuple[Run, ...]:
    runs: list[Run] = []
    done = 0
    for match in _BOLD.finditer(text):
        runs += [Run(text[done : match.start()]), Run(match[1], bold=True)]
        done = match.end()
    runs.append(Run(text[done:]))
    return tuple(run for run in runs if run.text)


def _place(source: Mapping[str, Any]) -> str:
    locator = source["locator"]
    article, name = locator.get("article"), locator.get("article_title")
    place = f"{article}({name})" if article and name else article or next(reversed(locator.get("heading") or [""]), "")
    page = f"{locator['page']}쪽" if locator.get("page") else ""
    told = [f"{source['title']} {place}".strip(), page]
    if source["document_id"]:
        told.append(
            LABELS.get(LegalState(source["legal_state"]), "") if source["legal_state"] in set(LegalState) else ""
        )
        told.append(f"시행 {_day(source['effective_on'])}" if source["effective_on"] else "")
    return " · ".join(part for part in told if part)


def _day(value: str) -> str:
    return " ".join(f"{int(part)}." for part in value.split("-"))
