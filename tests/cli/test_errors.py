"""``jupyter dsinfra errors`` on a real store that nobody else has open, and on one in use."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.cli import main
from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.errors.groups import ErrorQuery, GroupState, IgnoreUntil
from dsinfra_jlab.domain.errors.occurrences import Severity
from dsinfra_jlab.store import SqlStore, default_url
from tests.postgres import postgres_server, postgres_url
from tests.services.conftest import opened
from tests.services.error_samples import NOW, error, run

__all__ = ["postgres_server", "postgres_url"]

Said = Callable[..., tuple[int, str, str]]
CALLS = [
    "  cell line 1 in <module>",
    "      df['total']",
    "  own.py:7 in total",
    "  … 1 call in pandas",
]
HEAD = ["ID", "STATE", "SEVERITY", "CATEGORY", "COUNT", "SEEN", "NOTEBOOK", "ERROR"]


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, and a data folder of Jupyter's in which there is nothing."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DSINFRA_STORE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    return folder


def write(url: str, *changes: Any) -> None:
    """Record into the store as a server would."""

    async def written() -> None:
        store = SqlStore(url, SystemClock())
        store.open()
        await opened(store)
        store.record(changes)
        await store.flush()
        await store.close()

    asyncio.run(written())


@pytest.fixture
def url(tmp_path: Path, somewhere: Path) -> str:
    """The store of this user, with three errors in two groups."""
    found = default_url(tmp_path / "data" / "dsinfra")
    notebook = str(somewhere / "train.ipynb")
    ago = NOW - timedelta(days=2)
    write(
        found,
        run("r-0", notebook, at=ago),
        error("r-0", notebook, "\x1b[2Jprice", at=ago, severity=Severity.critical),
        run("r-1", notebook),
        error("r-1", notebook, at=NOW - timedelta(seconds=1)),
        run("r-2", notebook),
        error("r-2", notebook),
    )
    return found


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command in this process; gives its status and what it wrote."""

    def said(*words: str) -> tuple[int, str, str]:
        try:
            status = main(["errors", *words])
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return said


def groups(say: Said, *words: str) -> list[dict[str, Any]]:
    status, out, err = say("list", "--format", "json", *words)
    assert status == 0, err
    return json.loads(out)["items"]


def test_groups_are_a_table_that_fits(say: Said, url: str) -> None:
    status, out, err = say()
    head, newest, oldest = out.splitlines()
    assert (status, err) == (0, "")
    assert head.replace("LAST SEEN", "SEEN").split() == HEAD
    assert newest.endswith("KeyError: 'total'") and " train.ipynb " in newest
    assert " 2 " in newest and "critical" in oldest
    assert all(len(line) <= 120 for line in (head, newest, oldest))


def test_what_a_kernel_wrote_does_nothing_to_the_terminal(say: Said, url: str) -> None:
    for words in ((), ("--format", "json"), ("show", groups(say)[1]["id"])):
        assert "\x1b" not in say(*words)[1]


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("--state ongoing", 2),
        ("--state resolved", 0),
        ("--open", 2),
        ("--severity critical", 1),
        ("--category lookup", 2),
        ("--category memory", 0),
        ("--since 24h", 1),
        ("--since 3d", 2),
        ("--since 2020-01-01", 2),
        ("--notebook train.ipynb", 2),
        ("--notebook other.ipynb", 0),
        ("--q total", 1),
        ("--limit 1", 1),
    ],
)
def test_every_filter_narrows(say: Said, url: str, words: str, titles: int) -> None:
    assert len(groups(say, *words.split())) == titles


def test_a_list_says_that_there_is_more(say: Said, url: str) -> None:
    assert "There are more" in say("--limit", "1")[2]
    assert say("--limit", "2")[2] == ""
    assert say("--q", "nowhere") == (0, "", "No errors match.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--state foo", "new, ongoing, escalating, regressed, resolved, ignored"),
        ("--severity bad", "info, warning, error, critical"),
        ("--since yesterday", "24h, 7d or 2026-11-01"),
        ("--limit 0", "from 1 to 10,000"),
        ("export --format xml", "otlp, sentry, jsonl, markdown"),
        ("resolve", "id"),
        ("nonsense", "list"),
        ("list --colour", "--colour"),
    ],
)
def test_a_wrong_call_says_what_is_known(say: Said, url: str, words: str, said: str) -> None:
    status, out, err = say(*words.split())
    assert (status, out) == (2, "")
    assert said in err and "--help" in err and "Traceback" not in err


def test_one_group_is_shown_with_its_newest_error(say: Said, url: str) -> None:
    newest = groups(say)[0]
    status, out, _ = say("show", newest["id"][:6])
    assert status == 0
    assert newest["id"] in out and "train.ipynb" in out
    assert "There is no column 'total'; did you mean 'totals'?" in out
    assert "r-2" in out and "r-1" not in out
    whole = json.loads(say("show", newest["id"], "--format", "json")[1])
    assert whole["group"]["id"] == newest["id"] and whole["newest"]["run_id"] == "r-2"
    one = json.loads(say("show", whole["newest"]["id"], "--format", "json")[1])
    assert one == whole["newest"]
    status, text, _ = say("show", whole["newest"]["id"])
    assert status == 0 and out.endswith(text)
    assert text.splitlines() == [
        f"train.ipynb, cell [3], line 1, {NOW.astimezone():%Y-%m-%d %H:%M:%S}",
        "",
        "KeyError: 'total'",
        "",
        "What may help",
        "  - Did you mean 'totals'? (The columns of df)",
        "",
        "Where it happened",
        *CALLS,
        "",
        "While handling",
        "  IndexError: 0",
        *CALLS,
        "",
        f"run r-2, error {whole['newest']['id']}",
    ]


