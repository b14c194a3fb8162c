"""All commands, put together. Commands import what they need when they run, so that ``--help`` answers at once."""

from __future__ import annotations

import typer

from assistant.cli import (
    administration,
    asking,
    collections,
    documents,
    ingesting,
    looking,
    model,
    serving,
    watching,
)

app = typer.Typer(
    name="assistant",
    help="공무원을 위한 생성형 AI 도우미",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("serve")(serving.serve)
app.command("worker", hidden=True)(serving.worker)
app.command("web", hidden=True)(serving.web)
app.command("chroma-keeper", hidden=True)(serving.chroma_keeper)
app.command("model-keeper", hidden=True)(model.keeper)
app.command("ingest")(ingesting.ingest)
app.command("watch")(watching.watch)
app.command("search")(asking.search)
app.command("ask")(asking.ask)
app.command("redact")(looking.redact)
app.command("guard")(looking.guard)
app.command("doctor")(administration.doctor)
app.command("migrate")(administration.migrate)
app.add_typer(administration.audit, name="audit")
app.add_typer(administration.user, name="user")
app.add_typer(administration.index, name="index")
app.add_typer(model.model, name="model")
app.add_typer(collections.collection, name="collection")
app.add_typer(documents.documents, name="documents")
