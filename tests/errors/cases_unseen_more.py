"""Failing cells of tasks, tables, tensors and magics that were written and labelled before anybody knew what would be said of them.

What was found to be told wrongly is mended, and so are the labels that were wrong themselves.
"""

from __future__ import annotations

from .corpus import cells

TASKS = cells(
    r"""
# %% asyncio-start
import asyncio, time, contextlib
async def load(i):
    await asyncio.sleep(0)
    if i == 2:
        raise ValueError(f"row {i} is bad")
    return i
# %% asyncio-missing-await: type
rows = load(1)
print(rows + 1)  #!
# %% asyncio-subscript-coro: type
async def config():
    return {"a": 1}
config()["a"]  #!
# %% asyncio-not-iterable: type
async for x in [1, 2]:  #!
    print(x)
# %% asyncio-asyncio-run: logic
asyncio.run(load(1))  #!
# %% asyncio-as-completed: value
for done in asyncio.as_completed([load(1), load(2)]):
    print(await done)  #!
# %% asyncio-taskgroup: value
async with asyncio.TaskGroup() as group:  #!
    group.create_task(load(2))
# %% asyncio-taskgroup-mixed: unknown
async def boom():
    raise KeyError("k")
async with asyncio.TaskGroup() as group:  #!
    group.create_task(load(2))
    group.create_task(boom())
# %% asyncio-timeout-at: interrupt
async with asyncio.timeout(0.05):  #!
    await asyncio.sleep(5)
# %% asyncio-semaphore: value
asyncio.Semaphore(-1)  #!
# %% asyncio-bounded: logic
sem = asyncio.BoundedSemaphore(1)
sem.release()  #!
# %% asyncio-twice-awaited: logic
once = load(1)
await once
await once  #!
# %% asyncio-cancelled-task: interrupt info
t = asyncio.create_task(asyncio.sleep(10)); t.cancel()
await t  #!
# %% asyncio-result-early: logic
t2 = asyncio.create_task(asyncio.sleep(1))
t2.result()  #!
# %% asyncio-invalid-future: logic
f = asyncio.get_running_loop().create_future()
f.set_result(1)
f.set_result(2)  #!
# %% asyncio-to-thread: lookup
await asyncio.to_thread(lambda: {}["missing"])  #!
# %% asyncio-subprocess: file_io
await asyncio.create_subprocess_exec("no-such-program-x")  #!
# %% asyncio-stream-refused: network
await asyncio.open_connection("127.0.0.1", 1)  #!
# %% asyncio-incomplete-read: network
async def talk(r, w):
    w.write(b"ab"); w.close()
server = await asyncio.start_server(talk, "127.0.0.1", 0)
reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
await reader.readexactly(10)  #!
# %% asyncio-loop-other: logic
from concurrent.futures import ThreadPoolExecutor
def make():
    return asyncio.get_event_loop()
await asyncio.get_running_loop().run_in_executor(ThreadPoolExecutor(1), make)  #!
# %% asyncio-contextmanager: type
async with contextlib.nullcontext.__new__(list):  #!
    pass
# %% asyncio-asyncgen-next: type
async def numbers():
    yield 1
next(numbers())  #!
# %% asyncio-run-until-complete: logic
asyncio.get_event_loop().run_until_complete(load(1))  #!
# %% asyncio-gather-one: value
results = await asyncio.gather(*(load(i) for i in range(4)))  #!
""",
)

