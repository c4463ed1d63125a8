"""each post of a poll or meeting knows when it was edited, and which meeting it is about"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_EDITED = (("polls", "poll:{}:open"), ("polls", "poll:{}:nominate"), ("meetings", "meeting:{}:plan"))


def upgrade() -> None:
    op.add_column("posts", sa.Column("meeting", sa.Integer(), nullable=True))
    op.add_column("posts", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_posts_meeting"), "posts", ["meeting"], unique=False)
    db = op.get_bind()
    for table, key in _EDITED:
        same = sa.text(f"UPDATE posts SET edited_at = (SELECT edited_at FROM {table} WHERE id = :id) WHERE key = :key")  # noqa: S608
        for (number,) in db.execute(sa.text(f"SELECT id FROM {table} WHERE edited_at IS NOT NULL")).all():  # noqa: S608
            db.execute(same, {"id": number, "key": key.format(number)})
    about = sa.text("SELECT id, key FROM posts WHERE kind = 'club' AND key LIKE 'meeting:%'")
    for post, key in db.execute(about).all():
        meant = {"id": post, "meeting": int(key.split(":")[1])}
        db.execute(sa.text("UPDATE posts SET meeting = :meeting WHERE id = :id"), meant)
    op.drop_column("polls", "edited_at")
    op.drop_column("meetings", "edited_at")


def downgrade() -> None:
    op.add_column("meetings", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("polls", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(op.f("ix_posts_meeting"), table_name="posts")
    op.drop_column("posts", "edited_at")
    op.drop_column("posts", "meeting")
