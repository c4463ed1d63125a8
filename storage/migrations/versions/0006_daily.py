"""the daily paper and the digests: schedules, the outbox, wishes"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('schedules',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('channel', sa.Integer(), nullable=True),
    sa.Column('member', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('time', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('days', sa.JSON(), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('paused_until', sa.Text(), nullable=True),
    sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('suspended_for', sa.Text(), nullable=True),
    sa.Column('empty_told', sa.Boolean(), nullable=False),
    sa.Column('slot', sa.Text(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['channel'], ['channels.id'], name=op.f('fk_schedules_channel'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_schedules_club'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_schedules_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedules')),
    sa.UniqueConstraint('platform', 'space', 'target', 'kind', name=op.f('uq_schedules_platform_space_target_kind')),
    )
    op.create_index(op.f('ix_schedules_channel'), 'schedules', ['channel'], unique=False)
    op.create_index(op.f('ix_schedules_club'), 'schedules', ['club'], unique=False)
    op.create_index(op.f('ix_schedules_due_at'), 'schedules', ['due_at'], unique=False)
    op.create_index(op.f('ix_schedules_member'), 'schedules', ['member'], unique=False)
    op.create_table('posts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('schedule', sa.Integer(), nullable=True),
    sa.Column('parent', sa.Integer(), nullable=True),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('date', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('keys', sa.JSON(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('doubted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('place', sa.Text(), nullable=True),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_posts_club'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['parent'], ['posts.id'], name=op.f('fk_posts_parent'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['schedule'], ['schedules.id'], name=op.f('fk_posts_schedule'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posts')),
    sa.UniqueConstraint('key', name=op.f('uq_posts_key')),
    )
    op.create_index(op.f('ix_posts_club'), 'posts', ['club'], unique=False)
    op.create_index(op.f('ix_posts_parent'), 'posts', ['parent'], unique=False)
    op.create_index(op.f('ix_posts_platform_space_target_date'), 'posts', ['platform', 'space', 'target', 'date'], unique=False)
    op.create_index(op.f('ix_posts_schedule'), 'posts', ['schedule'], unique=False)
    op.create_index(op.f('ix_posts_state_next_at'), 'posts', ['state', 'next_at'], unique=False)
    op.create_table('wishes',
    sa.Column('schedule', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('wish', sa.Text(), nullable=False),
    sa.Column('date', sa.Text(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_wishes_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['schedule'], ['schedules.id'], name=op.f('fk_wishes_schedule'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('schedule', 'number', 'member', name=op.f('pk_wishes')),
    )
    op.create_index(op.f('ix_wishes_member'), 'wishes', ['member'], unique=False)


def downgrade() -> None:
    op.drop_table('wishes')
    op.drop_table('posts')
    op.drop_table('schedules')
