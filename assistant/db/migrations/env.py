"""Runs the revisions on the connection that ``assistant.db.migrate`` opened and locked."""

from __future__ import annotations

from alembic import context

from assistant.db.migrate import in_models
from assistant.db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=in_models,
    render_as_batch=True,  # SQLite cannot alter a table; Alembic then writes it anew
)
with context.begin_transaction():
    context.run_migrations()
