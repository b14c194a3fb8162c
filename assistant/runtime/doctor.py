"""``assistant doctor``: looks at everything the product needs and says how to mend what is missing."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from assistant.errors import Failure
from assistant.messages import explain
from assistant.runtime.setup import MODULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.settings import Settings
    from assistant.wiring import Container

_FREE_BYTES: Final = 2 * 1024**3
_LINES_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it is well, what was seen, and how to mend it (empty when well)."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


def examine(settings: Settings) -> list[Check]:
    """Look at everything, one thing after the other; nothing is changed but what a start would create anyway."""
    from assistant.processes.basics import prepare_home
    from assistant.wiring import build_container

    checks = [_python(), _modules()]
    try:
        prepare_home(settings.home)
    except Failure as failure:
        return [*checks, Check("home", ok=False, detail=explain(failure), fix="chmod / chown, ASSISTANT_HOME")]
    checks.append(_disk(settings))
    if not all(check.ok for check in checks[:2]):
        return checks
    container = build_container(settings)
    try:
        for name, look in _LOOKS:
            checks.append(_guarded(name, look, container))
    finally:
        container.close()
    return checks


def _guarded(name: str, look: Callable[[Container], Check], container: Container) -> Check:
    try:
        return look(container)
    except Failure as failure:
        return Check(name, ok=False, detail=explain(failure), fix="logs/ 폴더와 설정을 확인해 주세요.")
    except Exception as error:  # noqa: BLE001 - a doctor reports whatever it meets, and goes on looking
        return Check(name, ok=False, detail=type(error).__name__, fix="make setup")


def _python() -> Check:
    version = ".".join(str(number) for number in sys.version_info[:3])
    ok = (3, 11) <= sys.version_info[:2] <= (3, 12)
    return Check("python", ok=ok, detail=version, fix="" if ok else "Python 3.11 또는 3.12 를 설치해 주세요.")


def _modules() -> Check:
    missing = [name for name in MODULES if find_spec(name) is None]
    return Check(
        "modules", ok=not missing, detail=", ".join(missing) or "모두 있음", fix="make setup" if missing else ""
    )


def _disk(settings: Settings) -> Check:
    free = shutil.disk_usage(settings.home).free
    ok = free >= _FREE_BYTES
    detail = f"{settings.home}: {free // 1024**2:,} MiB 남음"
    return Check("home", ok=ok, detail=detail, fix="" if ok else "디스크를 비워 주세요 (2 GiB 이상).")


def _database(container: Container) -> Check:
    from assistant.db.migrate import is_current

    current = is_current(container.database)
    backend = container.database.url.get_backend_name()
    return Check(
        "database",
        ok=current,
        detail=f"{backend}{'' if current else ', 구조가 최신이 아님'}",
        fix="" if current else "assistant migrate",
    )


def _audit(container: Container) -> Check:
    from assistant.governance.audit import verify

    with container.database.read() as session:
        report = verify(session)
    detail = f"{report.events}건 확인" if report.ok else f"{report.first_broken}번째에서 끊어짐"
    return Check(
        "audit", ok=report.ok, detail=detail, fix="" if report.ok else "백업과 비교해 주세요: assistant audit verify"
    )


def _embedder(container: Container) -> Check:
    embedder = container.embedder
    if embedder is None:
        return Check("embedder", ok=False, detail="임베딩 모델 없음 (낱말 검색만)", fix="make setup (extra: embed)")
    embedder.embed_query("확인")
    return Check("embedder", ok=True, detail=embedder.fingerprint)


def _chroma(container: Container) -> Check:
    container.vector.ping()
    return Check("chroma", ok=True, detail="응답함")


def _indexes(container: Container) -> Check:
    from assistant.library.index_check import check

    report = check(container.database, container.indexes)
    fix = "" if report.ok else "assistant index rebuild"
    return Check("indexes", ok=report.ok, detail="데이터베이스와 같음" if report.ok else "데이터베이스와 다름", fix=fix)


def _expressions(container: Container) -> Check:
    """Say how many everyday questions are in force, and which lines of the city's own file are not."""
    from assistant.library.index_expressions import SENTENCES

    loaded = container.expressions
    detail = f"질문 {len(loaded.expressions):,}개, 법령 {loaded.expressions.laws:,}개"
    if not loaded.problems:
        return Check("expressions", ok=True, detail=detail)
    worst = [f"{one.number}행: {SENTENCES[one.code]}" for one in loaded.problems[:_LINES_SHOWN]]
    return Check(
        "expressions",
        ok=False,
        detail=f"{detail}, 쓰지 못한 행 {len(loaded.problems):,}개",
        fix=f"ASSISTANT_EXPRESSIONS_PATH: {' '.join(worst)}",
    )


