"""public messages to say again after a withdrawal, and numbers that stay taken"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("withdrawals", sa.Column("last_number", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "outdated_messages",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("platform", "channel", "message", name=op.f("pk_outdated_messages")),
    )
    op.create_index(op.f("ix_outdated_messages_next_at"), "outdated_messages", ["next_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_outdated_messages_next_at"), table_name="outdated_messages")
    op.drop_table("outdated_messages")
    op.drop_column("withdrawals", "last_number")
