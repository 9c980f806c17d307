"""What every table shares: names of constraints, and how Python values become columns."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)

EnumT = TypeVar("EnumT", bound=Enum)


def to_microseconds(moment: datetime) -> int:
    """Return the microseconds since 1970; exact, unlike ``timestamp()``."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Return the aware UTC moment so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, read back in UTC.

    ``timestamptz`` on PostgreSQL. On SQLite, which has no such type, an integer of
    microseconds: a third of the bytes of a text, and it sorts as time does.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of the database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what the driver takes."""
        if value is None or dialect.name != "sqlite":
            return value
        return to_microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return from_microseconds(value) if isinstance(value, int) else value.astimezone(_UTC)


_UTC = timezone.utc


class EnumText(TypeDecorator[EnumT]):
    """A member of an enum, stored by its value in a plain text column.

    A native type would need a migration for every new member, and an older version of
    the code could not read what a newer one wrote.
    """

    impl = Text
    cache_ok = True

    def __init__(self, members: type[EnumT]) -> None:
        super().__init__()
        self.members = members
        self._by_value = {member.value: member for member in members}

    def process_bind_param(self, value: EnumT | None, dialect: Dialect) -> Any:
        """Return the value of the member."""
        return None if value is None else value.value

    def process_result_value(self, value: Any, dialect: Dialect) -> EnumT | None:
        """Return the member with this value."""
        return None if value is None else self._by_value[value]


class JsonText(TypeDecorator[Any]):
    """JSON in a text column, where only we read it: a scalar, or a small document."""

    impl = Text
    cache_ok = True

    def __init__(self, none_as_null: bool = False) -> None:
        super().__init__()
        self.none_as_null = none_as_null
        """Whether ``None`` is no value, and not JSON's ``null``."""

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Return the JSON."""
        if value is None and self.none_as_null:
            return None
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return what the JSON says."""
        return None if value is None else json.loads(value)


Json = JSON().with_variant(JSONB(), "postgresql")
"""JSON that the database can look into."""

Serial = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits everywhere; only under the name INTEGER does SQLite make it the row's own number."""

KeyText = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared character by character, as ranges over prefixes need it."""


class Base(DeclarativeBase):
    """Tables of the store."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
