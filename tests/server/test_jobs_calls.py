"""Functions that are called elsewhere: each kind of call gives what it gives here."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from tests.server.processes import ServerProcess
from tests.server.test_jobs import DEADLINE_S, Desk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SETUP = """
import asyncio, functools
import dsinfra_jlab as dsinfra

factor, big = 3, list(range(1000))
item, args, kwargs, function, result = 100, 200, 300, 400, 500

def uses_item(x):
    return x + item

def get_factor():
    return factor

@dsinfra.remote
def uses_args(x):
    return [x, args, kwargs]

@dsinfra.remote(target="local", memory="1GB")
def full(a, b=2, *more, c, d=4, **rest):
    return [a, b, list(more), c, d, rest]

class Model:
    def __init__(self):
        self.k = 5
    def run(self, x):
        return self.k * x * factor
    @classmethod
    def make(cls):
        return cls.__name__
    @staticmethod
    def plus(x):
        return x + factor
    def __call__(self, x):
        return x - 1
    @dsinfra.remote
    def far(self, x):
        return self.k + x
    @staticmethod
    @dsinfra.remote
    def far_static(x):
        return x * 7
    @classmethod
    @dsinfra.remote
    def far_class(cls, x):
        return [cls.__name__, x]

model = Model()

@dsinfra.remote
async def later(x, n=2):
    await asyncio.sleep(0.01)
    return x * n

async def plain(x=4):
    await asyncio.sleep(0.01)
    return x * 2

class Waits:
    async def __call__(self, x):
        return x + 1

@dsinfra.remote
def fact(n):
    return 1 if n < 2 else n * fact(n - 1)

def named(wrapped):
    @functools.wraps(wrapped)
    def wrapper(*given, **named):
        return [wrapped.__name__, wrapped(*given, **named)]
    return wrapper

@dsinfra.remote
@named
def both(x):
    return x + factor

@dsinfra.remote
def gives(n):
    yield from range(n)

@dsinfra.remote
def fails(x):
    return 1 / x
"""

CALLS: dict[str, list[tuple[str, Any]]] = {
    "arguments": [
        ("full(1, c=3)", [1, 2, [], 3, 4, {}]),
        ("full(1, 5, 6, 7, c=3, d=8, z=9)", [1, 5, [6, 7], 3, 8, {"z": 9}]),
        ("full.submit(1, c=2).result()", [1, 2, [], 2, 4, {}]),
        ("full.local(1, c=2)", [1, 2, [], 2, 4, {}]),
        ("full.__name__", "full"),
    ],
    "names of the notebook": [
        ("dsinfra.map(uses_item, [1, 2]).results()", [101, 102]),
        ("uses_args(1)", [1, 200, 300]),
        ("dsinfra.submit(lambda: [function, result]).result()", [400, 500]),
    ],
    "methods": [
        ("dsinfra.map(model.run, [1, 2]).results()", [15, 30]),
        ("dsinfra.remote(model.run)(2)", 30),
        ("dsinfra.remote(Model.make)()", "Model"),
        ("dsinfra.remote(Model.plus)(1)", 4),
        ("dsinfra.remote(model)(3)", 2),
        ("model.far(2)", 7),
        ("Model.far_static(2)", 14),
        ("Model.far_class(2)", ["Model", 2]),
        ("dsinfra.submit(functools.partial(model.run, 2)).result()", 30),
        ("dsinfra.map(len, ['ab', 'c']).results()", [2, 1]),
        ("dsinfra.map(str.upper, ['ab', 'c']).results()", ["AB", "C"]),
        ("dsinfra.map(model, []).results()", []),
    ],
    "other functions": [
        ("fact(5)", 120),
        ("both(1)", ["both", 4]),
        ("await later(3, n=3)", 9),
        ("await later.submit(3)", 6),
        ("dsinfra.submit(plain).result()", 8),
        ("dsinfra.submit('await plain()').result()", 8),
        ("dsinfra.map(plain, [1, 2]).results()", [2, 4]),
        ("await dsinfra.remote(Waits())(1)", 2),
        ("await asyncio.gather(*[dsinfra.submit(f'{n}') for n in range(4)])", [0, 1, 2, 3]),
    ],
    "code": [
        ("dsinfra.submit('# a comment\\n\\nfactor * 2').result()", 6),
        ("dsinfra.submit('\\n    factor * 2\\n').result()", 6),
        ("dsinfra.submit('(factor\\n * 2)').result()", 6),
        ("dsinfra.submit('*big[:2], factor').result()", [0, 1, 3]),
        ("dsinfra.submit('factor = 99\\nfar = get_factor()', returns='far').result()", 99),
        ("sum(dsinfra.submit('len(big)', returns='big').result())", 499500),
        ("sorted(dsinfra.submit('n = len(big)', returns=['big', 'n']).result())", ["big", "n"]),
    ],
}

FAILING = [
    ("gives(3)", "result (generator) cannot be sent"),
    ("fails(0)", "ZeroDivisionError: division by zero (on local)"),
    ("dsinfra.submit('x = (').result()", "SyntaxError"),
    ("dsinfra.submit('1', returns='big').result()", "big (the code has not bound it)"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("jobs"))
    asyncio.run(server.start())
    yield server
    asyncio.run(server.fetch("dsinfra", "api", "targets/local/stop", method="POST", body="{}"))
    server.stop()


@pytest.fixture
def desk(server: ServerProcess, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Desk]:
    desk = Desk(server, "calls.ipynb")
    jp_asyncio_loop.run_until_complete(desk.open())
    yield desk
    with contextlib.suppress(HTTPClientError):
        jp_asyncio_loop.run_until_complete(desk.kernel.shut_down())
    jp_asyncio_loop.run_until_complete(server.hang_up())


@pytest.mark.parametrize("kind", CALLS)
async def test_a_call_gives_what_it_gives_here(desk: Desk, kind: str) -> None:
    """All of a kind in one notebook, one after the other."""
    reply = await desk.kernel.run(SETUP)
    assert reply["status"] == "ok", reply
    found = {}
    for code, _ in CALLS[kind]:
        place = desk.server.root / "given.json"
        reply = await desk.kernel.run(
            f"import json, pathlib\ngiven = {code}\n"
            f"_ = pathlib.Path({str(place)!r}).write_text(json.dumps(given))"
        )
        is_fine = reply["status"] == "ok"
        found[code] = json.loads(place.read_text()) if is_fine else reply["evalue"]
    assert found == dict(CALLS[kind])


async def test_a_call_that_fails_says_why(desk: Desk) -> None:
    await desk.kernel.run(SETUP)
    said = {code: (await desk.kernel.run(code)).get("evalue", "") for code, _ in FAILING}
    assert {code: text for code, text in FAILING if text not in said[code]} == {}, said


@pytest.mark.parametrize("kind", ["def", "async def"])
async def test_an_interrupt_of_who_waits_ends_the_job(desk: Desk, kind: str) -> None:
    waits = "await " if kind == "async def" else ""
    await desk.kernel.run(
        "import dsinfra_jlab as dsinfra\n"
        f"@dsinfra.remote\n{kind} sleeps():\n    import time\n    time.sleep(600)"
    )
    message_id = await desk.kernel.execute(f"{waits}sleeps()")
    end = time.monotonic() + DEADLINE_S
    while not (found := (await desk.server.get("jobs?state=running"))["items"]):
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
    await desk.kernel.act("interrupt")
    assert (await desk.kernel.reply_to(message_id))["status"] == "error"
    await desk.until(found[0]["id"], "cancelled")
