"""Failing cells over databases, the network and other processes."""

from __future__ import annotations

from .corpus import Case, case

_SQL = """
import sqlalchemy as sa
engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
connection = engine.connect()
_ = connection.execute(sa.text("create table t (id integer primary key, name text not null)"))
"""


def _sql(name: str, category: str, code: str, **rest: str) -> Case:
    return case(name, category, code, "sqlalchemy", setup=_SQL, **rest)


def _http(name: str, category: str, code: str, **rest: str) -> Case:
    return case(name, category, code, "httpx", setup="import httpx", **rest)


SQL = [
    _sql("no-table", "database", "connection.execute(sa.text('select * from nothing'))  #!"),
    _sql("syntax", "database", "connection.execute(sa.text('selec 1'))  #!"),
    _sql("no-column", "database", "connection.execute(sa.text('select price from t'))  #!"),
    _sql(
        "not-null", "database", "connection.execute(sa.text('insert into t (id) values (1)'))  #!"
    ),
    _sql(
        "unique",
        "database",
        "connection.execute(sa.text(\"insert into t values (7, 'a')\"))\nconnection.execute(sa.text(\"insert into t values (7, 'b')\"))  #!",
    ),
    _sql("no-parameter", "database", "connection.execute(sa.text('select :a'))  #!"),
    _sql(
        "closed", "database", "c = engine.connect()\nc.close()\nc.execute(sa.text('select 1'))  #!"
    ),
    _sql("dialect", "import_env", "sa.create_engine('nosuchdb://localhost/x')  #!"),
    _sql("url", "value", "sa.create_engine('not a url at all')  #!"),
    _sql(
        "refused",
        "network",
        "sa.create_engine('postgresql+psycopg://a@127.0.0.1:9/x').connect()  #!",
    ),
    _sql("one", "database", "connection.execute(sa.text('select 1 where 1 = 0')).one()  #!"),
    case(
        "sqlite-missing", "database", "import sqlite3\nsqlite3.connect('/no/such/folder/x.db')  #!"
    ),
    case(
        "sqlite-table",
        "database",
        "import sqlite3\nsqlite3.connect(':memory:').execute('select * from nothing')  #!",
    ),
    case(
        "sqlite-bindings",
        "database",
        "import sqlite3\nsqlite3.connect(':memory:').execute('select ?', (1, 2))  #!",
    ),
]

NETWORK = [
    _http("refused", "network", "httpx.get('http://127.0.0.1:9/')  #!"),
    _http("protocol", "value", "httpx.get('nothing')  #!"),
    _http(
        "status-404",
        "network",
        "request = httpx.Request('GET', 'http://h/')\nhttpx.Response(404, request=request).raise_for_status()  #!",
    ),
    _http(
        "status-401",
        "permission",
        "request = httpx.Request('GET', 'http://h/')\nhttpx.Response(401, request=request).raise_for_status()  #!",
    ),
    _http(
        "status-500",
        "network",
        "request = httpx.Request('GET', 'http://h/')\nhttpx.Response(500, request=request).raise_for_status()  #!",
    ),
    _http("json", "value", "httpx.Response(200, text='no json').json()  #!"),
    case(
        "socket-refused",
        "network",
        "import socket\nsocket.create_connection(('127.0.0.1', 9), 1)  #!",
    ),
    case(
        "urllib-refused",
        "network",
        "from urllib.request import urlopen\nurlopen('http://127.0.0.1:9/', timeout=1)  #!",
    ),
    case(
        "name-not-known",
        "network",
        "import socket\nraise socket.gaierror(-2, 'Name or service not known')  #!",
    ),
    case(
        "ssl",
        "network",
        "import ssl\nraise ssl.SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate')  #!",
    ),
]

PROCESSES = [
    case(
        "worker",
        "numerical",
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as pool:\n    list(pool.map(lambda x: 1 / x, [1, 0]))  #!",
    ),
    case(
        "future",
        "lookup",
        "from concurrent.futures import ThreadPoolExecutor\ndef bad():\n    return {}['k']\n\nThreadPoolExecutor().submit(bad).result()  #!",
    ),
    case(
        "pool",
        "type",
        "import multiprocessing as mp\nwith mp.get_context('fork').Pool(1) as pool:\n    pool.map(len, [1])  #!",
    ),
    case(
        "broken-pool",
        "kernel_crash",
        "import os\nimport multiprocessing as mp\nfrom concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor(1, mp_context=mp.get_context('fork')) as pool:\n    pool.submit(os._exit, 3).result()  #!",
        severity="critical",
    ),
    case("pickle-lambda", "type", "import pickle\npickle.dumps(lambda: 1)  #!"),
    case(
        "pool-timeout",
        "interrupt",
        "import multiprocessing as mp\nimport time\nwith mp.get_context('fork').Pool(1) as pool:\n    pool.apply_async(time.sleep, (2,)).get(0.01)  #!",
    ),
    case("called", "unknown", "import subprocess\nsubprocess.run(['false'], check=True)  #!"),
    case(
        "no-program", "file_io", "import subprocess\nsubprocess.run(['no_such_program_here'])  #!"
    ),
    case(
        "process-timeout",
        "interrupt",
        "import subprocess\nsubprocess.run(['sleep', '5'], timeout=0.05)  #!",
    ),
]
