"""The notebook that leads to a result again, as text."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.ids import CellId, ExperimentId, KernelId, RunId
from dsinfra_jlab.domain.lineage.graph import Reproduction, Step
from dsinfra_jlab.domain.lineage.origins import lineage_of
from dsinfra_jlab.domain.lineage.reproduction import reproduction_of
from dsinfra_jlab.domain.lineage.slicing import slice_of
from dsinfra_jlab.domain.runs.capture import DataItem, DataKind, DataMode, RunCapture
from dsinfra_jlab.domain.runs.records import Environment, GitState, Run, RunKind, RunStatus

START = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
NASTY = "``` <script>alert(1)</script> | [x](javascript:1) \n\n# head\n$a$ ü 字 \u2028"


def run_of(**changes: Any) -> Run:
    values: dict[str, Any] = {
        **dict.fromkeys(Run.__dataclass_fields__),
        "id": RunId("r-9"), "kind": RunKind.cell, "name": "", "kernel_name": "python3",
        "experiment_id": ExperimentId("e"), "experiment_name": "train.ipynb",
        "kernel_id": KernelId("k"), "language": "python", "notebook_path": "deep/train.ipynb",
        "execution_count": 12, "status": RunStatus.ok, "queued_at": START, "code": "",
        "params": {}, "metrics": {"acc": 0.5}, "flags": [], **changes,
    }  # fmt: skip
    return Run(**values)


def reproduced(
    codes: list[str],
    run: Run | None = None,
    environment: Environment | None = None,
    item: DataItem | None = None,
) -> Reproduction:
    steps = [
        Step(
            RunId(f"r-{n}"), CellId("same cell"), n, RunStatus.ok, START + timedelta(seconds=n),
            code, sha256(code.encode("utf-8", "replace")).hexdigest(),
            RunCapture(["x"] if n else [], ["x"]),
        )
        for n, code in enumerate(codes)
    ]  # fmt: skip
    found = slice_of(steps)
    lineage = lineage_of(found, {RunId("r-0"): [item]} if item else {})
    return reproduction_of(run or run_of(), found.steps, lineage, environment)


def valid(found: Reproduction) -> Any:
    notebook = nbformat.reads(json.dumps(found.notebook), as_version=4)
    nbformat.validate(notebook, relax_add_props=False)
    assert notebook.nbformat_minor == 5
    return notebook


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_code_makes_a_valid_notebook_with_that_code(codes: list[str]) -> None:
    notebook = valid(reproduced(codes))
    assert [cell.source for cell in notebook.cells[1:]] == codes
    assert len({cell.id for cell in notebook.cells}) == len(codes) + 1


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "train (run 12).ipynb"),
        ({"execution_count": None}, "train (run).ipynb"),
        ({"notebook_path": "C:\\work\\a.ipynb"}, "a (run 12).ipynb"),
        ({"notebook_path": None, "experiment_name": "../../etc/passwd"}, "passwd (run 12).ipynb"),
        ({"notebook_path": None, "experiment_name": ""}, "python3 (run 12).ipynb"),
        ({"notebook_path": 'a/<b>:"|?*\n.ipynb'}, "_b_______ (run 12).ipynb"),
        ({"notebook_path": "a/...ipynb"}, "run (run 12).ipynb"),
        ({"notebook_path": "n" * 300 + ".ipynb"}, "n" * 100 + " (run 12).ipynb"),
    ],
)
def test_the_file_is_named_like_the_notebook(changes: dict[str, Any], name: str) -> None:
    assert reproduced(["a"], run_of(**changes)).name == name


def test_the_cell_on_top_tells_what_it_is_about() -> None:
    environment = Environment(
        "3.12.1", "Linux", {"numpy": "2.0", "six": "1.0"}, GitState("abc", "main", True),
        loaded=["numpy"],
    )  # fmt: skip
    item = DataItem(DataKind.file, "data/x.csv", DataMode.read, 1_234, "sha256:ff")
    text = valid(reproduced(["x = 1", "x"], None, environment, item)).cells[0].source
    for part in (
        "train.ipynb, run \\[12\\]", "2026-11-22 12:00:00 UTC", "Python: 3.12.1", "numpy==2.0",
        "`abc` on main, with uncommitted changes", "data/x.csv | 1,234 bytes | sha256:ff",
        "| acc | 0.5 |", "Kernel: python3",
    ):  # fmt: skip
        assert part in text, part
    assert "six" not in text
    assert "not recorded" in valid(reproduced(["x"])).cells[0].source


def test_what_a_kernel_claims_stays_text() -> None:
    environment = Environment(NASTY, NASTY, {NASTY: NASTY}, GitState(NASTY, NASTY, False))
    item = DataItem(DataKind.url, NASTY, DataMode.read, 1, NASTY)
    run = run_of(kernel_name=NASTY, notebook_path=None, experiment_name=NASTY, id=RunId(NASTY))
    text = valid(reproduced(["x = 1", "x"], run, environment, item)).cells[0].source
    outside, fenced = text.split("## Packages")
    assert fenced.count("```") == 2
    assert "\n# head" not in text
    assert "\n\n$a$" not in outside
    for line in outside.splitlines():
        if "script" in line and "`" not in line.replace("\\`", ""):
            assert "\\<script\\>" in line
