"""Failing cells as they come up in everyday work with servers, tasks, processes and magics."""

from __future__ import annotations

from .corpus import cells

SQL = cells(
    r"""
# %% models
import sqlite3
import sqlalchemy as sa
from sqlalchemy import orm

class Base(orm.DeclarativeBase):
    pass

class User(Base):
    __tablename__ = "users"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(unique=True)

engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
Base.metadata.create_all(engine)
Session = orm.sessionmaker(engine)
with Session() as session:
    session.add(User(name="ana"))
    session.commit()
# %% unique: database
with Session() as session:
    session.add(User(name="ana"))
    session.commit()  #!
# %% flush-on-exit: database
with Session.begin() as session:  #!
    session.add(User(name="ana"))
# %% rolled-back: database
session = Session()
session.add(User(name="ana"))
try:
    session.flush()
except sa.exc.IntegrityError:
    pass
session.execute(sa.text("select 1"))  #!
# %% close
session.close()
# %% no-table: database
with engine.connect() as connection:
    rows = connection.execute(sa.text("select * from orders")).all()  #!
# %% sql-syntax: database
with engine.connect() as connection:
    connection.execute(sa.text("selct 1"))  #!
# %% no-row: database
with Session() as session:
    user = session.execute(sa.select(User).where(User.name == "bob")).scalar_one()  #!
# %% unmapped-argument: type
user = User(name="bob", email="b@example.org")  #!
# %% detached: database
with Session() as session:
    ana = session.scalars(sa.select(User)).first()
    session.expire(ana)
print(ana.name)  #!
# %% raw-text: database
with engine.connect() as connection:
    connection.execute("select 1")  #!
# %% unknown-dialect: import_env
engine2 = sa.create_engine("mysqll://localhost/db")  #!
# %% missing-driver: import_env
sa.create_engine("mysql://user@localhost/db")  #!
# %% bad-url: value
sa.create_engine("not a url")  #!
# %% missing-bind: database
with engine.connect() as connection:
    connection.execute(sa.text("select :a + :b"), {"a": 1})  #!
# %% sqlite-locked: database
import pathlib, tempfile
path = pathlib.Path(tempfile.mkdtemp()) / "a.db"
one = sqlite3.connect(path, isolation_level=None)
one.execute("create table t (x)")
one.execute("begin exclusive")
two = sqlite3.connect(path, timeout=0)
two.execute("insert into t values (1)")  #!
# %% sqlite-open: database
sqlite3.connect("/no/such/folder/a.db")  #!
# %% not-a-database: database
path = pathlib.Path(tempfile.mkdtemp()) / "b.db"
path.write_text("this is no database at all, only text in a file")
sqlite3.connect(path).execute("select 1 from t")  #!
# %% sqlite-count: database
one.execute("insert into t values (?, ?)", (1,))  #!
# %% sqlite-closed: database
one.close()
one.execute("select 1")  #!
# %% read-sql: database
import pandas as pd
pd.read_sql("select price from products", engine)  #!
""",
    "sqlalchemy",
    "pandas",
)

POSTGRES = cells(
    r"""
# %% refused: network
import psycopg
psycopg.connect("host=127.0.0.1 port=9 dbname=sales connect_timeout=2")  #!
# %% bad-dsn: database
import psycopg
psycopg.connect("hots=127.0.0.1")  #!
# %% unknown-host: network
import psycopg
psycopg.connect("host=db.invalid dbname=sales connect_timeout=2")  #!
""",
    "psycopg",
)

HTTP = cells(
    r"""
# %% client
import asyncio
import httpx
async def fetch(path):
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9") as client:
        answer = await client.get(path)
        answer.raise_for_status()
        return answer.json()
def answer(status, text="{}"):
    return httpx.Response(status, text=text, request=httpx.Request("GET", "http://x/y"))
# %% refused: network
data = await fetch("/items")  #!
# %% gather: network
pages = await asyncio.gather(*[fetch(f"/items?page={i}") for i in range(3)])  #!
# %% task-group: network
async with asyncio.TaskGroup() as group:  #!
    for i in range(2):
        group.create_task(fetch(f"/{i}"))
# %% status-500: network
answer(503).raise_for_status()  #!
# %% status-401: permission
answer(401).raise_for_status()  #!
# %% status-429: permission
answer(429).raise_for_status()  #!
# %% not-json: value
answer(200, "<html>").json()  #!
# %% json-key: lookup
rows = answer(200, '{"data": []}').json()["items"]  #!
# %% timeout: network
transport = httpx.MockTransport(lambda request: (_ for _ in ()).throw(httpx.ReadTimeout("timed out")))
httpx.Client(transport=transport).get("http://x/")  #!
# %% no-scheme: value
httpx.get("example.org/data.csv")  #!
# %% unknown-host: network
httpx.get("http://no-such-host.invalid/data")  #!
# %% urllib: network
from urllib.request import urlopen
urlopen("http://127.0.0.1:9/data.csv")  #!
# %% read-csv-url: network
import pandas as pd
pd.read_csv("http://127.0.0.1:9/data.csv")  #!
# %% socket: network
import socket
socket.create_connection(("127.0.0.1", 9), timeout=1)  #!
# %% urllib-404: network
import urllib.error
raise urllib.error.HTTPError("http://x/y", 502, "Bad Gateway", {}, None)  #!
# %% urllib-403: permission
import urllib.error
raise urllib.error.HTTPError("http://x/y", 403, "Forbidden", {}, None)  #!
""",
    "httpx",
    "pandas",
)

