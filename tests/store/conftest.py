from __future__ import annotations

from tests.store.databases import (
    clock,
    migrated_database,
    migrated_file,
    postgres_server,
    postgres_url,
    small_disk,
    store,
    store_url,
)

__all__ = [
    "clock",
    "migrated_database",
    "migrated_file",
    "postgres_server",
    "postgres_url",
    "small_disk",
    "store",
    "store_url",
]