def test_ids_that_are_not_there_are_said(say: Said, url: str) -> None:
    for words in (("show", "zzzzzzzz"), ("resolve", "ffff"), ("export", "--group", "zzzzzzzz")):
        status, out, err = say(*words)
        assert (status, out) == (1, "")
        assert err.startswith("jupyter dsinfra: There ") and err.count("\n") == 1


def test_users_decide_as_they_do_in_the_panel(say: Said, url: str) -> None:
    group_id = groups(say)[0]["id"]
    for words, state in (
        (("resolve",), "resolved"),
        (("reopen",), "ongoing"),
        (("ignore",), "ignored"),
        (("ignore", "--count", "3"), "ignored"),
        (("ignore", "--until-escalating"), "ignored"),
    ):
        status, out, err = say(words[0], group_id[:8], *words[1:])
        assert (status, err) == (0, "") and state in out
    (found,) = [group for group in stored(url) if group.id == group_id]
    assert (found.state, found.ignore_until) == (GroupState.ignored, IgnoreUntil.escalating)


def stored(url: str) -> list[Any]:
    async def read() -> list[Any]:
        store = SqlStore(url, SystemClock())
        store.open()
        await opened(store)
        page = await store.error_groups(ErrorQuery())
        await store.close()
        return page.items

    return asyncio.run(read())


@pytest.mark.parametrize("wanted", ["otlp", "sentry", "jsonl", "markdown"])
def test_errors_are_exported(say: Said, url: str, somewhere: Path, wanted: str) -> None:
    status, out, err = say("export", "--format", wanted)
    assert (status, err) == (0, "") and out.count("KeyError") >= 3
    status, said, err = say("export", "--format", wanted, "--output", "e.out", "--since", "1d")
    assert (status, said, err) == (0, "", "2 errors written to e.out.\n")
    text = (somewhere / "e.out").read_text()
    assert "total" in text and "price" not in text


def test_a_file_that_cannot_be_written_is_said(say: Said, url: str) -> None:
    status, _, err = say("export", "--output", "no/such/folder/x")
    assert status == 1 and "no/such/folder/x" in err and "Traceback" not in err


def test_looking_changes_nothing(say: Said, url: str, tmp_path: Path) -> None:
    file = tmp_path / "data" / "dsinfra" / "store.sqlite"
    before = file.read_bytes()
    groups(say)
    say("show", groups(say)[0]["id"])
    say("export")
    assert file.read_bytes() == before


def test_a_store_in_use_can_be_read_and_changed(say: Said, url: str) -> None:
    async def used() -> None:
        store = SqlStore(url, SystemClock())
        store.open()
        await opened(store)
        newest = (await asyncio.to_thread(groups, say))[0]
        status, _, err = await asyncio.to_thread(say, "resolve", newest["id"])
        assert status == 0, err
        assert (await store.error_group(newest["id"])).state is GroupState.resolved
        await store.close()

    asyncio.run(used())


def test_where_there_is_no_store_nothing_is_made(say: Said, tmp_path: Path) -> None:
    for words in ((), ("resolve", "abcdef")):
        status, out, err = say(*words)
        assert (status, out) == (1, "")
        assert "There is no store at sqlite:///" in err and "--store" in err
    assert not (tmp_path / "data").exists()


def test_what_is_no_store_is_left_as_it_is(say: Said, tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    address = ("--store", f"sqlite:///{file}")
    file.write_bytes(b"no database at all" * 100)
    status, _, err = say(*address)
    assert status == 1 and "cannot be opened" in err
    file.unlink()
    sqlite3.connect(file).close()
    status, _, err = say(*address)
    assert status == 1 and "holds no store" in err
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("x.")] == ["x.sqlite"]
    assert say("--store", "nonsense")[0] == 1


@pytest.mark.parametrize(
    ("version", "said"), [("0001", "older version"), ("9999", "newer version")]
)
def test_a_store_of_another_version_is_not_touched(
    say: Said, url: str, tmp_path: Path, version: str, said: str
) -> None:
    with sqlite3.connect(tmp_path / "data" / "dsinfra" / "store.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    connection.close()
    status, _, err = say()
    assert status == 1 and said in err and version in err


def test_a_team_store_is_named_in_the_environment(
    say: Said, postgres_url: str, somewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, _, err = say("--store", postgres_url)
    assert status == 1 and "holds no store" in err
    notebook = str(somewhere / "train.ipynb")
    write(postgres_url, run("r-1", notebook), error("r-1", notebook))
    monkeypatch.setenv("DSINFRA_STORE_URL", postgres_url)
    (group,) = groups(say)
    assert say("resolve", group["id"])[0] == 0
    (group,) = groups(say)
    assert group["state"] == "resolved"
    status, _, err = say("--store", "postgresql://nobody:secret@127.0.0.1:1/x")
    assert status == 1 and "cannot be opened" in err and "secret" not in err


@pytest.fixture
def command() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    made: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        program = [sys.executable, "-m", "dsinfra_jlab.cli", *words]
        made.append(subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        return made[-1]

    yield start
    for process in made:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def test_it_is_a_program(url: str, command: Callable[..., subprocess.Popen[bytes]]) -> None:
    out, err = command("errors").communicate(timeout=60)
    assert out.decode().startswith("ID ") and err == b""
    out, _ = command("--help").communicate(timeout=60)
    assert b"errors" in out and b"examples" in out


def test_a_reader_that_has_gone_is_no_error(
    url: str, command: Callable[..., subprocess.Popen[bytes]]
) -> None:
    for words in (["errors"], ["errors", "export"]):
        process = command(*words)
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1
