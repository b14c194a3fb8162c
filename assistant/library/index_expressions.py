"""The everyday questions in force: those that come with the product and those of the city's own file."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure
from retrieval.expressions import Expressions, ProblemCode, read, shipped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from retrieval.expressions import Problem

_log = logging.getLogger(__name__)

SENTENCES: Final[Mapping[ProblemCode, str]] = {
    ProblemCode.COLUMNS: "탭으로 나눈 네 칸(법령 제목, 조, 조 제목, 질문)이 아닙니다.",
    ProblemCode.TITLE: "법령 제목이 비어 있습니다.",
    ProblemCode.ARTICLE: "조 번호는 제15조 또는 제15조의2처럼 적어 주세요.",
    ProblemCode.LENGTH: "질문은 4자 이상 200자 이하로 적어 주세요.",
    ProblemCode.ENCODING: "파일이 UTF-8이 아닙니다. UTF-8로 다시 저장해 주세요.",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The questions in force, and the lines of the city's file that could not be used."""

    expressions: Expressions
    problems: tuple[Problem, ...] = ()


def load_expressions(path: Path | None) -> Loaded:
    """Return the questions in force.

    Args:
        path: the city's own file, if there is one; its lines come on top of the shipped ones.

    Raises:
        Failure: ``settings_invalid`` when the file cannot be opened.
    """
    lines = list(shipped())
    problems: list[Problem] = []
    if path is not None:
        try:
            own, problems = read(path)
        except OSError as error:
            raise Failure(ErrorCode.SETTINGS_INVALID, detail="ASSISTANT_EXPRESSIONS_PATH") from error
        lines += own
        for problem in problems:
            _log.warning("everyday expressions: line %d is not used: %s", problem.number, problem.code.value)
    return Loaded(Expressions(lines), tuple(problems))
