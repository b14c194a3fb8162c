"""Turns that stand in for others, work on a document as a turn, and conversations shared in a department."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("turns", sa.Column("parent_id", sa.String(), nullable=True))
    op.add_column("turns", sa.Column("task", JSON, nullable=True))
    op.execute(  # so far every conversation was one line
        "UPDATE turns SET parent_id = (SELECT before.id FROM turns before"
        " WHERE before.conversation_id = turns.conversation_id AND before.ordinal < turns.ordinal"
        " ORDER BY before.ordinal DESC LIMIT 1)"
    )
    op.create_table(
        "conversation_shares",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_conversation_shares"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_conversation_shares_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["department_code"], ["departments.code"], name="fk_conversation_shares_department_code_departments"
        ),
    )
    op.create_index("ix_conversation_shares_department_code", "conversation_shares", ["department_code"])


def downgrade() -> None:
    op.drop_table("conversation_shares")
    op.drop_column("turns", "task")
    op.drop_column("turns", "parent_id")
