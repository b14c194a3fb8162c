"""What must be there before anything runs: the home, the tables, the first users, the model file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.settings import Settings
    from assistant.wiring import Container


MODULES: Final = (
    "fastapi",
    "uvicorn",
    "sqlalchemy",
    "alembic",
    "huey",
    "chromadb",
    "tantivy",
    "kiwipiepy",
    "onnxruntime",
    "presidio_analyzer",
    "openai",
    "tiktoken",
)


def prepare(container: Container, say: Callable[[str], None]) -> None:
    """Bring the home up to date; does nothing the second time.

    Args:
        container: this process's parts.
        say: told what takes a moment, in Korean.

    Raises:
        Failure: ``database_unavailable``, ``home_not_writable``, ``embedder_unavailable``.
    """
    from assistant.accounts.demo import ensure_base, ensure_demo
    from assistant.db.migrate import is_current, upgrade

    if not is_current(container.database):
        say("데이터베이스를 준비합니다.")
        upgrade(container.database)
    with container.database.write() as session:
        ensure_base(session)
        if container.settings.auth == "demo":
            ensure_demo(session)


def require_modules() -> None:
    """Look for what the service's processes import, before they fail one after the other on it.

    Raises:
        Failure: ``module_missing``, naming the modules.
    """
    from importlib.util import find_spec

    from assistant.errors import ErrorCode, Failure

    missing = [name for name in MODULES if find_spec(name) is None]
    if missing:
        raise Failure(ErrorCode.MODULE_MISSING, detail=", ".join(missing))


def ready(container: Container) -> None:
    """Check that the tables are the ones this version knows.

    Raises:
        Failure: ``database_outdated``.
    """
    from assistant.db.migrate import is_current
    from assistant.errors import ErrorCode, Failure

    if not is_current(container.database):
        raise Failure(ErrorCode.DATABASE_OUTDATED)


def refuse_open_demo(settings: Settings) -> None:
    """Keep demo sign-in, which asks for no password, off every address but loopback.

    Raises:
        Failure: ``demo_not_local``; or ``settings_invalid`` when the header mode has no secret.
    """
    import ipaddress

    from assistant.errors import ErrorCode, Failure

    if settings.auth == "header":
        if not settings.auth_secret.get_secret_value():
            raise Failure(ErrorCode.SETTINGS_INVALID, detail="ASSISTANT_AUTH_SECRET")
        return
    try:
        local = ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        local = settings.host == "localhost"
    if not local:
        raise Failure(ErrorCode.DEMO_NOT_LOCAL, detail=settings.host)


def ensure_model(settings: Settings, say: Callable[[str], None]) -> bool:
    """Build the bundled embedding model's file when it is missing; return whether there is any embedding model.

    The model itself is not loaded: the processes that embed do that.

    Raises:
        Failure: ``embedder_unavailable`` when the weights are not what they should be.
    """
    from assistant.embedding import build_bundled, bundled_available, model_folder

    if settings.embedding_base_url:
        return True
    if not bundled_available():
        return False
    if not model_folder(settings.home).exists():
        say("임베딩 모델 파일을 만듭니다 (처음 한 번, 몇 초 걸립니다).")
    build_bundled(settings)
    return True