def _policy(container: Container) -> Check:
    policy = container.policy
    return Check("policy", ok=True, detail=f"{policy.version} ({policy.hash[:12]})")


def _tokenizer(container: Container) -> Check:
    return Check("tokenizer", ok=container.tokens.count("확인") > 0, detail=container.settings.tokenizer)


def _model(container: Container) -> Check:
    """Try out what the model can do; no model is a choice, not a fault."""
    import asyncio

    from assistant.llm.openai_compat import OpenAICompatibleModel
    from assistant.llm.probe import examine as try_out
    from assistant.llm.probe import words

    model = container.model
    if model is None:
        return Check("model", ok=True, detail="연결된 언어 모델 없음 (ASSISTANT_LLM_BASE_URL 로 연결)")
    style = "짧은 답" if container.kit.short_answers(model) else "긴 답"

    async def look() -> str:
        try:
            if isinstance(model, OpenAICompatibleModel):
                return words(await try_out(model))
            messages = [{"role": "user", "content": "네"}]
            return "" if [piece async for piece in model.stream(messages, max_tokens=4)] else "빈 응답"
        finally:
            await model.aclose()

    found = asyncio.run(look())
    context = f"문맥 {model.context_tokens:,} 토큰"
    fix = ""
    if model.context_tokens < container.settings.llm_context_tokens:
        fix = "서버의 문맥이 설정보다 작아 서버의 값을 따릅니다 (Ollama: OLLAMA_CONTEXT_LENGTH)."
    return Check(
        "model", ok=True, detail=", ".join(part for part in (model.name, context, style, found) if part), fix=fix
    )


def _worker(container: Container) -> Check:
    from assistant.jobs.lock import worker_alive

    alive = worker_alive(container.home)
    return Check("worker", ok=True, detail="실행 중" if alive else "실행 중 아님 (assistant serve)")


def _sandbox(container: Container) -> Check:
    """Say what keeps parsers in their place: a kernel without these fences is weaker, not broken."""
    fences = container.parser.fences()
    words = {
        "network": "네트워크 분리",
        "landlock": "파일 접근 제한",
        "seccomp": "시스템 호출 제한",
        "hook": "인터프리터 감시",
    }
    detail = ", ".join(f"{word} {'있음' if name in fences else '없음'}" for name, word in words.items())
    return Check("sandbox", ok=True, detail=detail)


def _recognition(container: Container) -> Check:
    """Say whether scans and pictures can be read; off by choice is well too."""
    from retrieval.loaders.ocr import data_folder, unavailable

    limits = container.parse_limits
    if not limits.ocr:
        return Check("ocr", ok=True, detail="꺼져 있음 (ASSISTANT_OCR)")
    if not unavailable(limits):
        return Check("ocr", ok=True, detail=f"한국어 글자 인식: {data_folder(limits)}")
    fix = "apt-get install tesseract-ocr tesseract-ocr-kor"
    return Check("ocr", ok=False, detail="스캔 문서와 그림의 글자를 읽을 수 없음", fix=fix)


_LOOKS: Final[tuple[tuple[str, Callable[[Container], Check]], ...]] = (
    ("database", _database),
    ("audit", _audit),
    ("tokenizer", _tokenizer),
    ("policy", _policy),
    ("embedder", _embedder),
    ("chroma", _chroma),
    ("indexes", _indexes),
    ("expressions", _expressions),
    ("model", _model),
    ("sandbox", _sandbox),
    ("ocr", _recognition),
    ("worker", _worker),
)
