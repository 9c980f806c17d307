"""What every engine has to do, as tests; an engine's own file says on which targets they run."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
import uuid
from pathlib import Path

import psutil
import pytest

from dsinfra_jlab.compute.engine import find_engine
from dsinfra_jlab.domain.compute.job_events import RETURNED_FOLDER, SENT_FOLDER
from dsinfra_jlab.domain.compute.targets import Capability, Capacity, TargetRecord

from .desk import Desk, gone_in

CHANGING = "import os, time\nprint(os.getpid(), flush=True)\n"


@pytest.mark.slow
class EngineContract:
    """Subclass it and give a fixture ``target``; jobs run one at a time on it."""

    async def test_a_job_runs_and_its_log_tells_the_story(
        self, shared: Desk, target: TargetRecord
    ) -> None:
        job_id = await shared.submit("print('hello')\n6 * 7", target)
        ended = await shared.ended(job_id)
        assert (ended["state"], ended["detail"]) == ("ok", "")
        events = shared.log(job_id)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        # Only where the files go through the engine.
        kinds = [event["kind"] for event in events if event["kind"] != "sent"]
        assert kinds[:2] == ["queued", "starting"]
        assert kinds.index("kernel") < kinds.index("request") < kinds.index("ended")
        assert kinds.count("request") == kinds.count("ended") == 1
        assert shared.of_kind(job_id, "request")[0]["header"]["msg_id"] == f"message-{job_id}"
        types = [event["header"]["msg_type"] for event in shared.of_kind(job_id, "message")]
        assert {"stream", "execute_result", "execute_reply"} <= set(types)
        assert shared.text(job_id) == "hello\n"

    async def test_an_error_of_the_code_is_told_with_its_traceback(
        self, shared: Desk, target: TargetRecord
    ) -> None:
        job_id = await shared.submit("1 / 0", target)
        assert (await shared.ended(job_id))["state"] == "error"
        (error,) = (
            event["content"]
            for event in shared.of_kind(job_id, "message")
            if event["header"]["msg_type"] == "error"
        )
        assert error["ename"] == "ZeroDivisionError"

    async def test_names_go_there_and_come_back(self, shared: Desk, target: TargetRecord) -> None:
        first = await shared.submit("values = list(range(1000))", target, returns=("values",))
        ended = await shared.ended(first)
        assert ended["state"] == "ok", ended
        assert [name["name"] for name in ended["names"]] == ["values"]
        back = shared.agents.job_folder(first) / RETURNED_FOLDER
        assert json.loads((back / "parcel.json").read_text())["names"]
        second = await self._with_parcel(shared, target, back, "print(sum(values))")
        assert shared.text(second) == "499500\n"

    async def test_large_data_goes_and_comes(self, shared: Desk, target: TargetRecord) -> None:
        """More than one message of any engine, and not compressible."""
        code = "import os\ndata = bytearray(os.urandom(70_000_000))\nprint(hash(bytes(data)))"
        first = await shared.submit(
            code, target, returns=("data",), environment={"PYTHONHASHSEED": "0"}
        )
        ended = await shared.ended(first)
        assert ended["state"] == "ok", ended
        back = shared.agents.job_folder(first) / RETURNED_FOLDER
        assert sum(path.stat().st_size for path in back.iterdir()) > 70_000_000
        second = await self._with_parcel(shared, target, back, "print(len(data), data[:3])")
        assert shared.text(second).startswith("70000000 ")

    async def _with_parcel(
        self, shared: Desk, target: TargetRecord, parcel: Path, code: str
    ) -> str:
        """Run a job with a parcel that another has brought back."""

        def put(folder: Path) -> None:
            shutil.copytree(parcel, folder / SENT_FOLDER)

        job_id = await shared.submit(code, target, prepare=put)
        ended = await shared.ended(job_id)
        assert ended["state"] == "ok", ended
        return job_id

    async def test_a_damaged_parcel_is_refused_before_anything_runs(
        self, shared: Desk, target: TargetRecord
    ) -> None:
        first = await shared.submit("text = 'a' * 5000", target, returns=("text",))
        await shared.ended(first)
        back = shared.agents.job_folder(first) / RETURNED_FOLDER

        def put(folder: Path) -> None:
            shutil.copytree(back, folder / SENT_FOLDER)
            payload = folder / SENT_FOLDER / "payload.pkl"
            data = bytearray(payload.read_bytes())
            data[len(data) // 2] ^= 1
            payload.write_bytes(bytes(data))

        job_id = await shared.submit("print(text)", target, prepare=put)
        ended = await shared.ended(job_id)
        assert ended["state"] == "error"
        assert "changed" in ended["detail"] or "damaged" in ended["detail"], ended
        assert shared.text(job_id) == ""

    async def test_output_larger_than_a_message_comes_whole(
        self, shared: Desk, target: TargetRecord
    ) -> None:
        code = (
            "from IPython.display import display\n"
            "display({'text/plain': 'x' * 3_000_000 + 'end'}, raw=True)"
        )
        job_id = await shared.submit(code, target)
        assert (await shared.ended(job_id))["state"] == "ok"
        (shown,) = (
            event["content"]["data"]["text/plain"]
            for event in shared.of_kind(job_id, "message")
            if event["header"]["msg_type"] == "display_data"
        )
        assert len(shown) == 3_000_003

    async def test_many_lines_come_in_order_and_none_is_lost(
        self, shared: Desk, target: TargetRecord
    ) -> None:
        job_id = await shared.submit("for n in range(20_000): print(n)", target)
        assert (await shared.ended(job_id))["state"] == "ok"
        assert shared.text(job_id).split() == [str(n) for n in range(20_000)]

    async def test_jobs_wait_in_their_order_and_a_waiting_one_is_cancelled_at_once(
        self, shared: Desk, target: TargetRecord
    ) -> None:
        first = await shared.submit(CHANGING + "time.sleep(600)", target)
        await shared.printed(first, "\n")
        waiting = [await shared.submit("print(1)", target) for _ in range(3)]
        status = await shared.agents.status(target.name)
        assert status is not None
        assert status.queue == waiting
        assert (status.capacity.running_jobs, status.capacity.queued_jobs) == (1, 3)
        assert [worker.busy_job_id for worker in status.workers] == [first]
        start = time.monotonic()
        await shared.agents.cancel(target.name, waiting[1])
        ended = await shared.ended(waiting[1])
        assert time.monotonic() - start < 10
        assert ended["state"] == "cancelled"
        kinds = [event["kind"] for event in shared.log(waiting[1])]
        assert [kind for kind in kinds if kind != "sent"] == ["queued", "ended"]
        await shared.agents.cancel(target.name, first)
        assert (await shared.ended(first))["state"] == "cancelled"
        for job_id in (waiting[0], waiting[2]):
            assert (await shared.ended(job_id))["state"] == "ok"

    @pytest.mark.parametrize(
        ("code", "max_s"),
        [
            ("while True: pass", 10.0),
            ("time.sleep(600)", 10.0),
            ("import signal\nsignal.signal(2, signal.SIG_IGN)\nwhile True: time.sleep(1)", 15.0),
        ],
    )
    async def test_cancelled_it_is_gone_when_it_is_said(
        self, shared: Desk, target: TargetRecord, code: str, max_s: float
    ) -> None:
        job_id = await shared.submit(CHANGING + code, target, cancel_grace_s=2.0)
        await shared.printed(job_id, "\n")
        pid = int(shared.text(job_id))
        start = time.monotonic()
        await shared.agents.cancel(target.name, job_id)
        ended = await shared.ended(job_id)
        assert not psutil.pid_exists(pid) or gone_in(pid, 0.0)
        assert time.monotonic() - start < max_s
        assert ended["state"] == "cancelled"
        asked = shared.of_kind(job_id, "asked")[0]
        assert asked["signal"] == "INT"
        assert asked["kill_at"] > asked["at"]

    async def test_a_session_keeps_its_names_and_a_fresh_kernel_has_none(
        self, shared: Desk, target: TargetRecord
    ) -> None:
        if Capability.session not in find_engine(target.engine).capabilities(target.options):
            pytest.skip("this engine keeps no kernels")
        more = {"mode": "session", "session_key": "a notebook"}
        first = await shared.submit("kept = 5", target, **more)
        second = await shared.submit("kept += 1\nprint(kept)", target, **more)
        third = await shared.submit("print(kept)", target)
        assert (await shared.ended(second))["state"] == "ok"
        assert shared.text(second) == "6\n"
        assert (await shared.ended(third))["state"] == "error"
        assert (await shared.ended(first))["state"] == "ok"
        assert shared.of_kind(second, "kernel")[0]["is_reused"]
        await asyncio.sleep(2.1)
        status = await shared.agents.status(target.name)
        assert status is not None
        assert status.capacity.session_kernels == 1

    async def test_kernels_that_a_map_shares_are_no_session_kernels(
        self, shared: Desk, target: TargetRecord
    ) -> None:
        if Capability.session not in find_engine(target.engine).capabilities(target.options):
            pytest.skip("this engine keeps no kernels")

        async def capacity() -> Capacity:
            status = await shared.agents.status(target.name)
            assert status is not None
            return status.capacity

        job = await shared.submit(
            "import time\ntime.sleep(1000)", target, mode="group", session_key=uuid.uuid4().hex
        )
        before = await capacity()
        deadline = time.monotonic() + 60
        while (found := await capacity()).group_kernels != 1:
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.2)
        assert found.session_kernels == before.session_kernels
        await shared.agents.cancel(target.name, job)
        assert (await shared.ended(job))["state"] == "cancelled"

    async def test_it_says_what_it_is(self, shared: Desk, target: TargetRecord) -> None:
        found = await shared.agents.test(target)
        assert found.is_ok, found
        assert found.round_trip_s is not None
        assert found.round_trip_s < 5
        assert found.missing == []
        assert "ipykernel" in {name.lower() for name in found.packages}
        status = await shared.agents.status(target.name)
        assert status is not None
        assert status.python == found.python
        assert status.capacity.workers == len(status.workers) == 1
        assert status.capacity.free_workers == 1
        compile(status.client_code or "", "<code>", "exec")

    async def test_a_job_that_asks_for_too_much_is_told_so(
        self, shared: Desk, target: TargetRecord
    ) -> None:
        ended = await shared.run("print(1)", target, gpus=64)
        assert ended["state"] == "error"
        assert "64" in ended["detail"]
        assert "GPU" in ended["detail"]
