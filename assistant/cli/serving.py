"""``assistant serve`` and the processes it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assistant.wiring import Container


def serve(
    *,
    host: Annotated[str | None, typer.Option("--host", help="주소 (기본 127.0.0.1)")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="포트 (기본 8000)")] = None,
    samples: Annotated[bool, typer.Option("--samples", help="예시 문서를 넣습니다")] = False,
) -> None:
    """웹 화면과 작업 프로세스를 실행합니다."""
    from assistant.processes.basics import prepare_home
    from assistant.runtime.setup import ensure_model, prepare, refuse_open_demo, require_modules
    from assistant.runtime.supervisor import Supervisor, say_on_terminal
    from assistant.settings import settings
    from assistant.wiring import build_container

    overrides = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    chosen = settings().model_copy(update=overrides)
    refuse_open_demo(chosen)
    require_modules()
    prepare_home(chosen.home)
    container = build_container(chosen)
    try:
        prepare(container, say_on_terminal)
        if not ensure_model(chosen, say_on_terminal):
            say_on_terminal("임베딩 모델이 설치되지 않아 낱말 검색만 합니다. make setup 을 실행해 주세요.")

        def up(port: int) -> None:
            if samples:
                _take_samples_in(container)
            say_on_terminal(f"준비되었습니다: http://{chosen.host}:{port}  (멈추려면 Ctrl-C)")

        code = Supervisor(chosen, say_on_terminal).run(when_up=up)
    finally:
        container.close()
    raise typer.Exit(code)


def _take_samples_in(container: Container) -> None:
    """Put the sample documents into the queue; the worker reads them while the page is already up."""
    from assistant.runtime.samples import submit_samples
    from assistant.runtime.supervisor import say_on_terminal

    number = submit_samples(container)
    if number:
        say_on_terminal(f"예시 문서 {number}건을 넣습니다. 곧 검색할 수 있습니다.")


def worker(
    *, until_idle: Annotated[bool, typer.Option("--until-idle", help="남은 작업이 없으면 끝냅니다")] = False
) -> None:
    """작업 프로세스 (serve 가 실행합니다)."""
    from assistant.runtime.entry import run_worker
    from assistant.settings import settings

    raise typer.Exit(run_worker(settings(), until_idle=until_idle))


def web(*, fd: Annotated[int, typer.Option("--fd", help="물려받은 소켓")]) -> None:
    """웹 프로세스 (serve 가 실행합니다)."""
    from assistant.runtime.entry import run_web
    from assistant.settings import settings

    raise typer.Exit(run_web(settings(), fd))


def chroma_keeper() -> None:
    """Chroma 서버를 돌보는 프로세스 (필요할 때 스스로 실행됩니다)."""
    from assistant.processes.basics import prepare_home
    from assistant.processes.chroma import Keeper
    from assistant.settings import settings

    prepare_home(settings().home)
    raise typer.Exit(Keeper(settings().home).run())
