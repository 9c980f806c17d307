"""Keeping the full-text index: the same words in FTS5 and in a tsvector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Table, text

from ..domain.limits import STORED_WORDS_MAX_CHARS
from ..domain.search.language import words
from .models import run_text

__all__ = ["erase_words", "indexed_words", "move_words", "write_words"]

_POSITION_MAX = 16_383
"""The last place in a text that PostgreSQL tells from others."""


def indexed_words(*texts: str | None) -> str:
    """Return the words of these texts between single spaces, the first of them if too many."""
    found: list[str] = []
    room = STORED_WORDS_MAX_CHARS
    for part in texts:
        if part and room > 0:
            found += words(part[:room])
            room -= len(part)
    return " ".join(found)


def write_words(
    connection: Connection,
    by_seq: Mapping[int, str],
    is_new: bool = False,
    index: Table = run_text,
) -> None:
    """Write the words of runs, or of what else ``index`` is of, over those written before."""
    if not by_seq:
        return
    rows = [{"seq": seq, "words": line} for seq, line in by_seq.items()]
    if connection.dialect.name == "sqlite":
        verb = "INSERT" if is_new else "INSERT OR REPLACE"
        connection.execute(
            text(f"{verb} INTO {index.name}(rowid, words) VALUES (:seq, :words)"), rows
        )
        return
    for row in rows:
        row["words"] = _tsvector(str(row["words"]))
    (key,) = index.primary_key.columns.keys()
    connection.execute(
        text(
            f"INSERT INTO {index.name}({key}, words) "  # noqa: S608 - names of ours
            f"VALUES (:seq, CAST(:words AS tsvector)) "
            f"ON CONFLICT ({key}) DO UPDATE SET words = excluded.words"
        ),
        rows,
    )


def _tsvector(line: str) -> str:
    """Return the words with their places; the parser of PostgreSQL would cut them anew."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(line.split(" "), 1):
        if word and place <= _POSITION_MAX:
            places.setdefault(word, []).append(place)
        elif word:
            places.setdefault(word, [_POSITION_MAX])
    # PostgreSQL keeps 255 places of a word.
    return " ".join(f"'{word}':{','.join(map(str, at[:255]))}" for word, at in places.items())


def erase_words(connection: Connection, seqs: Sequence[int], index: Table = run_text) -> None:
    """Forget the words of runs; on PostgreSQL they go with the run."""
    if connection.dialect.name == "sqlite" and seqs:
        rows = [{"seq": seq} for seq in seqs]
        statement = f"DELETE FROM {index.name} WHERE rowid = :seq"  # noqa: S608 - a name of ours
        connection.execute(text(statement), rows)


def move_words(connection: Connection, moves: Iterable[tuple[int, int]]) -> None:
    """Follow runs that got another number; on PostgreSQL the words follow by themselves."""
    if connection.dialect.name != "sqlite":
        return
    for old, new in moves:
        connection.execute(
            text(
                "INSERT INTO run_text(rowid, words) SELECT :new, words FROM run_text "
                "WHERE rowid = :old"
            ),
            {"old": old, "new": new},
        )
        erase_words(connection, [old])
