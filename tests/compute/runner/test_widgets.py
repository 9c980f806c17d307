"""Widgets of a job are text that follows them."""

from __future__ import annotations

from typing import Any

import pytest

from dsinfra_jlab.compute.runner import forwarding, limits, widgets
from dsinfra_jlab.compute.runner.forwarding import Forwarder
from dsinfra_jlab.compute.runner.widgets import VIEW
from dsinfra_jlab.compute.runner.wire import Message

from .driving import run


def message(type_: str, content: dict[str, Any]) -> Message:
    return Message({"msg_id": "x", "msg_type": type_}, {"msg_id": "p"}, {}, content, [], 10)


class Kernel:
    """Says what a kernel with ipywidgets says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        for module in (forwarding, widgets):
            monkeypatch.setattr(module.time, "monotonic", lambda: self.now)
        self.events: list[dict[str, Any]] = []
        self.forwarder = Forwarder(self.events.append, 10**9)

    def say(self, type_: str, **content: Any) -> None:
        self.forwarder.message("iopub", message(type_, content))

    def open(self, id_: str, model: str, **state: Any) -> None:
        state["_model_name"] = model
        self.say("comm_open", comm_id=id_, target_name="jupyter.widget", data={"state": state})

    def change(self, id_: str, **state: Any) -> None:
        self.say("comm_msg", comm_id=id_, data={"method": "update", "state": state})

    def show(self, id_: str, text: str = "Widget()", **transient: str) -> None:
        data = {"text/plain": text, VIEW: {"model_id": id_}}
        self.say("display_data", data=data, metadata={}, transient=transient)

    def wait(self) -> None:
        self.now += limits.WIDGET_TEXT_S
        self.forwarder.pause()

    @property
    def shown(self) -> list[tuple[str, str]]:
        return [
            (event["header"]["msg_type"], event["content"]["data"]["text/plain"])
            for event in self.events
            if "data" in event["content"] and "text/plain" in event["content"]["data"]
        ]


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(monkeypatch)


def open_tqdm(kernel: Kernel) -> None:
    """As ``tqdm.notebook`` does."""
    kernel.open("left", "HTMLModel", value="  0%")
    kernel.open("bar", "FloatProgressModel", min=0.0, max=20.0, value=0.0)
    kernel.open("right", "HTMLModel", value=" 0/20 [00:00&lt;?, ?it/s]")
    kernel.open("box", "HBoxModel", children=[f"IPY_MODEL_{i}" for i in ("left", "bar", "right")])


def test_a_bar_of_tqdm_reads_as_in_a_terminal_and_follows(kernel: Kernel) -> None:
    open_tqdm(kernel)
    kernel.show("box")
    kernel.change("bar", value=5.0)
    kernel.change("left", value=" 25%")
    kernel.change("right", value=" 5/20 [00:01&lt;00:03, 5.00it/s]")
    kernel.wait()
    assert kernel.shown == [
        ("display_data", "0%|          | 0/20 [00:00<?, ?it/s]"),
        ("update_display_data", "25%|██▌       | 5/20 [00:01<00:03, 5.00it/s]"),
    ]


def test_an_update_names_the_display_it_is_of(kernel: Kernel) -> None:
    open_tqdm(kernel)
    kernel.show("box")
    kernel.show("box", display_id="named")
    kernel.change("bar", value=20.0)
    kernel.wait()
    ids = [
        event["content"]["transient"]["display_id"]
        for event in kernel.events
        if "transient" in event["content"]
    ]
    assert ids == ["widget-box", "named", "widget-box", "named"]
    assert not any(VIEW in event["content"].get("data", {}) for event in kernel.events)


def test_many_changes_make_one_text_and_the_last_one_is_not_lost(kernel: Kernel) -> None:
    kernel.open("bar", "IntProgressModel", min=0, max=100, value=0, description="Load")
    kernel.show("bar")
    assert kernel.forwarder.due_at is None
    for value in range(1, 51):
        kernel.change("bar", value=value)
        kernel.forwarder.pause()
    assert kernel.forwarder.due_at == kernel.now + limits.WIDGET_TEXT_S
    kernel.change("bar", value=100)
    kernel.forwarder.end()
    kernel.forwarder.end()
    assert kernel.shown == [
        ("display_data", "Load   0%|          |"),
        ("update_display_data", "Load 100%|██████████|"),
    ]


def test_a_widget_that_is_closed_is_gone(kernel: Kernel) -> None:
    open_tqdm(kernel)
    kernel.show("box")
    kernel.say("comm_close", comm_id="box", data={})
    kernel.wait()
    assert kernel.shown[-1] == ("update_display_data", "")


def test_what_reads_as_no_text_keeps_that_of_the_kernel(kernel: Kernel) -> None:
    kernel.open("slider", "IntSliderModel", value=3)
    kernel.show("slider", "IntSlider(value=3)")
    kernel.show("nobody knows it", "Old()")
    kernel.change("slider", value=4)
    kernel.wait()
    assert kernel.shown == [("display_data", "IntSlider(value=3)"), ("display_data", "Old()")]


@pytest.mark.parametrize(
    "state",
    [
        {"children": ["IPY_MODEL_box"]},
        {"children": "none"},
        {"children": [None, 3, {}]},
        {"children": []},
    ],
)
def test_a_box_that_makes_no_sense_keeps_the_text_of_the_kernel(
    kernel: Kernel, state: dict[str, Any]
) -> None:
    kernel.open("box", "VBoxModel", **state)
    kernel.show("box", "VBox()")
    assert kernel.shown == [("display_data", "VBox()")]


@pytest.mark.parametrize("value", [None, "x", -5, 500, 1e308, True])
def test_no_value_breaks_a_bar(kernel: Kernel, value: Any) -> None:
    kernel.open("bar", "FloatProgressModel", min=0.0, max=20.0, value=value)
    kernel.show("bar")
    assert "%|" in kernel.shown[0][1]


def test_html_is_read_as_text(kernel: Kernel) -> None:
    kernel.open("note", "HTMLModel", value="<b>5 &lt; 6</b><br>next")
    kernel.show("note")
    assert kernel.shown == [("display_data", "5 < 6\nnext")]


@pytest.mark.parametrize("data", [None, "text", [], {VIEW: None}, {VIEW: "x"}])
def test_what_is_no_view_goes_on(kernel: Kernel, data: Any) -> None:
    kernel.say("display_data", data=data)
    assert len(kernel.events) == 1


def test_the_widgets_of_a_kernel_are_text_in_the_log() -> None:
    ran = run(
        "import time\n"
        "from comm import create_comm\n"
        "from IPython.display import display\n"
        "state = {'_model_name': 'IntProgressModel', 'min': 0, 'max': 4, 'value': 0}\n"
        "bar = create_comm(target_name='jupyter.widget', data={'state': state})\n"
        f"view = {{'text/plain': 'IntProgress()', {VIEW!r}: {{'model_id': bar.comm_id}}}}\n"
        "display(view, raw=True)\n"
        "for value in range(1, 5):\n"
        "    bar.send({'method': 'update', 'state': {'value': value}})\n"
        "    time.sleep(0.2)\n"
    )
    (shown,) = ran.messages("display_data")
    assert shown["content"]["data"] == {"text/plain": "  0%|          |"}
    last = ran.messages("update_display_data")[-1]["content"]
    assert last["data"] == {"text/plain": "100%|██████████|"}
    assert last["transient"] == shown["content"]["transient"]
