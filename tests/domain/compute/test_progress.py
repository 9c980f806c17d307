"""Bars that real libraries draw are progress; percentages that people print are not."""

from __future__ import annotations

import io
import string

import pytest
import tqdm
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.compute.progress import LINE_MAX_CHARS, Progress, ProgressReader

BARS = {
    "tqdm": ("\r 40%|████      | 4/10 [00:04<00:06,  1.00s/it]", 0.4, "4/10"),
    "tqdm named": ("\rEpoch 3:  50%|#####     | 5/10 [00:01<00:01]", 0.5, "Epoch 3: 5/10"),
    "tqdm ascii end": ("\r100%|##########| 10/10 [00:10<00:00]\n", 1.0, "10/10"),
    "rich": ("\x1b[2K\rWorking... \x1b[38m━━━━╸\x1b[0m━━━  45% 0:00:03", 0.45, "Working..."),
    "keras": ("\r 12/100 ━━━━━━━━━━━━━━━━━━━━ 1s 10ms/step - loss: 0.3", 0.12, "12/100"),
    "keras 2": ("\r 8/16 [==============>.......] - ETA: 1s - loss: 0.69", 0.5, "8/16"),
    "pip": ("     ━━━━━━━━━━━━━━━━━━━━━━━━ 12.3/24.6 MB 3.1 MB/s 25%", 0.25, ""),
    "own": ("\rstep 3/4", 0.75, "step: 3/4"),
}


@pytest.mark.parametrize("name", sorted(BARS))
def test_bars(name: str) -> None:
    text, ratio, words = BARS[name]
    assert ProgressReader().read("stderr", text) == Progress(ratio, words)


@pytest.mark.parametrize(
    "text",
    [
        "accuracy: 93.5%\n",
        "2026/11/23 started\n",
        "fold 3/5 done\n",
        "\rfinished at 10:30\n",
        "\r250% more\n",
        "\r5/0\n",
        "x" * (LINE_MAX_CHARS + 1) + "\r50%",
        "",
    ],
)
def test_what_is_no_bar_is_no_progress(text: str) -> None:
    found = ProgressReader().read("stdout", text)
    assert found is None or text.startswith("x")


def test_the_newest_bar_counts_and_may_come_in_pieces() -> None:
    reader = ProgressReader()
    bars = "\r 10%|#         | 1/10\r 20%|##        | 2/10"
    assert reader.read("stderr", bars) == Progress(0.2, "2/10")
    assert reader.read("stderr", "\r 3") in (None, Progress(0.2, "2/10"))
    assert reader.read("stderr", "0%|###       | 3/10") == Progress(0.3, "3/10")


def test_a_real_tqdm_is_followed_to_its_end() -> None:
    written = io.StringIO()
    for _ in tqdm.tqdm(range(20), file=written, desc="fit", mininterval=0):
        pass
    reader = ProgressReader()
    seen = [reader.read("stderr", piece) for piece in written.getvalue().splitlines(True)]
    ratios = [each.ratio for each in seen if each is not None]
    assert ratios == sorted(ratios)
    assert ratios[-1] == 1.0


@given(st.lists(st.text(string.printable + "█\x1b", max_size=80), max_size=10))
def test_any_text_is_read_without_fail(pieces: list[str]) -> None:
    reader = ProgressReader()
    for piece in pieces:
        found = reader.read("stdout", piece)
        assert found is None or 0 <= found.ratio <= 1


def test_the_bar_of_a_widget_is_followed() -> None:
    reader = ProgressReader()
    state = {"_model_name": "FloatProgressModel", "min": 0.0, "max": 8.0, "value": 0.0}
    opened = {"comm_id": "a", "target_name": "jupyter.widget", "data": {"state": state}}
    assert reader.read_message("comm_open", opened) == Progress(0.0, "")
    update = {"comm_id": "a", "data": {"method": "update", "state": {"value": 2.0}}}
    assert reader.read_message("comm_msg", update) == Progress(0.25, "")
    other = {"comm_id": "b", "data": {"method": "update", "state": {"value": 8.0}}}
    assert reader.read_message("comm_msg", other) is None
    assert reader.read_message("comm_msg", {"comm_id": "a", "data": 3}) is None
    assert reader.read_message("display_data", {}) is None
