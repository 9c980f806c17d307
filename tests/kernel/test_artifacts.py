"""Artifacts, figures and questions: what is sent, how fast, and what if nobody answers."""

from __future__ import annotations

import hashlib
import struct
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from dsinfra_jlab.kernel import limits

from .environments import MIDDLE, python_of
from .kernels import Execution, Kernel, started


class Server:
    """Answers as the server does, and keeps count of what is on its way."""

    def __init__(self) -> None:
        self.refusal: str | None = None
        self.keeps_silent = False
        self.unasked = 0
        self.most_unasked = 0

    def __call__(self, event: dict[str, Any]) -> tuple[Any, str | None] | None:
        if self.keeps_silent:
            return None
        if event["kind"] == "ask":
            if event["what"] == "received":
                self.unasked = 0
            return {"ok": True}, None
        if event["kind"] != "artifact":
            return None
        self.unasked += 1
        self.most_unasked = max(self.most_unasked, self.unasked)
        return ({"id": "a"}, self.refusal) if event["is_last"] else None


@pytest.fixture
def server(kernel: Kernel) -> Iterator[Server]:
    answering = kernel.answering = Server()
    kernel.ok("get_ipython()._dsinfra_probe.recorder.questions.is_server_silent = False")
    yield answering


def content_of(done: Execution) -> dict[str, bytes]:
    """Return artifacts by name, put together and checked as the server does."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for event in done.of_kind("artifact"):
        parts.setdefault(event["artifact"], []).append(event)
    found = {}
    for events in parts.values():
        assert [event["number"] for event in events] == list(range(len(events)))
        assert [event["is_last"] for event in events] == [False] * (len(events) - 1) + [True]
        body = b"".join(event["body"] for event in events)
        last = events[-1]
        assert last["size_bytes"] == len(body)
        assert last["digest"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
        found[last["name"]] = body
    return found


def test_a_file_and_bytes(kernel: Kernel, server: Server) -> None:
    done = kernel.ok(
        "open('model.bin', 'wb').write(b'weights')\nopen('empty.txt', 'w').close()\n"
        "import pathlib\n"
        "dsinfra.log_artifact('model.bin')\n"
        "dsinfra.log_artifact(pathlib.Path('model.bin'), 'other.bin')\n"
        "dsinfra.log_artifact('empty.txt')\n"
        "dsinfra.log_artifact(b'a,b', name='table.csv')\n"
        "dsinfra.log_artifact(memoryview(b'abcd')[::1], name='view')\n"
    )
    assert content_of(done) == {
        "model.bin": b"weights",
        "other.bin": b"weights",
        "empty.txt": b"",
        "table.csv": b"a,b",
        "view": b"abcd",
    }
    types = {event["name"]: event["media_type"] for event in done.of_kind("artifact")}
    assert types["table.csv"] == "text/csv"
    assert types["model.bin"] == "application/octet-stream"
    assert not done.text


def test_a_large_file_goes_no_faster_than_it_is_taken(kernel: Kernel, server: Server) -> None:
    size = 50_000_000 + 17
    done = kernel.ok(
        f"import os\nbody = os.urandom({size})\nopen('large', 'wb').write(body)\n"
        "dsinfra.log_artifact('large')\nimport hashlib\nprint(hashlib.sha256(body).hexdigest())"
    )
    (body,) = content_of(done).values()
    assert hashlib.sha256(body).hexdigest() == done.text.strip()
    assert max(len(e["body"]) for e in done.of_kind("artifact")) == limits.ARTIFACT_PART_BYTES
    assert server.most_unasked <= limits.ARTIFACT_MAX_PARTS_ON_WAY
    assert len([e for e in done.of_kind("ask") if e["what"] == "received"]) == 6


def test_a_folder_is_every_file_below_it(kernel: Kernel, server: Server) -> None:
    done = kernel.ok(
        "import os\nos.makedirs('out/deep/er')\n"
        "for name in ('out/a', 'out/deep/b', 'out/deep/er/ü'): open(name, 'w').write(name)\n"
        "dsinfra.log_artifact('out')\ndsinfra.log_artifact('out/deep', name='named')"
    )
    assert sorted(content_of(done)) == [
        "named/b",
        "named/er/ü",
        "out/a",
        "out/deep/b",
        "out/deep/er/ü",
    ]


@pytest.mark.parametrize(
    ("call", "ename", "words"),
    [
        ("'not there'", "FileNotFoundError", "not there"),
        ("b'abc'", "TypeError", "bytes need a name"),
        ("3", "TypeError", "a path or bytes"),
        ("'pipe'", "ValueError", "no regular file"),
        ("'sparse'", "ValueError", "the largest artifact"),
        ("'crowd'", "ValueError", "more than 1,000 files"),
    ],
)
def test_mistakes_of_the_caller_raise(
    kernel: Kernel, server: Server, call: str, ename: str, words: str
) -> None:
    kernel.ok(
        "import os\n"
        "os.path.exists('pipe') or os.mkfifo('pipe')\n"
        f"with open('sparse', 'wb') as file: file.truncate({limits.ARTIFACT_MAX_BYTES + 1})\n"
        "os.makedirs('crowd', exist_ok=True)\n"
        "for i in range(1001): open(f'crowd/{i}', 'w').close()"
    )
    done = kernel.run(f"dsinfra.log_artifact({call})")
    assert done.reply["content"]["ename"] == ename
    assert words in done.reply["content"]["evalue"]
    assert not done.of_kind("artifact")


def test_a_refusal_is_an_error_that_says_why(kernel: Kernel, server: Server) -> None:
    server.refusal = "the store is full"
    done = kernel.run("dsinfra.log_artifact(b'abc', name='a')")
    assert done.reply["content"]["ename"] == "ValueError"
    assert "the store is full" in done.reply["content"]["evalue"]


def test_when_nobody_answers_it_is_said_and_later_ones_wait_less(
    kernel: Kernel, server: Server
) -> None:
    server.keeps_silent = True
    began = time.monotonic()
    done = kernel.ok("dsinfra.log_artifact(b'abc', name='first')")
    assert limits.QUESTION_TIMEOUT_S <= time.monotonic() - began < limits.QUESTION_TIMEOUT_S + 8
    assert "'first' within 10 s; it may not have been kept" in done.text
    began = time.monotonic()
    done = kernel.ok("dsinfra.log_artifact(b'abc', name='second')")
    assert time.monotonic() - began < 8
    assert "'second'" in done.text
    assert list(content_of(done)) == ["second"]


def test_waiting_can_be_interrupted(kernel: Kernel, server: Server) -> None:
    server.keeps_silent = True
    request = kernel.client.execute("dsinfra.log_artifact(b'abc', name='a')")
    time.sleep(1)
    kernel.manager.interrupt_kernel()
    began = time.monotonic()
    done = kernel.finish(request)
    assert time.monotonic() - began < 5
    assert done.cell["status"] == "interrupted"
    assert kernel.ok("len(get_ipython()._dsinfra_probe.recorder.questions._open)").result == "0"


def test_a_forked_process_says_that_it_cannot(kernel: Kernel, server: Server) -> None:
    done = kernel.ok(
        "import os, sys\npid = os.fork()\n"
        "if not pid:\n"
        "    dsinfra.log_artifact(b'abc', name='a'); sys.stderr.flush(); os._exit(0)\n"
        "print(os.waitpid(pid, 0)[1])"
    )
    kernel.wait_for(done, lambda cell: "'a' was not kept" in cell.text)
    assert not done.of_kind("artifact")


def test_an_artifact_belongs_to_its_block(kernel: Kernel, server: Server) -> None:
    done = kernel.ok("with dsinfra.run('a'): dsinfra.log_artifact(b'x', name='x')")
    (block,) = done.of_kind("block_begin")
    assert [event["block"] for event in done.of_kind("artifact")] == [block["block"]]


def pixels(png: bytes) -> tuple[int, int, int, bytes]:
    """Return width, height, kind of colour and raw rows of a PNG."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert depth == 8
    place = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[place - 4 : place])
    return width, height, colour, zlib.decompress(png[place + 4 : place + 4 + length])


