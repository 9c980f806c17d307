"""Small things kept under a name: the user's settings, and counts of what was given up."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from ..domain.errors.rules import rule_as_json, rule_of_json
from ..domain.settings import Settings
from ..domain.storable import to_storable
from .models import drop_counter, setting

__all__ = ["add_drops", "load_drops", "load_settings", "save_settings"]

_KEY = "settings"


def load_settings(connection: Connection) -> Settings | None:
    """Return the settings as last saved, ``None`` if they never were.

    What the version that saved them did not know has its default.
    """
    statement = select(setting.c.value).where(setting.c.key == _KEY)
    stored = connection.execute(statement).scalar()
    if stored is None:
        return None
    known = {field.name for field in dataclasses.fields(Settings)}
    given = {name: value for name, value in stored.items() if name in known}
    rules = [rule_of_json(rule) for rule in given.get("error_rules", ())]
    return Settings(**{**given, "error_rules": [rule for rule in rules if rule is not None]})


def save_settings(connection: Connection, settings: Settings) -> None:
    """Save the settings."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    value = dataclasses.asdict(settings)
    value["error_rules"] = [rule_as_json(rule) for rule in settings.error_rules]
    statement = make(setting).values(key=_KEY, value=to_storable(value))
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"value": statement.excluded.value}
        )
    )


def load_drops(connection: Connection) -> dict[str, int]:
    """Return how many things of each class were given up since the store was made."""
    rows = connection.execute(select(drop_counter.c.name, drop_counter.c["count"]))
    return {name: count for name, count in rows}


def add_drops(connection: Connection, drops: Mapping[str, int]) -> None:
    """Add to the counts."""
    if not drops:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(drop_counter)
    total = drop_counter.c["count"] + statement.excluded["count"]
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"count": total}),
        [{"name": name, "count": count} for name, count in sorted(drops.items())],
    )
