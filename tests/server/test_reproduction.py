"""From a real kernel's runs to a notebook, and from that to the same result again."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from dsinfra_jlab.server.app import DsinfraApp

from .conftest import Caller
from .kernels import DEADLINE_S, Fetch, KernelClient, runs_of

MODEL = """
class Model:
    def __init__(self, lr):
        self.lr = lr
        self.w = 0.0

    def fit(self, data):
        for x in data:
            self.w += self.lr * (x - self.w) + random.gauss(0, noise)

    def score(self, data):
        return sum(abs(x - self.w) for x in data) / len(data)
"""
SESSION = [
    ("imports", "import csv\nimport random\nfrom pathlib import Path"),
    ("noise", "print('nothing to do with it')\nscratch = [1, 2, 3]"),
    ("write", "Path('rows.csv').write_text('\\n'.join(map(str, range(40))))"),
    ("load", "rows = [float(line) for line in open('rows.csv')]"),
    ("seed", "random.seed(11)"),
    ("split", "random.shuffle(rows)\ntrain, test = rows[:30], rows[30:]"),
    ("define", MODEL),
    ("noise-level", "noise = 0.1"),
    ("lr", "lr = 0.5"),
    ("train", "model = Model(lr)\nmodel.fit(train)\nerror = model.score(test)"),
    ("lr", "lr = 0.01"),
    ("train", "model = Model(lr)\nmodel.fit(train)\nerror = model.score(test)"),
    ("noise", "scratch.append(4)\nsum(scratch)"),
    ("broken", "scratch = undefined_name"),
    ("more", "model.fit(train)"),
    ("final", "final_error = model.score(test) + lr"),
    ("lr", "lr = 99\nrows = None\nmodel = None"),
]  # fmt: skip


async def replayed(notebook: Any, folder: Path, name: str) -> float:
    """Run a notebook from top to bottom in a fresh kernel and return a value at its end."""
    notebook = nbformat.from_dict(notebook)
    nbformat.validate(notebook, relax_add_props=False)
    notebook.cells.append(nbformat.v4.new_code_cell(f"print({name}.hex())"))
    client = NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": str(folder)}}, kernel_name="python3"
    )
    await client.async_execute()
    (output,) = notebook.cells[-1].outputs
    return float.fromhex(output["text"].strip())


async def test_the_reproduction_runs_to_the_same_metrics(
    dsinfra: DsinfraApp,
    api: Caller,
    jp_fetch: Fetch,
    jp_ws_fetch: Fetch,
    jp_root_dir: Path,
    tmp_path: Path,
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, path="work.ipynb", name="work.ipynb")
    for cell_id, code in SESSION:
        await client.run(code, cell_id)
    await runs_of(dsinfra, count=len(SESSION))
    final = await seen_run(api, "final", "final_error")
    first_train, second_train = await trials_of(api, "train")

    found = await api.get(f"runs/{final['id']}/reproduction")
    sources = [cell["source"] for cell in found["notebook"]["cells"][1:]]
    assert sources == [
        code for cell_id, code in SESSION[:-1] if cell_id not in ("noise", "write", "broken")
    ]
    assert found["gaps"] == []
    assert "rows.csv" in found["notebook"]["cells"][0]["source"]
    assert (
        await replayed(found["notebook"], jp_root_dir, "final_error")
        == (final["metrics"]["final_error"])
    )

    found = await api.get(f"runs/{first_train['run_id']}/reproduction")
    assert re.fullmatch(r"work \(run \d+\)\.ipynb", found["name"])
    assert (
        await replayed(found["notebook"], jp_root_dir, "error") == (first_train["metrics"]["error"])
    )
    assert first_train["metrics"] != second_train["metrics"]

    lineage = await api.get(f"runs/{first_train['run_id']}/lineage")
    assert [node["code_line"] for node in lineage["nodes"]][-3:] == [
        "noise = 0.1",
        "lr = 0.5",
        "model = Model(lr)",
    ]
    assert lineage["is_complete"] and "this file" in lineage["summary"]


async def seen_run(api: Caller, cell_id: str, metric: str) -> dict[str, Any]:
    """Return the newest run of a cell once its metric has come."""
    for _ in range(int(DEADLINE_S / 0.05)):
        page = await api.get("runs", {"cell_id": cell_id})
        if page["items"] and metric in page["items"][0]["metrics"]:
            run: dict[str, Any] = page["items"][0]
            return run
        await asyncio.sleep(0.05)
    raise AssertionError("the metric did not come")


async def trials_of(api: Caller, cell_id: str) -> list[dict[str, Any]]:
    """Return the trials of a cell, the first one first."""
    table = await api.get(f"cells/{cell_id}/trials", {"notebook_path": "work.ipynb"})
    trials: list[dict[str, Any]] = table["items"][::-1]
    return trials


@pytest.mark.parametrize(
    "code", ["%%time\nx = sum(base) * 1.0", "y = !echo {base}\nx = float(len(y))"]
)
async def test_cells_with_magics_have_origins_too(
    dsinfra: DsinfraApp, api: Caller, jp_fetch: Fetch, jp_ws_fetch: Fetch, code: str
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, path="m.ipynb", name="m.ipynb")
    await client.run("base = [1, 2]", "base")
    await client.run("%config InlineBackend.figure_format = 'svg'", "config")
    await client.run(code, "x")
    await runs_of(dsinfra, count=3)
    run = await seen_run(api, "x", "x")
    lineage = await api.get(f"runs/{run['id']}/lineage")
    assert lineage["nodes"][0]["cell_id"] == "base"
    assert lineage["nodes"][-1]["cell_id"] == "x"
