from __future__ import annotations

from tests.store.databases import (
    migrated_database,
    migrated_file,
    postgres_server,
    postgres_url,
    store_url,
)

__all__ = [
    "migrated_database",
    "migrated_file",
    "postgres_server",
    "postgres_url",
    "store_url",
]
