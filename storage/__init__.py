"""The database: schema, records and queries. Nothing here knows the rest of Paperclub."""

from sqlalchemy import Connection, Engine

from storage.database import DatabaseError, open_database, reading, upgrade, writing

__all__ = ["Connection", "DatabaseError", "Engine", "open_database", "reading", "upgrade", "writing"]
