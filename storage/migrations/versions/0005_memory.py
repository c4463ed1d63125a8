"""the club's memory: votes, readings, notes, interests, what can be undone, which cards show what"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('shown_cards',
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('line', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('shown_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['number'], ['resources.number'], name=op.f('fk_shown_cards_number'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('platform', 'channel', 'message', 'number', name=op.f('pk_shown_cards'))
    )
    op.create_index('ix_shown_cards_number', 'shown_cards', ['number'], unique=False)
    op.create_index(op.f('ix_shown_cards_shown_at'), 'shown_cards', ['shown_at'], unique=False)
    op.create_table('changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_changes_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_changes'))
    )
    op.create_index(op.f('ix_changes_member'), 'changes', ['member'], unique=False)
    op.create_table('interests',
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_interests_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member', 'topic', name=op.f('pk_interests'))
    )
    op.create_table('note_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('link', sa.Text(), nullable=True),
    sa.Column('asked_by', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['asked_by'], ['members.id'], name=op.f('fk_note_requests_asked_by'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['number'], ['resources.number'], name=op.f('fk_note_requests_number'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_note_requests'))
    )
    op.create_table('notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('link', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_notes_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['number'], ['resources.number'], name=op.f('fk_notes_number'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notes'))
    )
    op.create_index(op.f('ix_notes_member'), 'notes', ['member'], unique=False)
    op.create_index(op.f('ix_notes_number'), 'notes', ['number'], unique=False)
    op.create_table('readings',
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('passes', sa.Integer(), nullable=False),
    sa.Column('rating', sa.Integer(), nullable=True),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('second_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('third_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('skipped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_readings_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['number'], ['resources.number'], name=op.f('fk_readings_number'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member', 'number', name=op.f('pk_readings'))
    )
    op.create_index('ix_readings_number', 'readings', ['number'], unique=False)
    op.create_table('votes',
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_votes_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['number'], ['resources.number'], name=op.f('fk_votes_number'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member', 'number', 'signal', name=op.f('pk_votes'))
    )
    op.create_index('ix_votes_number', 'votes', ['number'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_votes_number', table_name='votes')
    op.drop_table('votes')
    op.drop_index('ix_readings_number', table_name='readings')
    op.drop_table('readings')
    op.drop_index(op.f('ix_notes_number'), table_name='notes')
    op.drop_index(op.f('ix_notes_member'), table_name='notes')
    op.drop_table('notes')
    op.drop_table('note_requests')
    op.drop_table('interests')
    op.drop_index(op.f('ix_changes_member'), table_name='changes')
    op.drop_table('changes')
    op.drop_index(op.f('ix_shown_cards_shown_at'), table_name='shown_cards')
    op.drop_index('ix_shown_cards_number', table_name='shown_cards')
    op.drop_table('shown_cards')
