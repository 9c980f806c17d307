"""Which errors are found in what kernels and their probe say, and what is known of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dsinfra_jlab.domain.changes import ErrorFound
from dsinfra_jlab.domain.errors.occurrences import CauseFlag, ErrorKind, ResourceState
from dsinfra_jlab.domain.errors.sightings import Sighting
from dsinfra_jlab.domain.ids import CellId, EnvironmentId
from dsinfra_jlab.domain.lineage.data_flow import NotebookCells
from dsinfra_jlab.domain.tracking.message_reading import decode_dict
from dsinfra_jlab.domain.tracking.verdict import EndCause, KernelEnd
from tests.domain.replay import CLIENT, START, moment
from tests.domain.tracking.test_probe_book import Kernel, message


class Failing(Kernel):
    """A kernel whose cells fail."""

    def fail(
        self, cell: str, ename: str, evalue: str, *events: dict[str, Any], **seen: Any
    ) -> None:
        self.say(
            cell,
            *events,
            {"kind": "cell", "status": "error", "ename": ename, "analysis": "ok", **seen},
        )
        self.publish("error", {"ename": ename, "evalue": evalue, "traceback": []}, cell)
        content = {"status": "error", "execution_count": 1, "ename": ename, "evalue": evalue}
        self.take(
            self.tracker.replied(decode_dict(message("execute_reply", content, cell)), self.now())
        )
        self.publish("status", {"execution_state": "idle"}, cell)

    @property
    def sightings(self) -> dict[str, Sighting]:
        """The last of each error."""
        found = [c.sighting for c in self.changes if isinstance(c, ErrorFound)]
        return {each.error_id: each for each in found}

    @property
    def only_sighting(self) -> Sighting:
        (found,) = self.sightings.values()
        return found


@pytest.fixture
def kernel() -> Failing:
    return Failing()


def error(ename: str = "ValueError", evalue: str = "bad", **more: Any) -> dict[str, Any]:
    frame = {
        "kind": "cell",
        "file": "/tmp/ipykernel_1/1.py",
        "function": "<module>",
        "line": 1,
        "source": "total = df.sum()",
        "request": "c1",
        "cell_id": "c1",
    }
    exception = {"ename": ename, "module": "builtins", "evalue": evalue, "frames": [frame]}
    return {"kind": "error", "error": "exception", "number": 0, "exceptions": [exception], **more}


def test_what_the_probe_saw_and_what_was_published_are_one_error(kernel: Failing) -> None:
    kernel.ask("c1", "total = df.sum()")
    kernel.fail("c1", "ValueError", "bad", error())
    sighting = kernel.only_sighting
    assert sighting.seen is not None and sighting.text is None
    (frame,) = sighting.seen.exceptions[0].frames
    assert frame.run_id == sighting.run_id == kernel.cells[0].id


def test_word_of_the_probe_that_comes_late_writes_over_the_error(kernel: Failing) -> None:
    kernel.ask("c1", "total = df.sum()")
    kernel.fail("c1", "ValueError", "bad")
    assert kernel.only_sighting.text is not None
    kernel.say("c1", error())
    assert kernel.only_sighting.seen is not None


def test_a_process_that_was_forked_cannot_end_the_cell_of_the_kernel(kernel: Failing) -> None:
    kernel.ask("c1")
    kernel.say("c1", error("Forged"), session="other")
    kernel.end("c1")
    assert kernel.sightings == {}


def test_a_thread_is_an_error_beside_the_run(kernel: Failing) -> None:
    kernel.ask("c1")
    kernel.say("c1", {**error(), "error": "thread", "number": 1})
    kernel.end("c1")
    seen = kernel.only_sighting.seen
    assert seen is not None and seen.kind is ErrorKind.thread
    kernel.say("c1", {**error(), "error": "thread", "number": 1, "count": 5})
    assert kernel.only_sighting.seen is not None and kernel.only_sighting.seen.count == 5


def test_a_kernel_that_dies_busy_is_the_error_of_its_cell_and_idle_of_its_session(
    kernel: Failing,
) -> None:
    state = ResourceState(rss_bytes=5)
    kernel.ask("c1")
    kernel.take(kernel.tracker.kernel_ended(KernelEnd(EndCause.died, -11, state), kernel.now()))
    sighting = kernel.only_sighting
    assert (sighting.run_id, sighting.death) == (kernel.cells[0].id, "crashed (SIGSEGV)")
    assert sighting.resources == state
    kernel.take(kernel.tracker.kernel_started(kernel.now()))
    kernel.ask("c2")
    kernel.end("c2")
    kernel.take(kernel.tracker.kernel_ended(KernelEnd(EndCause.died, 3), kernel.now()))
    last = list(kernel.sightings.values())[-1]
    assert (last.run_id, last.cell_id) == (kernel.sessions[-1].id, None)


def test_a_restart_is_no_error(kernel: Failing) -> None:
    kernel.ask("c1")
    kernel.take(kernel.tracker.kernel_ended(KernelEnd(EndCause.restarted), kernel.now()))
    assert kernel.sightings == {}


def test_the_notebook_that_is_read_late_explains_a_name(kernel: Failing) -> None:
    kernel.ask("c1", "model.fit()")
    kernel.fail("c1", "NameError", "name 'model' is not defined")
    assert kernel.only_sighting.names == {}
    code = {CellId("c1"): "model.fit()", CellId("c2"): "model = make()"}
    hashes = {cell: "" for cell in code}
    cells = NotebookCells(START + timedelta(seconds=1), hashes, code)
    kernel.take(kernel.tracker.notebook_read(cells))
    sighting = kernel.only_sighting
    assert list(sighting.names) == ["model"]
    assert CauseFlag.order in sighting.flags and CauseFlag.unexecuted in sighting.flags


def test_the_runs_that_made_what_the_statement_used_are_named(kernel: Failing) -> None:
    kernel.ask("c0", "df = load()\nother = 1")
    kernel.end("c0", writes=["df", "other"])
    kernel.ask("c1", "total = df.sum()")
    kernel.fail("c1", "ValueError", "bad", error(), reads=["df", "other"])
    (operation,) = kernel.only_sighting.operations
    assert (operation.run_id, operation.names) == (kernel.cells[0].id, ["df"])
    assert operation.code_line == "df = load()"


def test_what_was_installed_or_changed_since_the_last_success_is_told(kernel: Failing) -> None:
    tracker = kernel.tracker

    def run(request: str, digest: str, *, fails: bool) -> None:
        asked = message("execute_request", {"code": "df.sum()"}, metadata={"cellId": "same"})
        asked["header"]["msg_id"] = request
        kernel.take(tracker.requested(decode_dict(asked), CLIENT, kernel.now()))
        kernel.publish("status", {"execution_state": "busy"}, request)
        item = {"kind": "file", "name": "/d.csv", "mode": "read", "digest": digest}
        kernel.say(request, {"kind": "data", "items": [item], "coverage": []})
        if fails:
            kernel.fail(request, "ValueError", "bad")
        else:
            kernel.end(request)

    def known(environment: str, installed: str) -> None:
        kernel.take(tracker.environment_known(EnvironmentId(environment), None, installed))

    known("e1", "pandas 2")
    run("r1", "d1", fails=False)
    known("e2", "pandas 2")  # something was imported: not installed
    run("r2", "d1", fails=True)
    assert list(kernel.sightings.values())[-1].flags == ()
    known("e3", "pandas 3")
    run("r3", "d2", fails=True)
    flags = list(kernel.sightings.values())[-1].flags
    assert set(flags) == {CauseFlag.environment_changed, CauseFlag.data_changed}


def test_stderr_of_another_language_is_not_read_for_pythons_errors() -> None:
    text = "Exception in thread Thread-1:\nTraceback (most recent call last):\nValueError: x\n"
    for language, count in (("python", 1), ("bash", 0)):
        kernel = Failing()
        info = {"language_info": {"name": language, "version": "1"}}
        said = decode_dict(message("kernel_info_reply", info))
        kernel.take(kernel.tracker.replied(said, moment(0)))
        kernel.ask("c1")
        kernel.publish("stream", {"name": "stderr", "text": text}, "c1")
        reply = message("execute_reply", {"status": "ok", "execution_count": 1}, "c1")
        kernel.take(kernel.tracker.replied(decode_dict(reply), kernel.now()))
        kernel.publish("status", {"execution_state": "idle"}, "c1")
        assert len(kernel.sightings) == count


def test_a_client_that_expects_an_error_is_heard(kernel: Failing) -> None:
    content = {"code": "1 / 0", "stop_on_error": False}
    request = message("execute_request", content, metadata={"cellId": "c1"})
    request["header"]["msg_id"] = "c1"
    kernel.take(kernel.tracker.requested(decode_dict(request), CLIENT, kernel.now()))
    kernel.fail("c1", "ZeroDivisionError", "division by zero")
    assert kernel.only_sighting.is_expected


# Who is there


def test_nobody_is_there_when_all_clients_have_left_before_it_fails(kernel: Failing) -> None:
    kernel.ask("c1", "train()")
    kernel.take(kernel.tracker.client_left(CLIENT.id))
    kernel.fail("c1", "ValueError", "bad")
    assert kernel.only_sighting.is_unattended


def test_who_leaves_after_it_has_failed_has_seen_it(kernel: Failing) -> None:
    kernel.ask("c1", "train()")
    kernel.fail("c1", "NameError", "name 'x' is not defined")
    kernel.take(kernel.tracker.client_left(CLIENT.id))
    kernel.take(kernel.tracker.notebook_read(NotebookCells(START, {})))
    assert not kernel.only_sighting.is_unattended


def test_a_client_that_is_back_or_another_one_is_somebody(kernel: Failing) -> None:
    kernel.ask("c1", "train()")
    kernel.take(kernel.tracker.client_left(CLIENT.id))
    hello = decode_dict(message("kernel_info_request", {}))
    kernel.take(kernel.tracker.requested(hello, replace(CLIENT, id=CLIENT.id + 1), kernel.now()))
    kernel.take(kernel.tracker.client_left(CLIENT.id))
    kernel.fail("c1", "ValueError", "bad")
    assert not kernel.only_sighting.is_unattended


def test_a_kernel_whose_clients_were_never_seen_counts_as_attended(kernel: Failing) -> None:
    kernel.take(kernel.tracker.client_left(CLIENT.id))
    kernel.ask("c1", "train()")
    kernel.fail("c1", "ValueError", "bad")
    assert not kernel.only_sighting.is_unattended


def test_a_warning_while_somebody_is_there_says_nothing_of_the_end(kernel: Failing) -> None:
    kernel.ask("c1", "train()")
    kernel.say("c1", error(error="warning", number=1))
    kernel.take(kernel.tracker.client_left(CLIENT.id))
    kernel.fail("c1", "ValueError", "bad")
    warning, ending = sorted(kernel.sightings.values(), key=lambda each: each.seen is None)
    assert (warning.is_unattended, ending.is_unattended) == (False, True)


def test_processes_of_one_kernel_are_told_apart(kernel: Failing) -> None:
    kernel.ask("c1", "train()")
    kernel.fail("c1", "ValueError", "bad")
    kernel.take(kernel.tracker.kernel_ended(KernelEnd(EndCause.restarted), kernel.now()))
    kernel.take(kernel.tracker.kernel_started(kernel.now()))
    kernel.ask("c2", "train()")
    kernel.fail("c2", "ValueError", "bad")
    assert len({each.process for each in kernel.sightings.values()}) == 2


# Commands


def test_of_a_command_that_failed_it_is_kept_what_was_printed_last(kernel: Failing) -> None:
    kernel.ask("c1", "%%bash\ncat a.txt")
    kernel.publish("stream", {"name": "stdout", "text": "begins\n"}, "c1")
    kernel.publish("stream", {"name": "stderr", "text": "cat: a.txt: No such file\n"}, "c1")
    kernel.fail("c1", "CalledProcessError", "Command 'b'cat a.txt'' returned 1.")
    assert kernel.only_sighting.printed == "begins\n\ncat: a.txt: No such file\n"


def test_of_any_other_error_what_was_printed_says_nothing(kernel: Failing) -> None:
    kernel.ask("c1", "fit()")
    kernel.publish("stream", {"name": "stderr", "text": "cat: a.txt: No such file\n"}, "c1")
    kernel.fail("c1", "ValueError", "bad")
    assert kernel.only_sighting.printed == ""