def test_arrays_are_images() -> None:
    with started(python_of(MIDDLE)) as kernel:
        kernel.answering = Server()
        done = kernel.ok(
            "import numpy as np, dsinfra_jlab as dsinfra\n"
            "dsinfra.log_image(np.array([[0.0, 0.5, 1.0, float('nan')]]), 'grey.png')\n"
            "dsinfra.log_image(np.full((2, 3, 3), 300), 'rgb.png')\n"
            "dsinfra.log_image(np.zeros((1, 1, 4), 'uint8'))\n"
        )
        found = content_of(done)
        assert pixels(found["grey.png"]) == (4, 1, 0, bytes([0, 0, 128, 255, 0]))
        assert pixels(found["rgb.png"]) == (3, 2, 2, 2 * (b"\x00" + 9 * b"\xff"))
        assert "image-1.png" in found
        failed = kernel.run("dsinfra.log_image(np.zeros((2, 2, 7)))")
        assert failed.reply["content"]["ename"] == "ValueError"


def test_what_is_no_figure_raises(kernel: Kernel, server: Server) -> None:
    failed = kernel.run("dsinfra.log_figure('figure')")
    assert failed.reply["content"]["ename"] == "TypeError"


def test_a_figure_is_drawn_by_its_own_library(kernel: Kernel, server: Server) -> None:
    """A stand-in of the same shape: the library itself is not installed here."""
    done = kernel.ok(
        "import sys, types\nmodule = types.ModuleType('matplotlib.figure')\n"
        "class Figure:\n"
        "    def savefig(self, file, **how): file.write(b'drawn as ' + how['format'].encode())\n"
        "module.Figure = Figure\nsys.modules['matplotlib.figure'] = module\n"
        "dsinfra.log_figure(Figure(), 'plot.png')\ndel sys.modules['matplotlib.figure']"
    )
    assert content_of(done) == {"plot.png": b"drawn as png"}


