"""Advice on servers and databases that cannot be reached, or that refuse; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..occurrences import Advice
from .case import Case, number, text


class _Driver(NamedTuple):
    """How a driver says where it could not connect, and what listens there."""

    what: str
    pattern: re.Pattern[str]
    """``host`` and ``port`` as groups."""


_DRIVERS = (
    _Driver(
        "PostgreSQL",
        re.compile(
            r'connection to server (?:at|on socket) "(?P<host>[^"]+)"(?: \([^)]*\))?'
            r"(?:, port (?P<port>\d+))? failed|could not connect to server: Connection refused"
            r'[\s\S]*?host "(?P<host_2>[^"]+)"[\s\S]*?port (?P<port_2>\d+)'
        ),
    ),
    _Driver(
        "MySQL",
        re.compile(r"Can't connect to MySQL server on '(?P<host>[^':]+)(?::(?P<port>\d+))?"),
    ),
    _Driver("Redis", re.compile(r"Error -?\d+ connecting to (?P<host>[\w.-]+):(?P<port>\d+)")),
    _Driver(
        "MongoDB",
        re.compile(r"^(?P<host>[\w.-]+):(?P<port>27\d{3}): .*(?:refused|timed out|not known)"),
    ),
    _Driver("", re.compile(r"HTTPS?ConnectionPool\(host='(?P<host>[^']+)', port=(?P<port>\d+)\)")),
    _Driver("", re.compile(r"Cannot connect to host (?P<host>[\w.-]+):(?P<port>\d+)")),
    _Driver("", re.compile(r"Connect call failed \('(?P<host>[\w.:-]+)', (?P<port>\d+)")),
)
_REFUSED = re.compile(
    r"(?i)connection refused|errno (?:111|61|10061)\b|actively refused|connect call failed"
    r"|all connection attempts failed"
)
_UNKNOWN_HOST = re.compile(
    r"(?i)name or service not known|nodename nor servname|temporary failure in name resolution"
    r"|could not translate host name|failed to resolve|getaddrinfo failed|no address associated"
)
_TIMED_OUT = re.compile(r"(?i)(?:connect|connection|read)\w* timed? ?out|timed out|timeout expired")
_LOGIN = re.compile(
    r"password authentication failed for user \"(?P<pg>[^\"]+)\""
    r"|Access denied for user '(?P<my>[^']+)'|NOAUTH|WRONGPASS|Authentication failed"
    r"|fe_sendauth: no password supplied"
)
_STATUS = re.compile(
    r"\b([45]\d\d) (?:Client|Server) Error|(?:[Cc]lient|[Ss]erver) error '([45]\d\d)"
    r"|HTTP Error (\d{3})"
)
_STATUSES = {
    "401": (
        "Check the token or password that is sent.",
        "The server answered 401: it does not know who asks.",
    ),
    "403": (
        "Ask for access with this account, or use another one.",
        "The server answered 403: this account may not do that.",
    ),
    "404": ("Check the address: there is nothing there.", "The server answered 404."),
    "407": ("Give the proxy's user and password.", "The proxy answered 407."),
    "429": ("Wait, then ask less often.", "The server answered 429: too many requests."),
    "500": ("Try again later: the server itself has failed.", "The server answered 500."),
    "502": ("Try again later: the server behind the address is away.", "The server answered 502."),
    "503": ("Try again later: the server is not available.", "The server answered 503."),
    "504": ("Try again later: the server took too long.", "The server answered 504."),
}


def on_connections(case: Case) -> Iterator[Advice]:
    """Advise on servers that cannot be reached."""
    if not _is_of_a_connection(case):
        return
    message = " ".join([case.evalue, *(e.evalue for e in case.exceptions if e is not case.error)])
    what, host, port = _place(case, message)
    at = f" at {host}{f':{port}' if port else ''}" if host else ""
    server = f"{what} server" if what else "server"
    if _LOGIN.search(case.evalue):
        yield from _login(case, server)
    elif "CERTIFICATE_VERIFY_FAILED" in message:
        yield Advice(
            f"Trust the certificate of the {server}{at}: give its authority to the client.",
            "The certificate of the server is not signed by an authority that is trusted here.",
        )
    elif "ProxyError" in message or "Cannot connect to proxy" in message:
        yield Advice(
            "Check the proxy that the environment variables name.",
            "The proxy could not be reached, so that the server was not asked.",
        )
    elif _UNKNOWN_HOST.search(message):
        named = f"`{host}`" if host else "of the server"
        yield Advice(
            f"Check the name {named} and the network.",
            "The name of the host could not be resolved.",
        )
    elif _REFUSED.search(message):
        yield Advice(
            f"Start the {server}{at}, or check host and port: nothing listens there.",
            f"The connection{at.replace(' at ', ' to ')} was refused.",
        )
    elif _TIMED_OUT.search(message) and host:
        yield Advice(
            f"Check that the {server}{at} can be reached from here, or wait longer.",
            f"It did not answer in time{at.replace(' at ', ': ')}.",
        )


_KINDS_WORDS = """
ConnectionRefusedError ConnectionError ConnectError ConnectTimeout ReadTimeout ConnectionTimeout
ServerSelectionTimeoutError OperationalError ProxyError SSLError SSLCertVerificationError URLError
gaierror MaxRetryError Timeout ClientConnectorError NewConnectionError TimeoutError
AuthenticationError NameResolutionError InterfaceError OperationFailure ConnectionFailure OSError
DatabaseError TimeoutException ResponseError
"""
_KINDS = frozenset(_KINDS_WORDS.split())


def _is_of_a_connection(case: Case) -> bool:
    return case.ename in _KINDS


def _place(case: Case, message: str) -> tuple[str, str, str]:
    """Return what listens, host and port; empty where that is not known."""
    for driver in _DRIVERS:
        match = driver.pattern.search(message)
        if match is not None:
            found = {key.partition("_")[0]: each for key, each in match.groupdict().items() if each}
            return driver.what, found.get("host", ""), found.get("port", "")
    fact = case.fact("connection")
    port = number(fact, "port")
    return "", text(fact, "host"), str(port) if port is not None else ""


def _login(case: Case, server: str) -> Iterator[Advice]:
    match = _LOGIN.search(case.evalue)
    user = (match["pg"] or match["my"]) if match is not None else ""
    yield Advice(
        f"Check user and password{f' of `{user}`' if user else ''}.",
        f"The {server} was reached and refused the login.",
    )


def on_answers(case: Case) -> Iterator[Advice]:
    """Advise on servers that answered with an error."""
    if case.ename not in ("HTTPError", "HTTPStatusError", "HfHubHTTPError", "GatedRepoError"):
        return
    match = _STATUS.search(case.evalue)
    status = next((each for each in match.groups() if each), "") if match is not None else ""
    if status in _STATUSES:
        yield Advice(*_STATUSES[status])


def on_databases(case: Case) -> Iterator[Advice]:
    """Advise on what a database says."""
    for pattern, advice, evidence in _SAID:
        match = pattern.search(case.evalue)
        is_known = case.package in _DATABASES if case.package else case.ename in _REFUSALS
        if match is not None and is_known:
            names = {f"_{at}": each or "" for at, each in enumerate(match.groups(), 1)}
            yield Advice(advice.format(**names), evidence.format(**names))
            return


_DATABASES_WORDS = """
sqlite3 _sqlite3 sqlalchemy psycopg psycopg2 pymysql MySQLdb duckdb _duckdb pandas oracledb pyodbc
asyncpg mysql
"""
_DATABASES = frozenset(_DATABASES_WORDS.split())
_REFUSALS_WORDS = """
ArgumentError CatalogException DatabaseError IntegrityError InFailedSqlTransaction InternalError
NotNullViolation ObjectNotExecutableError OperationalError PendingRollbackError ProgrammingError
UndefinedColumn UndefinedTable UniqueViolation
"""
_REFUSALS = frozenset(_REFUSALS_WORDS.split())
_SAID = (
    (
        re.compile(
            r'no such table: ([\w.]+)|relation "([^"]+)" does not exist|Table with name (\w+)'
        ),
        "Check the name of the table and which database is open: there is no `{_1}{_2}{_3}`.",
        "The database was reached and has no table of that name.",
    ),
    (
        re.compile(r'no such column: ([\w.]+)|column "?([\w.]+)"? does not exist'),
        "Check the name of the column: there is no `{_1}{_2}`.",
        "The table was found and has no column of that name.",
    ),
    (
        re.compile(r"database is locked"),
        "Close the other connection to this database, or commit its transaction.",
        "Another connection holds the lock of the database.",
    ),
    (
        re.compile(r'database "([^"]+)" does not exist|Unknown database \'([^\']+)\''),
        "Create the database `{_1}{_2}`, or check its name.",
        "The server was reached and has no database of that name.",
    ),
    (
        re.compile(r"current transaction is aborted|InFailedSqlTransaction"),
        "Call `rollback()` on the connection, then repair the statement that failed before.",
        "An earlier statement of this transaction failed; until it is rolled back all others do.",
    ),
    (
        re.compile(r"Can't reconnect until invalid transaction is rolled back|PendingRollback"),
        "Call `rollback()` on the session or connection.",
        "An earlier statement failed, and its transaction is still open.",
    ),
    (
        re.compile(r"Not an executable object: '"),
        "Wrap the statement: `sqlalchemy.text(…)`.",
        "SQLAlchemy 2 does not run plain texts.",
    ),
    (
        re.compile(r"unable to open database file"),
        "Check that the folder of the database file exists and may be written.",
        "SQLite could not open the file.",
    ),
    (
        re.compile(r"Could not parse (?:rfc1738 )?URL|Could not parse SQLAlchemy URL"),
        "Write the address as `dialect://user:password@host:port/database`.",
        "SQLAlchemy could not read the address of the database.",
    ),
    (
        re.compile(r"transaction has been rolled back due to a previous exception during flush"),
        "Call `rollback()` on the session, then begin again.",
        "An earlier statement of this session failed, and nothing more is done until then.",
    ),
    (
        re.compile(r"UNIQUE constraint failed: ([\w., ]+)|duplicate key value violates unique"),
        "Leave out rows that are there already, or update them instead.",
        "A row with the same key is in the table.",
    ),
    (
        re.compile(r"NOT NULL constraint failed: ([\w.]+)|null value in column \"(\w+)\""),
        "Give `{_1}{_2}` a value in every row.",
        "The column may not be empty.",
    ),
    (
        re.compile(
            r"Incorrect number of bindings supplied\. The current statement uses (\d+), "
            r"and there are (\d+)"
        ),
        "Pass one value for each place, as a list or tuple: `(value,)` for one.",
        "Places in the statement: {_1}; values given: {_2}.",
    ),
)


def on_credentials(case: Case) -> Iterator[Advice]:
    """Advise on clients that have no credentials."""
    if case.ename == "NoCredentialsError":
        yield Advice(
            "Give the client credentials: environment variables, a profile, or a role.",
            "It looked in all the usual places and found none.",
        )
    elif case.ename == "DefaultCredentialsError":
        yield Advice(
            "Log in with `gcloud auth application-default login`, or name a key file.",
            "No credentials were found for Google Cloud.",
        )
