from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.exceptions import BadInput
from dsinfra_jlab.domain.runs.records import RunKind, RunStatus
from dsinfra_jlab.domain.search.language import (
    FIELDS,
    And,
    Compare,
    Field,
    Not,
    Op,
    Or,
    Text,
    parse,
    words,
)
from dsinfra_jlab.domain.search.values import (
    Moment,
    parse_duration,
    parse_moment,
    parse_number,
    parse_size,
)

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=timezone(timedelta(hours=2)))
UTC = timezone.utc


def text(*found: str, prefix: bool = False) -> Text:
    return Text(found, prefix)


def test_words() -> None:
    assert words("df.head(read_csv('Übung42.CSV'))") == [
        "df",
        "head",
        "read",
        "csv",
        "übung42",
        "csv",
    ]
    assert words("+-*/") == []
    assert words("x" * 1_000) == ["x" * limits.WORD_MAX_CHARS]


ERROR = Compare(Field.status, Op.eq, RunStatus.error)
CELL = Compare(Field.kind, Op.eq, RunKind.cell)


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", None),
        ("  \n ", None),
        ("pandas", text("pandas", prefix=True)),
        ("p", text("p")),
        ("pandas*", text("pandas", prefix=True)),
        ("two words", And((text("two"), text("words", prefix=True)))),
        ('two "words"', And((text("two"), text("words")))),
        ("read_csv", text("read", "csv", prefix=True)),
        ('"read csv"', text("read", "csv")),
        ("pandas status:error", And((text("pandas", prefix=True), ERROR))),
        ("status=ERROR", ERROR),
        ("status:error kind:cell", And((ERROR, CELL))),
        ("status:error AND kind:cell", And((ERROR, CELL))),
        (
            "status:error OR kind:cell x1 OR y1",
            Or((ERROR, And((CELL, text("x1"))), text("y1", prefix=True))),
        ),
        ("NOT status:error", Not(ERROR)),
        ("-status:error", Not(ERROR)),
        ("NOT NOT status:error", Not(Not(ERROR))),
        ("-(status:error OR kind:cell)", Not(Or((ERROR, CELL)))),
        ("(status:error)", ERROR),
        ("and or not", And((text("and"), text("or"), text("not", prefix=True)))),
        ("status!=error", Compare(Field.status, Op.ne, RunStatus.error)),
        ("notebook:train.ipynb", Compare(Field.notebook, Op.eq, "train.ipynb")),
        ('notebook:"my file"', Compare(Field.notebook, Op.eq, "my file")),
        ("param.lr<0.01", Compare(Field.param, Op.lt, "0.01", "lr", 0.01)),
        ("param.lr < 0.01", Compare(Field.param, Op.lt, "0.01", "lr", 0.01)),
        ("param.model=resnet", Compare(Field.param, Op.eq, "resnet", "model")),
        ('param."learning rate">=1e-3', Compare(Field.param, Op.ge, "1e-3", "learning rate", 1e-3)),
        ("param.lr", Compare(Field.param, Op.exists, None, "lr")),
        ("metric.val/acc>=0.9", Compare(Field.metric, Op.ge, 0.9, "val/acc", 0.9)),
        (
            "metric.acc OR x1",
            Or((Compare(Field.metric, Op.exists, None, "acc"), text("x1", prefix=True))),
        ),
        ("tag.team:nlp", Compare(Field.tag, Op.eq, "nlp", "team")),
        ("tag.team", Compare(Field.tag, Op.exists, None, "team")),
        ("duration>10s", Compare(Field.duration, Op.gt, 10.0)),
        ("duration <= 1.5h", Compare(Field.duration, Op.le, 5_400.0)),
        ("peak_rss>2GB", Compare(Field.peak_rss, Op.gt, 2e9)),
        ('peak_rss<="1.5 GiB"', Compare(Field.peak_rss, Op.le, 1.5 * 2**30)),
        ("error:KeyError", Compare(Field.error, Op.eq, "KeyError")),
        ("is:starred", Compare(Field.is_, Op.eq, "starred")),
        ("has:note", Compare(Field.has, Op.eq, "note")),
    ],
)
def test_what_a_query_means(query: str, tree: Any) -> None:
    assert parse(query, NOW) == tree


