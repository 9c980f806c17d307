"""The calls of users, in a real kernel: what they log, and to which run it goes."""

from __future__ import annotations

import math

import pytest

from dsinfra_jlab.kernel import limits

from .kernels import Kernel, started


def test_points_get_steps_of_their_own(kernel: Kernel) -> None:
    done = kernel.ok(
        "for i in range(3): dsinfra.log_metric('loss', i / 2)\n"
        "dsinfra.log_metric('loss', 9.0, step=10)\n"
        "dsinfra.log_metric('loss', 10.0)\n"
        "dsinfra.log_metrics({'acc': 0.5, 'f1': 1}, step=4)"
    )
    assert done.points("loss") == [(0, 0.0), (1, 0.5), (2, 1.0), (10, 9.0), (11, 10.0)]
    assert done.points("acc") == [(4, 0.5)]
    assert done.points("f1") == [(4, 1.0)]


def test_the_next_cell_counts_steps_anew(kernel: Kernel) -> None:
    code = "dsinfra.log_metric('loss', 1.0)\ndsinfra.log_metric('loss', 2.0)"
    assert [kernel.ok(code).points("loss") for _ in "ab"] == 2 * [[(0, 1.0), (1, 2.0)]]


def test_points_come_before_the_end_of_their_cell(kernel: Kernel) -> None:
    done = kernel.ok("dsinfra.log_metric('loss', 1.0)")
    kinds = [event["kind"] for event in done.events]
    assert kinds.index("points") < kinds.index("cell")


def test_points_are_sent_while_the_cell_runs(kernel: Kernel) -> None:
    request = kernel.client.execute(
        "import time\ndsinfra.log_metric('live', 1.0)\ntime.sleep(0.5)\nprint('end')"
    )
    done = kernel.finish(request)
    kinds = [
        m["msg_type"] if m["msg_type"] != "dsinfra_event" else m["content"]["events"][0]["kind"]
        for m in done.messages
    ]
    assert kinds.index("points") < kinds.index("stream")


def test_a_million_calls_are_counted_and_never_stall(kernel: Kernel) -> None:
    done = kernel.ok(
        "import time\nbegan = time.perf_counter()\n"
        "for i in range(1_000_000): dsinfra.log_metric('loss', 0.5)\n"
        "print(time.perf_counter() - began)"
    )
    values = kernel.settle(done).points("loss")
    assert len(values) == 1_000_000
    assert values[-1] == (999_999, 0.5)
    assert max(len(e["body"]) for e in done.of_kind("points")) <= 24 * limits.MESSAGE_MAX_POINTS
    assert float(done.text) < 30, "this is a stall and no benchmark"


def test_beyond_the_cap_of_a_series_only_its_last_value_goes_on(kernel: Kernel) -> None:
    extra = 1_000
    done = kernel.ok(
        f"for i in range({limits.SERIES_MAX_POINTS + extra}): dsinfra.log_metric('long', i)"
    )
    points = kernel.settle(done).points("long")
    beyond = len(points) - limits.SERIES_MAX_POINTS
    assert 0 < beyond < extra
    assert points[-1][1] == limits.SERIES_MAX_POINTS + extra - 1
    assert done.cell["dropped"] == {"points": extra - beyond}


def test_too_many_metrics_are_counted(kernel: Kernel) -> None:
    done = kernel.ok(f"for i in range({limits.SERIES_MAX + 5}): dsinfra.log_metric(f'm{{i}}', i)")
    assert len({event["key"] for event in done.of_kind("points")}) == limits.SERIES_MAX
    assert done.cell["dropped"]["metrics"] == 5
    assert done.text.count("DsinfraWarning") == 1


def test_params_and_tags(kernel: Kernel) -> None:
    done = kernel.ok(
        "from pathlib import PurePosixPath\n"
        "dsinfra.log_param('lr', 0.1)\n"
        "dsinfra.log_params({'layers': [64, 32], 'name': 'größe', 'none': None, 'on': True,\n"
        "    'opt': {'a': (1,)}, 'big': 2**80, 'nan': float('nan'), 'cls': dict,\n"
        "    'path': PurePosixPath('/a')})\n"
        "dsinfra.set_tag('team', 'nlp')\ndsinfra.set_tags({'n': 3, 'b': True})"
    )
    first, second = (event["params"] for event in done.of_kind("params"))
    assert first == {"lr": 0.1}
    assert second == {
        "layers": "[64, 32]",
        "name": "größe",
        "none": None,
        "on": True,
        "opt": "{'a': (1,)}",
        "big": str(2**80),
        "nan": "NaN",
        "cls": "builtins.dict",
        "path": "/a",
    }
    assert [event["tags"] for event in done.of_kind("tags")] == [
        {"team": "nlp"},
        {"n": "3", "b": "True"},
    ]
    assert kernel.malformed == 0


