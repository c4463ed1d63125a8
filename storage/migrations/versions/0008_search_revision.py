"""a revision of the search index"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('search_state', sa.Column('revision', sa.Text(), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('search_state', 'revision')
