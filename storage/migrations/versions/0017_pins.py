"""what admins pinned on a day is the channel's, and stays when they are forgotten"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pins",
        sa.Column("schedule", sa.Integer(), nullable=False),
        sa.Column("date", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["schedule"], ["schedules.id"], name=op.f("fk_pins_schedule"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("schedule", "date", name=op.f("pk_pins")),
    )
    op.execute(
        "INSERT INTO pins (schedule, date, number) SELECT schedule, date, max(number) FROM wishes "
        "WHERE wish = 'pin' AND date IS NOT NULL GROUP BY schedule, date"
    )
    op.execute("DELETE FROM wishes WHERE wish = 'pin'")
    op.drop_column("wishes", "date")


def downgrade() -> None:
    op.add_column("wishes", sa.Column("date", sa.Text(), nullable=True))
    op.drop_table("pins")