def test_blocks_nest_and_hold_what_is_logged_inside(kernel: Kernel) -> None:
    done = kernel.ok(
        "with dsinfra.run('outer', lr=0.1):\n"
        "    dsinfra.log_metric('loss', 1.0)\n"
        "    with dsinfra.run('inner') as inner:\n"
        "        dsinfra.log_metric('loss', 2.0)\n"
        "        dsinfra.log_param('depth', 2)\n"
        "    dsinfra.log_metric('loss', 3.0)\n"
        "dsinfra.log_metric('loss', 4.0)\n"
    )
    outer, inner = done.of_kind("block_begin")
    assert (outer["name"], outer["parent"], outer["params"]) == ("outer", None, {"lr": 0.1})
    assert (inner["name"], inner["parent"]) == ("inner", outer["block"])
    assert done.points("loss", outer["block"]) == [(0, 1.0), (1, 3.0)]
    assert done.points("loss", inner["block"]) == [(0, 2.0)]
    assert done.points("loss") == [(0, 4.0)]
    assert [e["block"] for e in done.of_kind("params")] == [inner["block"]]
    ends = done.of_kind("block_end")
    assert [(e["block"], e["status"]) for e in ends] == [
        (inner["block"], "ok"),
        (outer["block"], "ok"),
    ]
    assert all(e["duration_s"] >= 0 for e in ends)
    kinds = [(e["kind"], e.get("block")) for e in done.events]
    last_point = max(i for i, k in enumerate(kinds) if k == ("points", outer["block"]))
    assert last_point < kinds.index(("block_end", outer["block"]))


def test_an_exception_ends_a_block_and_goes_on(kernel: Kernel) -> None:
    done = kernel.run("with dsinfra.run('fit'):\n    {}['a']")
    assert done.reply["content"]["ename"] == "KeyError"
    (end,) = done.of_kind("block_end")
    assert (end["status"], end["ename"], end["evalue"]) == ("error", "KeyError", "'a'")
    assert done.cell["status"] == "error"
    assert kernel.ok("dsinfra.log_metric('after', 1.0)").values("after") == [1.0]


def test_an_interrupt_ends_block_and_cell_as_interrupted(kernel: Kernel) -> None:
    request = kernel.client.execute(
        "import time\nwith dsinfra.run('fit'):\n    dsinfra.log_metric('up', 1.0)\n"
        "    time.sleep(60)"
    )
    while not any(
        m["msg_type"] == "dsinfra_event" for m in [kernel.client.get_iopub_msg(timeout=30)]
    ):
        pass  # the first points tell that the cell is in its block
    kernel.manager.interrupt_kernel()
    done = kernel.finish(request)
    (end,) = done.of_kind("block_end")
    assert end["status"] == "interrupted"
    assert done.cell["status"] == "interrupted"
    assert kernel.ok("x = 1").cell["status"] == "ok"


def test_a_run_decorates_functions_and_coroutines(kernel: Kernel) -> None:
    done = kernel.ok(
        "@dsinfra.run('fit', lr=0.5)\ndef fit(x):\n    dsinfra.log_metric('a', x)\n    return x\n"
        "@dsinfra.run('later')\nasync def later(x):\n    dsinfra.log_metric('b', x)\n    return x\n"
        "assert fit(1) + fit(2) == 3 and fit.__name__ == 'fit'\n"
        "assert await later(3) == 3"
    )
    first, second, third = (event["block"] for event in done.of_kind("block_begin"))
    assert done.values("a", first) == [1.0]
    assert done.values("a", second) == [2.0]
    assert done.values("b", third) == [3.0]


def test_a_block_can_be_left_only_once_begun(kernel: Kernel) -> None:
    failed = kernel.run("block = dsinfra.run('a')\nwith block:\n    with block: pass")
    assert failed.reply["content"]["ename"] == "RuntimeError"