TASKS = cells(
    r"""
# %% tasks
import asyncio
async def work(i):
    await asyncio.sleep(0)
    if i == 2:
        raise ValueError(f"item {i} is bad")
    return i
# %% gather: value
results = await asyncio.gather(*(work(i) for i in range(4)))  #!
# %% group-of-one-kind: value
async with asyncio.TaskGroup() as tg:  #!
    for i in range(4):
        tg.create_task(work(i))
# %% group-of-many-kinds: unknown
async def other():
    raise KeyError("x")

async with asyncio.TaskGroup() as tg:  #!
    tg.create_task(work(2))
    tg.create_task(other())
# %% wait-for: interrupt
await asyncio.wait_for(asyncio.sleep(5), timeout=0.01)  #!
# %% timeout-block: interrupt
async with asyncio.timeout(0.01):  #!
    await asyncio.sleep(5)
# %% cancelled: interrupt info
task = asyncio.create_task(asyncio.sleep(5))
await asyncio.sleep(0)
task.cancel()
await task  #!
# %% run-in-loop: logic
asyncio.run(work(1))  #!
# %% run-until: logic
loop = asyncio.get_event_loop()
loop.run_until_complete(work(1))  #!
# %% not-awaited: type
total = work(1) + 1  #!
# %% await-plain: type
await 3  #!
# %% raised-group: unknown
raise ExceptionGroup("checks", [ValueError("a"), TypeError("b")])  #!
# %% pool-thread: lookup
from concurrent.futures import ThreadPoolExecutor
def price(name):
    return {"a": 1}[name]

with ThreadPoolExecutor(2) as pool:
    prices = list(pool.map(price, ["a", "b"]))  #!
# %% future-result: numerical
with ThreadPoolExecutor(1) as pool:
    future = pool.submit(lambda: 1 / 0)
print(future.result())  #!
# %% future-timeout: interrupt
import time
with ThreadPoolExecutor(1) as pool:
    future = pool.submit(time.sleep, 0.2)
    future.result(timeout=0.01)  #!
# %% process-pool: value
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
fork = multiprocessing.get_context("fork")
def parse(x):
    return int(x)

with ProcessPoolExecutor(1, mp_context=fork) as pool:
    numbers = list(pool.map(parse, ["1", "x"]))  #!
# %% pool-map: numerical
def invert(x):
    return 1 / x

with fork.Pool(1) as pool:
    out = pool.map(invert, [1, 0])  #!
# %% worker-dies: kernel_crash critical
import os
with ProcessPoolExecutor(1, mp_context=fork) as pool:
    pool.submit(os._exit, 1).result()  #!
# %% not-picklable: type
with ProcessPoolExecutor(1, mp_context=fork) as pool:
    pool.submit(lambda: 1).result()  #!
# %% queue-empty: logic
import queue
queue.Queue().get_nowait()  #!
# %% lock: logic
import threading
threading.Lock().release()  #!
# %% subprocess-code: unknown
import subprocess
subprocess.run(["python3", "-c", "raise SystemExit(3)"], check=True)  #!
# %% subprocess-missing: file_io
subprocess.run(["no-such-program", "--help"])  #!
# %% subprocess-timeout: interrupt
subprocess.run(["sleep", "5"], timeout=0.05)  #!
# %% interrupt: interrupt info
for i in range(3):
    if i == 1:
        raise KeyboardInterrupt  #!
# %% real-interrupt: interrupt info
import signal
os.kill(os.getpid(), signal.SIGINT)  #!
time.sleep(2)
# %% alarm: interrupt
def late(*_):
    raise TimeoutError("the cell ran for too long")

signal.signal(signal.SIGALRM, late)
signal.setitimer(signal.ITIMER_REAL, 0.05)
time.sleep(2)  #!
# %% exit-code: interrupt info
import sys
if not [1] == [2]:
    sys.exit(1)  #!
# %% exit-text: interrupt info
import sys
sys.exit("no data")  #!
"""
)

IPYTHON = cells(
    r"""
# %% timed-cell: numerical
%%time
total = 0
for i in [2, 1, 0]:
    total += 1 / i  #!
# %% timeit-line: name
values = [1, 2]
%timeit sum(vals)  #!
# %% timeit-cell: type
%%timeit -n1 -r1
x = [1, 2]
x + 1  #!
# %% captured: lookup
%%capture out
print("before")
{}["missing"]  #!
# %% bash-false: unknown
%%bash  #!
echo start
exit 3
# %% bash-no-command: import_env
%%bash  #!
no_such_command --version
# %% unknown-line-magic: syntax warning
x = 1
%matplotlb inline  #!
# %% unknown-cell-magic: syntax warning
%%sqll  #!
select 1
# %% load-extension: import_env
%load_ext no_such_extension  #!
# %% cd
import tempfile
from pathlib import Path
folder = tempfile.mkdtemp()
script = Path(folder) / "step.py"
script.write_text("import json\n\ndef main():\n    return json.loads('{')\n\nmain()\n")
# %% run-script: value
%run $script  #!
# %% run-missing: file_io
%run no_such_script.py  #!
# %% run-module: value
import sys, importlib
sys.path.insert(0, folder)
import step  #!
# %% timed-line: value
%time int("4.5")  #!
# %% writefile: file_io
%%writefile /no/such/folder/a.py  #!
x = 1
# %% usage: syntax warning
%env
%pylab_no inline  #!
# %% eval: name
eval("alpha + 1")  #!
# %% exec-syntax: syntax warning
exec("a = (1,")  #!
# %% late-definition: name
print(summary)  #!
summary = "done"
# %% after-edit
def scale(x):
    return x / factor
# %% global-unset: name
rows = [1, 2]
[scale(r) for r in rows]  #!
# %% display-hook: value
class Card:
    def _repr_html_(self):
        raise ValueError("no card")  #!

Card()
# %% prun: lookup
%prun [1, 2][5]  #!
# %% sx-assigned: attribute
files = !ls /
files.shape  #!
"""
)
