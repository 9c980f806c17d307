"""Failing cells as they come up in everyday work with the language itself."""

from __future__ import annotations

from .corpus import cells

FUNCTIONS = cells(
    r'''
# %% load-config
import json
from pathlib import Path

def load_config(path):
    text = Path(path).read_text()
    return json.loads(text)
# %% config-missing: file_io
config = load_config("conf/train.json")  #!
lr = config["lr"]
# %% config-trailing-comma: value
raw = """
{"lr": 0.1,
 "epochs": 10,}
"""
config = json.loads(raw)  #!
# %% config-key: lookup
config = json.loads('{"learning_rate": 0.1, "epochs": 10}')
for epoch in range(config["epochs"]):
    step = config["lr"] * epoch  #!
# %% config-nested-none: type
config = {"optimizer": None}
name = config["optimizer"]["name"]  #!
# %% typo-in-name: name
results = []
for score in [0.1, 0.2]:
    result.append(score)  #!
# %% typo-in-method: attribute
scores = [3, 1, 2]
scores.sorted()  #!
# %% list-plus-int: type
total = 0
values = ["1", "2", "3"]
for v in values:
    total += v  #!
# %% int-of-float-text: value
rows = ["1", "2", "3.5"]
numbers = [int(r) for r in rows]  #!
# %% missing-argument
def normalise(values, mean, std):
    return [(v - mean) / std for v in values]
# %% missing-argument-call: type
data = [1, 2, 3]
scaled = normalise(data, 2)  #!
# %% std-zero: numerical
data = [4, 4, 4]
mean = sum(data) / len(data)
std = (sum((d - mean) ** 2 for d in data) / len(data)) ** 0.5
scaled = normalise(  #!
    data,
    mean,
    std,
)
# %% local-before-assignment: name
count = 0
def bump():
    count += 1
    return count

bump()  #!
# %% unpack-pairs: shape
pairs = [("a", 1), ("b", 2, 3)]
for name, value in pairs:  #!
    print(name, value)
# %% unpack-none: type
def split(data):
    train, test = data[:2], data[2:]

train, test = split([1, 2, 3])  #!
# %% index-last: lookup
batches = [[1, 2], [3]]
for i in range(3):
    first = batches[i][0]  #!
# %% pop-empty: lookup
queue = []
item = queue.pop()  #!
# %% dict-changed: logic
cache = {"a": 1, "b": 2}
for key in cache:  #!
    del cache[key]
# %% next-empty: logic
reader = iter([])
header = next(reader)  #!
# %% generator-raises: value
def batches(n):
    for i in range(n):
        if i == 2:
            raise ValueError(f"batch {i} is corrupt")
        yield i

seen = []
for b in batches(5):  #!
    seen.append(b)
# %% recursion: logic
def depth(node):
    return 1 + depth(node)

depth({"child": None})  #!
# %% assert-shapes: logic
train, labels = [1, 2, 3], [0, 1]
assert len(train) == len(labels), f"{len(train)} rows but {len(labels)} labels"  #!
# %% not-implemented: logic
class Model:
    def fit(self, data):
        raise NotImplementedError

Model().fit([1])  #!
# %% abstract-class: type
from abc import ABC, abstractmethod

class Loader(ABC):
    @abstractmethod
    def load(self): ...

loader = Loader()  #!
# %% dataclass-argument: type
from dataclasses import dataclass

@dataclass
class Run:
    name: str
    lr: float

run = Run(name="a", learning_rate=0.1)  #!
# %% dataclass-frozen: attribute
from dataclasses import dataclass

@dataclass(frozen=True)
class Point:
    x: int

p = Point(1)
p.x = 2  #!
# %% decorator-raises: value
import functools

def checked(function):
    @functools.wraps(function)
    def wrapper(*args):
        if any(a < 0 for a in args):
            raise ValueError("arguments must not be negative")
        return function(*args)
    return wrapper

@checked
def root(x):
    return x ** 0.5

print(root(4))
print(root(-4))  #!
# %% context-manager-exit: value
from contextlib import contextmanager

@contextmanager
def timed(name):
    try:
        yield
    finally:
        print(name, "done")

with timed("convert"):
    x = float("n/a")  #!
# %% own-class-of-runtime: unknown
class PipelineFailed(Exception):
    pass

def run_step(step):
    raise PipelineFailed(f"step {step} did not finish")

for step in ("load", "clean"):
    run_step(step)  #!
# %% own-class-of-value: value
class BadRecord(ValueError):
    pass

for row in [{"age": 3}, {"age": -1}]:
    if row["age"] < 0:
        raise BadRecord(f"negative age in {row}")  #!
# %% own-class-of-key: lookup
class MissingFeature(KeyError):
    pass

features = {"age": 1}
if "income" not in features:
    raise MissingFeature("income")  #!
# %% chain-from: value
class ConfigError(Exception):
    pass

try:
    int("abc")
except ValueError as error:
    raise ConfigError("the setting 'workers' is not a number") from error  #!
# %% chain-while-handling: attribute
record = {"id": 1}
try:
    record["name"]
except KeyError:
    record.nmae = "?"  #!
# %% raise-text: type
raise "something went wrong"  #!
# %% none-attribute: attribute
import re
match = re.match(r"\d+", "abc")
year = match.group(0)  #!
# %% bad-pattern: value
import re
pattern = "(unclosed"
re.findall(pattern, "text")  #!
# %% strptime-format: value
from datetime import datetime
days = ["2024-01-05", "05/02/2024"]
parsed = [datetime.strptime(d, "%Y-%m-%d") for d in days]  #!
# %% naive-and-aware: type
from datetime import datetime, timezone
start = datetime(2024, 1, 1)
elapsed = datetime.now(timezone.utc) - start  #!
# %% no-such-zone: value
from zoneinfo import ZoneInfo
tz = ZoneInfo("Europe/Londn")  #!
# %% isoformat: value
from datetime import date
date.fromisoformat("2024-13-01")  #!
# %% mean-of-nothing: value
import statistics
statistics.mean([])  #!
# %% math-domain: numerical
import math
losses = [1.0, 0.0]
logs = [math.log(x) for x in losses]  #!
# %% exp-overflow: numerical
import math
z = 1000
p = 1 / (1 + math.exp(z))  #!
# %% sort-mixed: type
names = ["b", None, "a"]
names.sort()  #!
# %% unhashable-group: type
groups = {}
for key in [["a", 1], ["b", 2]]:
    groups[key] = True  #!
# %% zip-strict: shape
xs, ys = [1, 2, 3], [1, 2]
pairs = list(zip(xs, ys, strict=True))  #!
# %% print-typo: name
pritn("hello")  #!
# %% call-a-value: type
accuracy = 0.9
print(accuracy(3))  #!
# %% shadowed-builtin: type
max = 3
max([1, 2])  #!
# %% unshadow
del max
# %% format-code: value
loss = "n/a"
print(f"loss: {loss:.3f}")  #!
# %% enum-value: value
from enum import Enum
class Split(Enum):
    train = "train"
    test = "test"

split = Split("valid")  #!
# %% json-dump: type
import json
from datetime import date
json.dumps({"day": date(2024, 1, 1)})  #!
# %% circular: value
import json
tree = {}
tree["self"] = tree
json.dumps(tree)  #!
# %% base64: value
import base64
base64.b64decode("abc")  #!
'''
)

SYNTAX = cells(
    r"""
# %% missing-bracket: syntax warning
values = [1, 2, 3  #!
print(values)
# %% missing-quote: syntax warning
name = "Ana  #!
print(name)
# %% assign-in-if: syntax warning
x = 3
if x = 3:  #!
    print(x)
# %% indent: syntax warning
def f(x):
    y = x
      return y  #!
# %% empty-body: syntax warning
for i in range(3):
print(i)  #!
# %% python-two: syntax warning
print "hello"  #!
# %% stray-else: syntax warning
x = 1
else:  #!
    x = 2
# %% return-outside: syntax warning
total = 3
return total  #!
# %% keyword-twice: syntax warning
def plot(color=None, width=1): ...
plot(color="red", color="blue")  #!
# %% f-string: syntax warning
name = "x"
print(f"{name!}")  #!
# %% shell-without-mark: syntax warning
import os
pip install pandas  #!
# %% await-in-function: syntax warning
import asyncio
def wait():
    await asyncio.sleep(0)  #!
"""
)
