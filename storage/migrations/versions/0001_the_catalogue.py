"""the catalogue"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('resources',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('title_zh', sa.Text(), nullable=True),
    sa.Column('urls', sa.JSON(), nullable=False),
    sa.Column('arxiv_id', sa.Text(), nullable=True),
    sa.Column('doi', sa.Text(), nullable=True),
    sa.Column('authors', sa.JSON(), nullable=False),
    sa.Column('works', sa.JSON(), nullable=False),
    sa.Column('affiliation', sa.Text(), nullable=True),
    sa.Column('organisation', sa.Text(), nullable=True),
    sa.Column('venue', sa.Text(), nullable=True),
    sa.Column('year', sa.Integer(), nullable=True),
    sa.Column('date', sa.Text(), nullable=True),
    sa.Column('aliases', sa.JSON(), nullable=False),
    sa.Column('about', sa.Text(), nullable=True),
    sa.Column('abstract', sa.Text(), nullable=True),
    sa.Column('provenance', sa.JSON(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('flags', sa.JSON(), nullable=False),
    sa.Column('listed', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_resources'))
    )
    with op.batch_alter_table('resources', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resources_kind'), ['kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_resources_venue'), ['venue'], unique=False)
        batch_op.create_index(batch_op.f('ix_resources_year'), ['year'], unique=False)

    op.create_table('sources',
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('shape', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('revision', sa.Text(), nullable=True),
    sa.Column('checksum', sa.Text(), nullable=True),
    sa.Column('location', sa.Text(), nullable=True),
    sa.Column('etag', sa.Text(), nullable=True),
    sa.Column('last_modified', sa.Text(), nullable=True),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_sources'))
    )
    op.create_table('withdrawals',
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_withdrawals'))
    )
    op.create_table('listings',
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('entry_key', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('section', sa.JSON(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('stars', sa.Integer(), nullable=True),
    sa.Column('read_passes', sa.Integer(), nullable=True),
    sa.Column('read', sa.Boolean(), nullable=True),
    sa.Column('note_url', sa.Text(), nullable=True),
    sa.Column('code_urls', sa.JSON(), nullable=False),
    sa.Column('damaged', sa.Boolean(), nullable=False),
    sa.Column('listed', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['number'], ['resources.number'], name=op.f('fk_listings_number'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['source'], ['sources.code'], name=op.f('fk_listings_source'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('source', 'entry_key', name=op.f('pk_listings'))
    )
    with op.batch_alter_table('listings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_listings_number'), ['number'], unique=False)

    op.create_table('redirects',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('target', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['target'], ['resources.number'], name=op.f('fk_redirects_target'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_redirects'))
    )
    op.create_table('resource_keys',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['number'], ['resources.number'], name=op.f('fk_resource_keys_number'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('number', 'key', name=op.f('pk_resource_keys'))
    )
    with op.batch_alter_table('resource_keys', schema=None) as batch_op:
        batch_op.create_index('ix_resource_keys_key', ['key'], unique=False)

    op.create_table('resource_links',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('relation', sa.Text(), nullable=False),
    sa.Column('target', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['number'], ['resources.number'], name=op.f('fk_resource_links_number'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['target'], ['resources.number'], name=op.f('fk_resource_links_target'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('number', 'relation', 'target', name=op.f('pk_resource_links'))
    )
    with op.batch_alter_table('resource_links', schema=None) as batch_op:
        batch_op.create_index('ix_resource_links_target', ['target'], unique=False)

    op.create_table('resource_topics',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['number'], ['resources.number'], name=op.f('fk_resource_topics_number'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('number', 'topic', name=op.f('pk_resource_topics'))
    )
    with op.batch_alter_table('resource_topics', schema=None) as batch_op:
        batch_op.create_index('ix_resource_topics_topic', ['topic'], unique=False)

    op.create_table('spaces',
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('platform', 'space', name=op.f('pk_spaces'))
    )
    op.create_table('deliveries',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_deliveries'))
    )
    op.create_index(op.f('ix_deliveries_seen_at'), 'deliveries', ['seen_at'])
    op.create_table('clubs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clubs'))
    )
    op.create_table('club_spaces',
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('club', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_club_spaces_club'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('platform', 'space', name=op.f('pk_club_spaces'))
    )
    op.create_index(op.f('ix_club_spaces_club'), 'club_spaces', ['club'])
    op.create_table('channels',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_channels_club'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channels')),
    sa.UniqueConstraint('platform', 'space', 'channel', name=op.f('uq_channels_platform_space_channel'))
    )
    op.create_index(op.f('ix_channels_club'), 'channels', ['club'])
    op.create_table('members',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('zone', sa.Text(), nullable=True),
    sa.Column('named', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_members_club'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_members'))
    )
    op.create_index(op.f('ix_members_club'), 'members', ['club'])
    op.create_table('accounts',
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('space', sa.Text(), nullable=False),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('member', sa.Integer(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_accounts_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('platform', 'space', 'account', name=op.f('pk_accounts'))
    )
    op.create_index(op.f('ix_accounts_member'), 'accounts', ['member'])
    op.create_table('suggestions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('club', sa.Integer(), nullable=False),
    sa.Column('member', sa.Integer(), nullable=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['club'], ['clubs.id'], name=op.f('fk_suggestions_club'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member'], ['members.id'], name=op.f('fk_suggestions_member'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suggestions'))
    )
    op.create_index(op.f('ix_suggestions_club'), 'suggestions', ['club'])