@pytest.mark.parametrize(
    ("query", "position", "expected"),
    [
        ("status:foo", 0, "queued, running, ok, error"),
        ("x kind:foo", 2, "session, cell, block"),
        ("foo:bar", 0, "known are status"),
        ("x=5", 0, "quotation marks"),
        ("(a", 0, "never closed"),
        ("a)", 1, "never opened"),
        ("a b OR", 6, "at the end"),
        ("OR a", 0, "a term is expected here, not OR"),
        ("a AND AND b", 6, "not AND"),
        ("NOT", 3, "at the end"),
        ("()", 1, "a term is expected"),
        ('a "b', 2, "no partner"),
        ("+++", 0, "letters and digits"),
        ("status:", 7, "a value is expected"),
        ('user:""', 0, "between the quotation marks"),
        ("param=1", 0, "param.KEY"),
        ("status.x:error", 0, "status:value"),
        ("status<error", 0, "no order"),
        ("duration>soon", 0, "500ms"),
        ("x peak_rss>much", 2, "1.5GiB"),
        ("started>soon", 0, "2026-11-01"),
        ("started>2026-13-01", 0, "2026-11-01"),
        ("metric.acc>high", 0, "number"),
        ("is:blue", 0, "starred"),
    ],
)
def test_a_wrong_query_names_the_place(query: str, position: int, expected: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(query, NOW)
    assert caught.value.details == {"position": position, "query": query}
    assert expected in caught.value.message
    assert f"character {position + 1}:" in caught.value.message


@pytest.mark.parametrize(
    "query",
    [
        "x" * (limits.QUERY_MAX_CHARS + 1),
        "(" * 100 + "a" + ")" * 100,
        "NOT " * 100 + "a",
        "-" * 1_500 + "a",
        " ".join(["ab"] * (limits.QUERY_MAX_TERMS + 1)),
    ],
)
def test_queries_have_limits(query: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(query, NOW)
    assert caught.value.details["position"] <= limits.QUERY_MAX_CHARS


def test_a_query_may_be_as_large_as_the_limits() -> None:
    depth = limits.QUERY_MAX_DEPTH - 1
    assert parse("(" * depth + "ab" + ")" * depth, NOW) == text("ab", prefix=True)
    assert isinstance(parse(" ".join(["ab"] * limits.QUERY_MAX_TERMS), NOW), And)


PIECES = st.sampled_from(
    [
        *(f"{field.value}:" for field in Field),
        *("tag.a", "param.b<", "metric.c>=", "AND", "OR", "NOT"),
        *("-", "(", ")", '"', "<", "=", ":", "1", "0.5", "2d", "error", "ü", "\0", "\ud800"),
    ]
)


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@example("status :error")
def test_any_text_is_understood_or_refused(query: str) -> None:
    try:
        parse(query, NOW)
    except BadInput as error:
        assert 0 <= error.details["position"] <= len(query)


@given(st.lists(st.tuples(PIECES, st.sampled_from(["", " "]))))
def test_any_mixture_of_pieces_is_understood_or_refused(pieces: list[tuple[str, str]]) -> None:
    query = "".join(piece + space for piece, space in pieces)
    try:
        parse(query, NOW)
    except BadInput as error:
        assert 0 <= error.details["position"] <= len(query)


def test_every_field_has_its_help() -> None:
    assert set(FIELDS) == set(Field)


@pytest.mark.parametrize(
    ("given_", "seconds"),
    [
        ("10", 10.0),
        ("500ms", 0.5),
        ("2m", 120.0),
        ("1H", 3600.0),
        ("1d", 86400.0),
        ("5x", None),
        ("", None),
        ("-1s", None),
    ],
)
def test_durations(given_: str, seconds: float | None) -> None:
    assert parse_duration(given_) == seconds


@pytest.mark.parametrize(
    ("given_", "size"),
    [
        ("0", 0.0),
        ("512", 512.0),
        ("1b", 1.0),
        ("1.5kB", 1_500.0),
        ("2M", 2e6),
        ("2gb", 2e9),
        ("2 GiB", 2.0 * 2**30),
        ("1Ti", 2.0**40),
        ("3PB", 3e15),
        ("1" * 15 + "PiB", float("1" * 15) * 2**50),
        ("", None),
        ("GB", None),
        ("-1GB", None),
        ("2ib", None),
        ("2GBB", None),
        ("2 apples", None),
        ("1" * 16, None),
        ("٣GB", None),
    ],
)
def test_sizes(given_: str, size: float | None) -> None:
    assert parse_size(given_) == size


@pytest.mark.parametrize(
    ("given_", "number"),
    [
        ("1", 1.0),
        ("-.5e3", -500.0),
        ("1.", 1.0),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("0x1", None),
        ("\u0661", None),
    ],
)
def test_numbers(given_: str, number: float | None) -> None:
    assert parse_number(given_) == number


@pytest.mark.parametrize(
    ("given_", "start", "end"),
    [
        ("2026-11-01", "2026-10-31T22:00", "2026-11-01T22:00"),
        ("today", "2026-11-21T22:00", "2026-11-22T22:00"),
        ("yesterday", "2026-11-20T22:00", "2026-11-21T22:00"),
        ("2d", "2026-11-20T13:30", "2026-11-22T13:30"),
        ("2026-11-01T12:30", "2026-11-01T10:30", "2026-11-01T10:31"),
        ("2026-11-01T12:30Z", "2026-11-01T12:30", "2026-11-01T12:31"),
        ("2026-11-01 12:30:05+05:00", "2026-11-01T07:30:05", "2026-11-01T07:30:06"),
        ("2026-11-01T12:30:05.25Z", "2026-11-01T12:30:05.250", "2026-11-01T12:30:05.250001"),
    ],
)
def test_moments(given_: str, start: str, end: str) -> None:
    expected = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (start, end)]
    assert parse_moment(given_, NOW) == Moment(*expected)


@pytest.mark.parametrize(
    "given_", ["", "soon", "2026-02-30", "0001-01-01", "9999999d", "2026-11-01T25:00"]
)
def test_what_is_no_moment(given_: str) -> None:
    assert parse_moment(given_, NOW) is None
