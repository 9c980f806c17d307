"""More failing cells of everyday work, of all kinds."""

from __future__ import annotations

from .corpus import cells

MIXED = cells(
    r"""
# %% imports
import asyncio, collections, contextlib, functools, itertools, json, logging, os, re, time
from pathlib import Path
import numpy as np
import pandas as pd
# %% clean-step
def clean(frame):
    frame = frame.dropna(subset=["price"])
    frame["price"] = frame["price"].astype(float)
    return frame
# %% pipeline-of-cells: value
raw = pd.DataFrame({"price": ["1.5", "2,5", None], "qty": [1, 2, 3]})
tidy = clean(raw)  #!
total = (tidy["price"] * tidy["qty"]).sum()
# %% uses-what-failed: name
print(tidy.head())  #!
# %% pipe-chain: lookup
summary = (
    raw
    .assign(total=lambda d: d["qty"] * 2)
    .groupby("qty")
    .agg(mean=("revenue", "mean"))  #!
)
# %% rolling-window: value
raw.rolling("7D").mean()  #!
# %% apply-axis: attribute
raw.apply(lambda row: row.prices * 2, axis=1)  #!
# %% crosstab: shape
pd.crosstab(index=np.array([1, 2, 3]), columns=np.array([1, 2]))  #!
# %% date-range: value
pd.date_range(start="2024-01-01")  #!
# %% timedelta-unit: value
pd.Timedelta("3 fortnights")  #!
# %% to-period: attribute
raw["qty"].dt.to_period("M")  #!
# %% index-unpack: shape
fig, ax, extra = (1, 2)  #!
# %% set-multiindex: lookup
raw.set_index(["qty", "shop"])  #!
# %% sample-too-many: value
raw.sample(n=10)  #!
# %% insert-exists: value
raw.insert(0, "qty", 1)  #!
# %% json-normalize: logic
pd.json_normalize(3)  #!
# %% frame-from-scalars: value
pd.DataFrame({"a": 1, "b": 2})  #!
# %% stack-arrays: shape
images = [np.zeros((28, 28)), np.zeros((32, 32))]
batch = np.stack(images)  #!
# %% vectorised-if: value
def label(x):
    return "high" if x > 0.5 else "low"

labels = label(np.array([0.2, 0.7]))  #!
# %% apply-along: shape
np.apply_along_axis(sum, 3, np.ones((2, 2)))  #!
# %% assign-text: value
a = np.zeros(3)
a[0] = "abc"  #!
# %% index-float-mask: lookup
np.arange(5)[np.array([0.0, 1.0])]  #!
# %% memory-of-ones: memory critical
big = np.ones((200_000, 200_000, 10), dtype="float64")  #!
# %% errstate: numerical
with np.errstate(all="raise"):
    np.log(np.array([1.0, 0.0]))  #!
# %% chain-of-three: lookup
def read(row):
    try:
        return row["a"]
    except KeyError as error:
        raise LookupError("no a in the row") from error

def rows():
    for each in [{"a": 1}, {}]:
        yield read(each)

list(rows())  #!
# %% cleanup-fails: name
@contextlib.contextmanager
def connection():
    try:
        yield "c"
    finally:
        conn.close()

with connection() as c:  #!
    print(c)
# %% retry-decorator: value
def retry(times):
    def wrap(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            for attempt in range(times):
                try:
                    return function(*args, **kwargs)
                except ValueError:
                    if attempt == times - 1:
                        raise
        return inner
    return wrap

@retry(3)
def flaky(x):
    raise ValueError(f"bad {x}")

flaky(7)  #!
# %% cached: type
@functools.lru_cache
def heavy(items):
    return sum(items)

heavy([1, 2, 3])  #!
# %% namedtuple: attribute
Point = collections.namedtuple("Point", "x y")
p = Point(1, 2)
print(p.z)  #!
# %% namedtuple-set: attribute
p.x = 3  #!
# %% super-init: type
class Base:
    def __init__(self, name):
        self.name = name

class Child(Base):
    def __init__(self):
        super().__init__()

Child()  #!
# %% property-raises: numerical
class Stats:
    values = []

    @property
    def mean(self):
        return sum(self.values) / len(self.values)

s = Stats()
print(s.mean)  #!
# %% private-attribute: attribute
class Account:
    def __init__(self):
        self.__balance = 3

Account().__balance  #!
# %% slots: attribute
class Small:
    __slots__ = ("a",)

Small().b = 1  #!
# %% comprehension-scope: name
squares = [n * n for n in range(3)]
print(n)  #!
# %% lambda-late: name
handlers = {"a": lambda: undefined_helper()}
handlers["a"]()  #!
# %% del-then-use: name
temp = [1, 2]
del temp
len(temp)  #!
# %% regex-groups: lookup
re.match(r"(\d+)", "123").group(2)  #!
# %% regex-repeat: value
re.compile("*abc")  #!
# %% percent-format: type
"%d items" % "three"  #!
# %% format-missing: lookup
"{name} is {age}".format(name="Ana")  #!
# %% str-join: type
",".join([1, 2, 3])  #!
# %% round-none: type
round(None, 2)  #!
# %% zero-step: value
list(range(0, 10, 0))  #!
# %% negative-shift: value
1 << -1  #!
# %% huge-int-text: value
int("9" * 5000)  #!
# %% bytes-and-text: type
b"abc" + "def"  #!
# %% json-load-file: file_io
Path("broken.json").write_text("{'a': 1}")
with open("broken.json") as f:
    data = json.load(f)  #!
# %% read-json: file_io
pd.read_json('{"a": [1, 2}')  #!
# %% env-int: type
workers = int(os.environ.get("NO_SUCH_WORKERS"))  #!
# %% missing-package-deep: import_env
from sklearn.no_such_part import Thing  #!
# %% relative-import: import_env
from .helpers import load  #!
# %% attribute-of-module: attribute
json.load_string("{}")  #!
# %% thread-pool-order: type
from concurrent.futures import ThreadPoolExecutor, as_completed
def job(i):
    return i + ("x" if i == 3 else 1)

with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(job, i) for i in range(5)]
    for future in as_completed(futures):
        future.result()  #!
# %% nested-group: value
raise ExceptionGroup("outer", [ExceptionGroup("inner", [ValueError("a")]), ValueError("b")])  #!
# %% async-generator: lookup
async def pages():
    for page in [{"next": 1}, {}]:
        yield page["next"]

async for number in pages():  #!
    print(number)
# %% async-with: type
class Client:
    pass

async with Client() as c:  #!
    pass
# %% gather-names: name
async def fetch_one(i):
    return await fetch_page(i)

await asyncio.gather(fetch_one(1), fetch_one(2))  #!
# %% shielded-timeout: interrupt
async def slow():
    await asyncio.sleep(2)

try:
    await asyncio.wait_for(slow(), 0.01)
except asyncio.TimeoutError:
    raise TimeoutError("the page did not load in 0.01 s")  #!
# %% queue-full: logic
q = asyncio.Queue(1)
q.put_nowait(1)
q.put_nowait(2)  #!
# %% assertion-of-frames: logic
pd.testing.assert_frame_equal(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]}))  #!
# %% assertion-of-arrays: logic
np.testing.assert_allclose([1.0, 2.0], [1.0, 2.1])  #!
# %% warnings-as-errors: numerical
import warnings
with warnings.catch_warnings():
    warnings.simplefilter("error")
    np.array([1.0]) / 0  #!
# %% deprecated-as-error: import_env
with warnings.catch_warnings():
    warnings.simplefilter("error")
    warnings.warn("old_api is deprecated", DeprecationWarning)  #!
# %% run-line-three: name
Path("part.py").write_text("x = 1\nprint(nothing_here)\n")

%run part.py  #!
# %% capture-assign: type
%%capture
total = 0
for x in [1, "2"]:
    total += x  #!
# %% time-function: lookup
def pick(items):
    return items["missing"]

%time pick({})  #!
# %% shell-in-loop: name
for f in ["a"]:
    !echo $f
    print(nope)  #!
# %% bang-then-parse: value
out = !echo twelve
number = int(out[0])  #!
# %% script-magic: unknown
%%sh  #!
false
# %% python-magic: unknown
%%python3  #!
raise SystemExit(4)
""",
    "pandas",
    "sklearn",
)
