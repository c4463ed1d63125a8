"""a club's own concepts"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "club_concepts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("club", sa.Integer(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("narrower", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["club"], ["clubs.id"], name=op.f("fk_club_concepts_club"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_concepts")),
    )
    op.create_index(op.f("ix_club_concepts_club"), "club_concepts", ["club"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_club_concepts_club"), table_name="club_concepts")
    op.drop_table("club_concepts")