def test_runs_come_as_a_table_or_a_list(kernel: Kernel, server: Server) -> None:
    asked: list[dict[str, Any]] = []

    def answer(event: dict[str, Any]) -> tuple[Any, str | None] | None:
        if event["kind"] != "ask":
            return None
        asked.append(event)
        if event["arguments"]["q"] == "wrong(":
            return None, "there is a ( without its )"
        run = {"id": "1", "params": {"lr": 0.1}, "metrics": {"acc": 0.5}, "tags": {"team": "nlp"}}
        return {"items": [run]}, None

    kernel.answering = answer
    done = kernel.ok("dsinfra.runs('metric.acc>0.1', limit=5)")
    assert asked[0]["what"] == "runs"
    assert asked[0]["arguments"] == {"q": "metric.acc>0.1", "limit": 5, "scope": "experiment"}
    for column in ("param.lr", "metric.acc", "tag.team"):
        assert column in done.result
    assert "nlp" in kernel.ok("%runs metric.acc>0.1").result
    failed = kernel.run("dsinfra.runs('wrong(')")
    assert failed.reply["content"]["ename"] == "ValueError"
    assert "without its )" in failed.reply["content"]["evalue"]


def test_runs_without_a_server_say_so(kernel: Kernel, server: Server) -> None:
    kernel.ok("get_ipython()._dsinfra_probe.recorder.questions.is_server_silent = True")
    kernel.answering = lambda event: None
    failed = kernel.run("dsinfra.runs()")
    assert failed.reply["content"]["ename"] == "TimeoutError"
    assert "no server has answered" in failed.reply["content"]["evalue"]


def test_an_answer_that_makes_no_sense_is_let_go(kernel: Kernel, server: Server) -> None:
    session = kernel.client.session
    for content in ({}, {"v": 2, "question": "x"}, {"v": 1, "question": ["x"], "answer": 3}):
        kernel.client.control_channel.send(session.msg("dsinfra_answer", content))
    assert content_of(kernel.ok("dsinfra.log_artifact(b'x', name='x')")) == {"x": b"x"}