def test_tasks_keep_to_their_block(kernel: Kernel) -> None:
    done = kernel.ok(
        "import asyncio\n"
        "async def fit(i):\n"
        "    with dsinfra.run(f'fit{i}'):\n"
        "        for n in range(3):\n"
        "            await asyncio.sleep(0.001)\n"
        "            dsinfra.log_metric('loss', i)\n"
        "await asyncio.gather(*(fit(i) for i in range(4)))\n"
        "dsinfra.log_metric('end', 1.0)"
    )
    blocks = done.of_kind("block_begin")
    assert sorted(e["name"] for e in blocks) == ["fit0", "fit1", "fit2", "fit3"]
    for event in blocks:
        assert event["parent"] is None
        assert done.values("loss", event["block"]) == 3 * [float(event["name"][-1])]
    assert done.values("end") == [1.0]


def test_a_task_left_behind_logs_to_the_cell_that_began_it(kernel: Kernel) -> None:
    first = kernel.ok(
        "import asyncio\n"
        "async def later():\n"
        "    await asyncio.sleep(0.3)\n    dsinfra.log_metric('late', 1.0)\n"
        "task = asyncio.ensure_future(later())\nawait asyncio.sleep(0)"
    )
    second = kernel.ok("await task\ndsinfra.log_metric('own', 2.0)")
    kernel.settle(first)
    strays = [event for event in kernel.strays if event["kind"] == "points"]
    assert [event["key"] for event in strays] == ["late"]
    assert not second.values("late")
    assert second.values("own") == [2.0]


def test_threads_log_to_the_running_cell_and_to_a_block_by_name(kernel: Kernel) -> None:
    done = kernel.ok(
        "import threading\n"
        "with dsinfra.run('fit') as block:\n"
        "    def work(i):\n"
        "        for n in range(100):\n"
        "            dsinfra.log_metric('cell', i); block.log_metric('block', i)\n"
        "    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]\n"
        "    [t.start() for t in threads]; [t.join() for t in threads]"
    )
    (block,) = done.of_kind("block_begin")
    assert len(done.points("cell")) == 400
    assert sorted(step for step, _ in done.points("cell")) == list(range(400))
    assert len(done.points("block", block["block"])) == 400


def test_a_thread_goes_on_after_its_cell(kernel: Kernel) -> None:
    done = kernel.ok(
        "import threading, time\n"
        "def work():\n    time.sleep(0.3); dsinfra.log_metric('late', 1.0)\n"
        "threading.Thread(target=work).start()"
    )
    kernel.wait_for(done, lambda cell: bool(cell.values("late")))
    assert done.values("late") == [1.0]


@pytest.mark.filterwarnings("default")
def test_forked_processes_send_their_own_points(kernel: Kernel) -> None:
    done = kernel.ok(
        "import os\n"
        "dsinfra.log_metric('parent', 1.0)\n"
        "pids = []\n"
        "for i in range(3):\n"
        "    pid = os.fork()\n"
        "    if not pid:\n"
        "        for n in range(5): dsinfra.log_metric('child', i)\n"
        "        with dsinfra.run('in child'): dsinfra.log_metric('loss', i)\n"
        "        os._exit(0)\n"
        "    pids.append(pid)\n"
        "statuses = [os.waitpid(pid, 0)[1] for pid in pids]\n"
        "dsinfra.log_metric('parent', 2.0)\nprint(statuses)"
    )
    kernel.wait_for(done, lambda cell: len(cell.points("child")) >= 15)
    assert "[0, 0, 0]" in done.text
    assert sorted(done.values("child")) == [0.0] * 5 + [1.0] * 5 + [2.0] * 5
    assert done.values("parent") == [1.0, 2.0]
    kernel.wait_for(done, lambda cell: len(cell.of_kind("block_end")) >= 3)
    blocks = [event["block"] for event in done.of_kind("block_begin")]
    assert len(set(blocks)) == 3


@pytest.mark.filterwarnings("default")
def test_multiprocessing_children_log_and_none_is_lost(kernel: Kernel) -> None:
    done = kernel.ok(
        "import multiprocessing\n"
        "def work(i):\n"
        "    for n in range(300): dsinfra.log_metric('child', i)\n"
        "context = multiprocessing.get_context('fork')\n"
        "children = [context.Process(target=work, args=(i,)) for i in range(2)]\n"
        "[c.start() for c in children]; [c.join(30) for c in children]\n"
        "print([c.exitcode for c in children])",
    )
    kernel.wait_for(done, lambda cell: len(cell.points("child")) >= 600)
    assert "[0, 0]" in done.text
    assert sorted(done.values("child")) == [0.0] * 300 + [1.0] * 300


