"""what stands in for nominations, told apart from what a forgotten member nominated"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("candidates", sa.Column("stands_in", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE candidates SET stands_in = true WHERE nominated_by IS NULL")


def downgrade() -> None:
    op.drop_column("candidates", "stands_in")
