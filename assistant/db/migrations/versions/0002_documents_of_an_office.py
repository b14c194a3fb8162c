"""Texts apart from states, texts of one law as a family, deletion, personal-data policy, progress, attachments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
LARGE = ("outline", "blocks", "text")


def upgrade() -> None:
    _texts()
    _collections()
    _documents()
    op.add_column("turns", sa.Column("as_of", sa.Date(), nullable=True))
    op.create_table(
        "ingest_progress",
        sa.Column("version_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("version_id", name="pk_ingest_progress"),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["document_versions.id"],
            name="fk_ingest_progress_version_id_document_versions",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("ingest_progress")
    op.drop_column("turns", "as_of")
    with op.batch_alter_table("documents") as table:
        table.drop_constraint("fk_documents_parent_id_documents", type_="foreignkey")
        table.drop_index("ix_documents_parent_id")
        table.drop_index("ix_documents_collection_family")
        for column in ("family", "parent_id", "deleted_at", "purged_at"):
            table.drop_column(column)
    with op.batch_alter_table("collections") as table:
        table.drop_constraint("uq_collections_conversation_id", type_="unique")
        for column in ("description", "pii_policy", "conversation_id"):
            table.drop_column(column)
    with op.batch_alter_table("document_versions") as table:
        table.drop_column("pii")
        table.add_column(sa.Column("outline", JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("blocks", JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("text", sa.Text(), nullable=False, server_default=""))
    for column in LARGE:
        op.execute(
            f"UPDATE document_versions SET {column} = (SELECT t.{column} FROM version_texts t"  # noqa: S608 - names made here
            " WHERE t.version_id = document_versions.id)"
            " WHERE id IN (SELECT version_id FROM version_texts)"
        )
    with op.batch_alter_table("document_versions") as table:
        for column in LARGE:
            table.alter_column(column, server_default=None)
    op.drop_table("version_texts")


def _texts() -> None:
    """Move the large columns of versions into a table of their own."""
    op.create_table(
        "version_texts",
        sa.Column("version_id", sa.String(), nullable=False),
        sa.Column("outline", JSON, nullable=False),
        sa.Column("blocks", JSON, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name="pk_version_texts"),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["document_versions.id"],
            name="fk_version_texts_version_id_document_versions",
            ondelete="CASCADE",
        ),
    )
    op.execute(
        "INSERT INTO version_texts (version_id, outline, blocks, text)"
        " SELECT id, outline, blocks, text FROM document_versions WHERE text <> ''"
    )
    with op.batch_alter_table("document_versions") as table:
        for column in LARGE:
            table.drop_column(column)
        table.add_column(sa.Column("pii", JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("document_versions") as table:
        table.alter_column("pii", server_default=None)


def _collections() -> None:
    with op.batch_alter_table("collections") as table:
        table.add_column(sa.Column("description", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("pii_policy", sa.String(), nullable=False, server_default="keep"))
        table.add_column(sa.Column("conversation_id", sa.String(), nullable=True))
        table.create_unique_constraint("uq_collections_conversation_id", ["conversation_id"])
    with op.batch_alter_table("collections") as table:
        table.alter_column("description", server_default=None)
        table.alter_column("pii_policy", server_default=None)


def _documents() -> None:
    with op.batch_alter_table("documents") as table:
        table.add_column(sa.Column("family", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("parent_id", sa.String(), nullable=True))
        table.add_column(sa.Column("deleted_at", TIME, nullable=True))
        table.add_column(sa.Column("purged_at", TIME, nullable=True))
        table.create_foreign_key("fk_documents_parent_id_documents", "documents", ["parent_id"], ["id"])
        table.create_index("ix_documents_parent_id", ["parent_id"])
        table.create_index("ix_documents_collection_family", ["collection_id", "family"])
    op.execute("UPDATE documents SET family = id")
    with op.batch_alter_table("documents") as table:
        table.alter_column("family", server_default=None)
