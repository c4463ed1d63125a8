"""The database: schema, records and queries. Nothing here knows the rest of Paperclub."""

from storage.database import DatabaseError, open_database, upgrade

__all__ = ["DatabaseError", "open_database", "upgrade"]