PANDAS = cells(
    r"""
# %% pandas-frames
import numpy as np, pandas as pd, io, warnings
sales = pd.DataFrame({"shop": ["a", "b", "b"], "day": ["2024-01-01", "2024-01-02", "n/a"], "n": [1, 2, 3], "eur": ["1.50", "2,20", "3"]})
# %% pandas-view-read-only: value
values = sales["n"].to_numpy()
values[0] = 99  #!
# %% pandas-set-wrong-dtype: type
sales.loc[0, "n"] = "many"  #!
# %% pandas-str-dtype-number: type
sales.loc[1, "shop"] = 17  #!
# %% pandas-fill-wrong: type
s = pd.Series([True, None], dtype="boolean")
s.fillna("no")  #!
# %% pandas-dt-resolution: value
pd.Timestamp("3000-01-01").as_unit("ns")  #!
# %% pandas-dst-gap: value
pd.Timestamp("2024-03-31 02:30").tz_localize("Europe/Zurich")  #!
# %% pandas-dst-twice: value
pd.DatetimeIndex(["2024-10-27 02:30"]).tz_localize("Europe/Zurich")  #!
# %% pandas-category-set: type
c = pd.Series(["low", "high"], dtype="category")
c.iloc[0] = "medium"  #!
# %% pandas-pivot-index: lookup
sales.pivot_table(index="store", values="n")  #!
# %% pandas-agg-text-mean: type
sales.groupby("shop").mean()  #!
# %% pandas-csv-converter: value
pd.read_csv(io.StringIO("a\n1\nx"), converters={"a": int})  #!
# %% pandas-csv-int-na: value
pd.read_csv(io.StringIO("a,b\n1,2\n,3"), dtype={"a": "int64"})  #!
# %% pandas-csv-utf16: file_io
open("umlaut.csv", "wb").write("straße;zahl\nöd;1".encode("latin-1"))
pd.read_csv("umlaut.csv", sep=";")  #!
# %% pandas-parquet-column: lookup
sales.to_parquet("sales.parquet")
pd.read_parquet("sales.parquet", columns=["n", "price"])  #!
""",
    "pandas",
)

POLARS = cells(
    r"""
# %% polars-frames
import polars as pl, io
lf = pl.LazyFrame({"id": [1, 2, 3], "name": ["a", "b", None], "amount": ["1", "2", "x"]})
# %% polars-lazy-filter: lookup
lf.filter(pl.col("qty") > 1).collect()  #!
# %% polars-lazy-compare: type
lf.filter(pl.col("name") > 3).collect()  #!
# %% polars-lazy-shape-attr: attribute
lf.shape  #!
# %% polars-lazy-index: type
lf["id"]  #!
# %% polars-lazy-not-parquet: file_io
open("x.parquet", "wb").write(b"PAR0 something else entirely")
pl.scan_parquet("x.parquet").collect()  #!
# %% polars-lazy-duplicate: value
lf.select(pl.col("id"), pl.col("name").alias("id")).collect()  #!
# %% polars-concat-types: type
pl.concat([pl.DataFrame({"a": [1]}), pl.DataFrame({"a": ["x"]})])  #!
# %% polars-struct-field: lookup
pl.DataFrame({"s": [{"a": 1}]}).select(pl.col("s").struct.field("b"))  #!
# %% polars-list-get: lookup
pl.DataFrame({"l": [[1], [2]]}).select(pl.col("l").list.get(3))  #!
# %% polars-python-and: type
lf.filter((pl.col("id") > 1) and (pl.col("id") < 3))  #!
# %% polars-one-or-none: value
pl.DataFrame({"a": [1, 2]}).select(pl.col("a").replace_strict({1: 10}))  #!
# %% polars-rolling-unsorted: value
import datetime as dt
pl.DataFrame({"t": [dt.date(2024, 1, 2), dt.date(2024, 1, 1)], "v": [1, 2]}).rolling("t", period="1d").agg(pl.col("v").sum())  #!
""",
    "polars",
)

