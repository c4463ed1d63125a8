"""discord's long lines and registered commands"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('discord_lines',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('line', sa.Text(), nullable=False),
    sa.Column('shown_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_discord_lines'))
    )
    op.create_index(op.f('ix_discord_lines_shown_at'), 'discord_lines', ['shown_at'])
    op.create_table('discord_registrations',
    sa.Column('application', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('registered_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('application', name=op.f('pk_discord_registrations'))
    )


def downgrade() -> None:
    op.drop_table('discord_registrations')
    op.drop_index(op.f('ix_discord_lines_shown_at'), table_name='discord_lines')
    op.drop_table('discord_lines')
