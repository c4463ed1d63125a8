"""when clubs are reminded"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("club", sa.Integer(), nullable=False),
        sa.Column("presenter", sa.Integer(), nullable=False),
        sa.Column("early", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["club"], ["clubs.id"], name=op.f("fk_reminders_club"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("club", name=op.f("pk_reminders")),
    )


def downgrade() -> None:
    op.drop_table("reminders")
