"""polls, meetings and the autopilot"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('autopilots',
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('every', sa.Text(), nullable=False),
    sa.Column('first', sa.Text(), nullable=False),
    sa.Column('time', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_autopilots_club'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('club', name=op.f('pk_autopilots'))
    )
    op.create_table('series',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('every', sa.Text(), nullable=False),
    sa.Column('first', sa.Text(), nullable=False),
    sa.Column('until', sa.Text(), nullable=True),
    sa.Column('time', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_series_club'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_series'))
    )
    op.create_index(op.f('ix_series_club'), 'series', ['club'], unique=False)
    op.create_table('away',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('first', sa.Text(), nullable=False),
    sa.Column('last', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_away_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_away'))
    )
    op.create_index(op.f('ix_away_member'), 'away', ['member'], unique=False)
    op.create_table('feeds',
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_feeds_club'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_feeds_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_feeds')),
    sa.UniqueConstraint('member', 'kind', name=op.f('uq_feeds_member_kind'))
    )
    op.create_index(op.f('ix_feeds_club'), 'feeds', ['club'], unique=False)
    op.create_index(op.f('ix_feeds_member'), 'feeds', ['member'], unique=False)
    op.create_table('polls',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('creator', sa.Integer(), nullable=True),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('method', sa.Text(), nullable=False),
    sa.Column('winners', sa.Integer(), nullable=False),
    sa.Column('secret', sa.Boolean(), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('voters', sa.Text(), nullable=False),
    sa.Column('quorum', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seal', sa.Text(), nullable=True),
    sa.Column('result', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_polls_club'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['creator'], ['members.id'], name=op.f('fk_polls_creator'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_polls'))
    )
    op.create_index(op.f('ix_polls_club'), 'polls', ['club'], unique=False)
    op.create_index(op.f('ix_polls_creator'), 'polls', ['creator'], unique=False)
    op.create_index(op.f('ix_polls_state'), 'polls', ['state'], unique=False)
    op.create_table('wanting_reminders',
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_wanting_reminders_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member', name=op.f('pk_wanting_reminders'))
    )
    op.create_index(op.f('ix_wanting_reminders_member'), 'wanting_reminders', ['member'], unique=False)
    op.create_table('ballots',
    sa.Column('poll', sa.Integer(), nullable=False),
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=True),
    sa.Column('cast_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_ballots_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['poll'], ['polls.id'], name=op.f('fk_ballots_poll'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('poll', 'member', name=op.f('pk_ballots'))
    )
    op.create_index(op.f('ix_ballots_member'), 'ballots', ['member'], unique=False)
    op.create_table('candidates',
    sa.Column('poll', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('nominated_by', sa.Integer(), nullable=True),
    sa.Column('nominated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['nominated_by'], ['members.id'], name=op.f('fk_candidates_nominated_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['poll'], ['polls.id'], name=op.f('fk_candidates_poll'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('poll', 'position', name=op.f('pk_candidates')),
    sa.UniqueConstraint('poll', 'number', name=op.f('uq_candidates_poll_number'))
    )
    op.create_index(op.f('ix_candidates_nominated_by'), 'candidates', ['nominated_by'], unique=False)
    op.create_table('meetings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('series', sa.Integer(), nullable=True),
    sa.Column('occurrence', sa.Text(), nullable=True),
    sa.Column('poll', sa.Integer(), nullable=True),
    sa.Column('numbers', sa.JSON(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('presenter', sa.Integer(), nullable=True),
    sa.Column('presenter_why', sa.JSON(), nullable=False),
    sa.Column('creator', sa.Integer(), nullable=True),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recap', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_meetings_club'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['creator'], ['members.id'], name=op.f('fk_meetings_creator'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['poll'], ['polls.id'], name=op.f('fk_meetings_poll'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['presenter'], ['members.id'], name=op.f('fk_meetings_presenter'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['series'], ['series.id'], name=op.f('fk_meetings_series'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings')),
    sa.UniqueConstraint('series', 'occurrence', name=op.f('uq_meetings_series_occurrence'))
    )
    op.create_index(op.f('ix_meetings_club'), 'meetings', ['club'], unique=False)
    op.create_index(op.f('ix_meetings_creator'), 'meetings', ['creator'], unique=False)
    op.create_index(op.f('ix_meetings_poll'), 'meetings', ['poll'], unique=False)
    op.create_index(op.f('ix_meetings_presenter'), 'meetings', ['presenter'], unique=False)
    op.create_index(op.f('ix_meetings_series'), 'meetings', ['series'], unique=False)
    op.create_index(op.f('ix_meetings_starts_at'), 'meetings', ['starts_at'], unique=False)
    op.create_table('cycles',
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('day', sa.Text(), nullable=False),
    sa.Column('poll', sa.Integer(), nullable=True),
    sa.Column('meeting', sa.Integer(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_cycles_club'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['meeting'], ['meetings.id'], name=op.f('fk_cycles_meeting'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['poll'], ['polls.id'], name=op.f('fk_cycles_poll'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('club', 'day', name=op.f('pk_cycles'))
    )
    op.create_index(op.f('ix_cycles_meeting'), 'cycles', ['meeting'], unique=False)
    op.create_index(op.f('ix_cycles_poll'), 'cycles', ['poll'], unique=False)
    op.create_table('presenting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('meeting', sa.Integer(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('other', sa.Integer(), nullable=True),
    sa.Column('other_member', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['meeting'], ['meetings.id'], name=op.f('fk_presenting_meeting'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_presenting_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['other'], ['meetings.id'], name=op.f('fk_presenting_other'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['other_member'], ['members.id'], name=op.f('fk_presenting_other_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_presenting'))
    )
    op.create_index(op.f('ix_presenting_meeting'), 'presenting', ['meeting'], unique=False)
    op.create_index(op.f('ix_presenting_member'), 'presenting', ['member'], unique=False)
    op.create_index(op.f('ix_presenting_other'), 'presenting', ['other'], unique=False)
    op.create_index(op.f('ix_presenting_other_member'), 'presenting', ['other_member'], unique=False)
    op.create_table('rsvps',
    sa.Column('meeting', sa.Integer(), nullable=False),
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('attended', sa.Boolean(), nullable=False),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['meeting'], ['meetings.id'], name=op.f('fk_rsvps_meeting'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_rsvps_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('meeting', 'member', name=op.f('pk_rsvps'))
    )
    op.create_index(op.f('ix_rsvps_member'), 'rsvps', ['member'], unique=False)


def downgrade() -> None:
    op.drop_table('rsvps')
    op.drop_table('presenting')
    op.drop_table('cycles')
    op.drop_table('meetings')
    op.drop_table('candidates')
    op.drop_table('ballots')
    op.drop_table('wanting_reminders')
    op.drop_table('polls')
    op.drop_table('feeds')
    op.drop_table('away')
    op.drop_table('series')
    op.drop_table('autopilots')