def test_a_notebook_run_from_a_cell_is_part_of_it(kernel: Kernel) -> None:
    done = kernel.ok(
        "get_ipython().run_cell('inner = 1.5')\nget_ipython().run_cell('')\n"
        "get_ipython().run_cell('1/0')\n"
        "dsinfra.log_metric('after', inner)"
    )
    assert len(done.of_kind("cell")) == 1
    assert done.cell["status"] == "ok"
    assert done.values("after") == [1.5]


def test_an_empty_cell_says_nothing(kernel: Kernel) -> None:
    assert not kernel.ok("  ").events
    assert kernel.ok("x = 1").cell["params"] == {"x": 1}


def test_experiments_are_named(kernel: Kernel) -> None:
    done = kernel.ok("dsinfra.experiment('ablation')\ndsinfra.experiment(None)")
    assert [event["name"] for event in done.of_kind("experiment")] == ["ablation", None]
    (event,) = kernel.ok("%experiment  with words ").of_kind("experiment")
    assert event["name"] == "with words"


def test_magics_log(kernel: Kernel) -> None:
    done = kernel.ok(
        "correct, n = 9, 10\n"
        "%log_metric acc correct / n\n%log_param lr 0.1\n%log_param opt adam\n%log_param count n"
    )
    assert done.values("acc") == [0.9]
    params: dict[str, object] = {}
    for event in done.of_kind("params"):
        params.update(event["params"])
    assert params == {"lr": 0.1, "opt": "adam", "count": 10}
    assert "NAME VALUE" in kernel.ok("%log_metric acc").text


def test_other_kernels_log_alike(foreign: Kernel) -> None:
    done = foreign.ok(
        "import dsinfra_jlab as dsinfra, threading, asyncio, os\n"
        "with dsinfra.run('fit'):\n    dsinfra.log_metric('loss', 1.0)\n"
        "await asyncio.sleep(0)\n"
        "dsinfra.log_metric('after', 2.0)\n"
        "t = threading.Thread(target=dsinfra.log_metric, args=('thread', 3.0))\n"
        "t.start(); t.join()\n"
        "pid = os.fork()\n"
        "if not pid:\n    dsinfra.log_metric('child', 4.0); os._exit(0)\n"
        "print(os.waitpid(pid, 0)[1])"
    )
    foreign.wait_for(done, lambda cell: bool(cell.values("child")))
    (block,) = done.of_kind("block_begin")
    assert done.values("loss", block["block"]) == [1.0]
    assert [done.values(key) for key in ("after", "thread", "child")] == [[2.0], [3.0], [4.0]]
    assert done.cell["status"] == "ok"
    assert foreign.malformed == 0


def test_cells_of_a_subshell_are_kept_apart() -> None:
    with started() as kernel:
        kernel.ok("import dsinfra_jlab as dsinfra, time")
        session = kernel.client.session
        kernel.client.control_channel.send(session.msg("create_subshell_request"))
        subshell = kernel.client.get_control_msg(timeout=30)["content"]["subshell_id"]
        main = kernel.client.execute(
            "dsinfra.log_metric('main', 1.0)\ntime.sleep(1)\ndsinfra.log_metric('main', 2.0)"
        )
        message = session.msg(
            "execute_request",
            {
                "code": "dsinfra.log_metric('sub', 3.0)\nlr = 0.5",
                "silent": False,
                "store_history": False,
                "user_expressions": {},
                "allow_stdin": False,
            },
        )
        message["header"]["subshell_id"] = subshell
        kernel.client.shell_channel.send(message)
        side = message["header"]["msg_id"]
        found: dict[str, list[str]] = {main: [], side: []}
        while not all("cell" in kinds for kinds in found.values()):
            got = kernel.client.get_iopub_msg(timeout=30)
            if got["msg_type"] == "dsinfra_event":
                kinds = found.get(got["parent_header"]["msg_id"], [])
                kinds += [e["kind"] + ":" + e.get("key", "") for e in got["content"]["events"]]
                kinds += [e["kind"] for e in got["content"]["events"]]
        assert "points:sub" in found[side]
        assert "points:main" not in found[side]
        assert "points:main" in found[main]
        assert "points:sub" not in found[main]


def test_not_a_number_and_infinity_are_values(kernel: Kernel) -> None:
    done = kernel.ok("dsinfra.log_metrics({'a': float('nan'), 'b': float('inf'), 'c': -10**400})")
    assert math.isnan(done.values("a")[0])
    assert done.values("b") == [math.inf]
    assert done.values("c") == [-math.inf]