ARROW = cells(
    r"""
# %% pyarrow-tables
import pyarrow as pa, pyarrow.parquet as pq, pyarrow.compute as pc, pyarrow.csv as pacsv, pyarrow.dataset as ds, io
t = pa.table({"id": [1, 2], "name": ["a", "b"]})
# %% pyarrow-cast-names: value
t.cast(pa.schema([("id", pa.int64()), ("title", pa.string())]))  #!
# %% pyarrow-field-missing: lookup
t.column("price")  #!
# %% pyarrow-mixed-array: value
pa.array([1, "two", 3])  #!
# %% pyarrow-overflow: value
pa.array([1, 300], type=pa.int8())  #!
# %% pyarrow-compute-type: type
pc.add(t["name"], t["id"])  #!
# %% pyarrow-dataset-filter: lookup
pq.write_table(t, "t.parquet")
ds.dataset("t.parquet").to_table(filter=pc.field("age") > 3)  #!
# %% pyarrow-ipc: file_io
pa.ipc.open_file("bad.parquet")  #!
""",
    "pyarrow",
)

TORCH = cells(
    r"""
# %% torch-start
import torch, torch.nn as nn, torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader, TensorDataset, random_split
torch.manual_seed(0)
# %% torch-meta-item: device
torch.empty(3, device="meta").sum().item()  #!
# %% torch-lstm-input: shape
nn.LSTM(input_size=8, hidden_size=4, batch_first=True)(torch.zeros(2, 5, 6))  #!
# %% torch-transformer-heads: value
nn.MultiheadAttention(embed_dim=10, num_heads=3)  #!
# %% torch-text-tensor: type
torch.tensor(["a", "b"])  #!
# %% torch-state-dict-prefix: lookup
saved = {"module." + k: v for k, v in model.state_dict().items()}
nn.Linear(2, 2).load_state_dict(saved)  #!
# %% torch-weights-only: file_io
class Cfg:
    pass
torch.save({"cfg": Cfg()}, "cfg.pt")
torch.load("cfg.pt")  #!
# %% torch-not-a-checkpoint: file_io
open("bad.pt", "wb").write(b"hello")
torch.load("bad.pt")  #!
# %% torch-einsum-sub: shape
torch.einsum("ij,jk->ik", torch.ones(2, 3), torch.ones(4, 5))  #!
# %% torch-linalg-inv: numerical
torch.linalg.inv(torch.zeros(2, 2))  #!
# %% torch-script-annot: name
@torch.jit.script  #!
def f(x):
    return x + undefined_global
""",
    "torch",
)

MAGICS = cells(
    r"""
# %% magics-shell-start
import os
x = [1, 2, 3]
# %% magics-shell-load-file: file_io
%load missing_script.py  #!
# %% magics-shell-matplotlib-backend: value
%matplotlib holographic  #!
# %% magics-shell-run-error: lookup
open("step.py", "w").write("import json\ncfg = json.loads('{}')\nprint(cfg['lr'])\n")
%run step.py  #!
# %% magics-shell-run-syntax: syntax warning
open("broken.py", "w").write("def f(:\n  pass\n")
%run broken.py  #!
# %% magics-shell-time-cell: numerical
%%time
total = sum(x)
total / 0  #!
# %% magics-shell-bash-file: file_io
%%bash  #!
set -e
cat /no/such/file
# %% magics-shell-python-cell: import_env
%%python3  #!
import nope_nope
# %% magics-shell-writefile-dir: file_io
%%writefile no/such/dir/f.py  #!
x = 1
# %% magics-shell-env-lookup: lookup
os.environ["DATABASE_URL_X"]  #!
# %% magics-shell-bang-assign: lookup
files = !ls /no_such_dir_at_all 2>/dev/null
files[0]  #!
# %% magics-shell-autoreload: name
%load_ext autoreload
%autoreload 2
helper(x)  #!
# %% shell2-go
n = 3
# %% shell2-bash-traceback: lookup
%%bash  #!
python3 -c "d = {}; d['rate']"
# %% shell2-bash-cd: file_io
%%bash  #!
cd /no/such/place
# %% shell2-time-name: name
%time undefined_call(n)  #!
# %% shell2-run-args: lookup
open("args.py", "w").write("import sys\nprint(sys.argv[3])\n")
%run args.py one  #!
""",
    "matplotlib_inline",
)
