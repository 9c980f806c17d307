"""Failing cells of plain Python that were written and labelled before anybody knew what would be said of them.

What was found to be told wrongly is mended, and so are the labels that were wrong themselves.
"""

from __future__ import annotations

from .corpus import cells

FILES = cells(
    r"""
# %% files-start
import os, io, pathlib, shutil, json, csv, tempfile, zipfile, gzip, pickle, configparser, tomllib, glob, mmap
from pathlib import Path
Path("d").mkdir(exist_ok=True)
# %% files-open-missing: file_io
with open("data/raw/train.csv") as f:  #!
    print(f.read())
# %% files-read-text: file_io
text = Path("notes.md").read_text()  #!
# %% files-rmdir-full: file_io
Path("d/x").touch()
os.rmdir("d")  #!
# %% files-mkdir-parents: file_io
Path("a/b/c").mkdir()  #!
# %% files-exclusive: file_io
open("d/x", "x")  #!
# %% files-name-too-long: file_io
open("n" * 300, "w")  #!
# %% files-null-byte: value
open("a\0b")  #!
# %% files-loop: file_io
os.symlink("loop", "loop") if not os.path.islink("loop") else None
open("loop")  #!
# %% files-dev-full: file_io critical
with open("/dev/full", "w") as f:  #!
    f.write("x" * 100)
# %% files-fd: file_io
os.read(999, 1)  #!
# %% files-bad-mode: value
open("d/x", "rw")  #!
# %% files-write-bytes: type
open("d/y", "w").write(b"abc")  #!
# %% files-binary-text: type
open("d/y", "wb").write("abc")  #!
# %% files-ascii: value
"naïve café".encode("ascii")  #!
# %% files-utf8: file_io
Path("d/latin").write_bytes("café".encode("latin-1"))
Path("d/latin").read_text(encoding="utf-8")  #!
# %% files-codec: lookup
open("d/x", encoding="utf-9")  #!
# %% files-zip-member: lookup
z = zipfile.ZipFile("d/z.zip", "w"); z.writestr("a", "1"); z.close()
zipfile.ZipFile("d/z.zip").read("b")  #!
# %% files-gzip-truncated: file_io
data = gzip.compress(b"x" * 1000)
gzip.decompress(data[:20])  #!
# %% files-npz: file_io
import numpy as np
Path("d/a.npy").write_bytes(b"zzz")
np.load("d/a.npy")  #!
# %% files-npy-pickle: value
np.save("d/o.npy", np.array([{"a": 1}], dtype=object))
np.load("d/o.npy")  #!
# %% files-copy-same: file_io
shutil.copy("d/x", "d/x")  #!
# %% files-rmtree: file_io
shutil.rmtree("no_such_tree")  #!
# %% files-stat: file_io
os.path.getsize("no_such_file.bin")  #!
# %% files-glob-first: lookup
newest = sorted(glob.glob("checkpoints/*.pt"))[-1]  #!
# %% files-temp-gone: file_io
with tempfile.TemporaryDirectory() as folder:
    log = Path(folder) / "log.txt"
log.write_text("x")  #!
# %% files-seek: file_io
f = open("d/x"); f.close()
f.read()  #!
# %% files-not-writable: file_io
open("d/x").write("a")  #!
# %% files-mmap-empty: value
with open("d/x") as f:
    mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)  #!
# %% files-cross: file_io
os.rename("d", "d/x/y")  #!
""",
    "numpy",
)

PARSING = cells(
    r"""
# %% parsing-start
import json, tomllib, csv, io, re, configparser, xml.etree.ElementTree as ET, ast, base64, struct, uuid, ipaddress, urllib.parse, html.parser, email, shlex, argparse, string
from pathlib import Path
# %% parsing-json-single: value
json.loads("{'name': 'ana'}")  #!
# %% parsing-json-extra: value
json.loads('{"a": 1}\n{"a": 2}')  #!
# %% parsing-json-empty: value
json.loads("")  #!
# %% parsing-json-none: type
json.loads(None)  #!
# %% parsing-json-nan: type
import numpy as np
json.dumps({"mean": np.float32(1.5)})  #!
# %% parsing-json-key: type
json.dumps({(1, 2): "a"})  #!
# %% parsing-json-file: file_io
Path("half.json").write_text('{"a": [1, 2')
json.load(open("half.json"))  #!
# %% parsing-toml-dup: value
tomllib.loads("a = 1\na = 2")  #!
# %% parsing-toml-text: type
Path("p.toml").write_text("a = 1")
tomllib.load(open("p.toml"))  #!
# %% parsing-csv-fields: value
rows = csv.DictWriter(io.StringIO(), ["a"])
rows.writerow({"a": 1, "b": 2})  #!
# %% parsing-csv-bytes: type
list(csv.reader(io.BytesIO(b"a,b")))  #!
# %% parsing-csv-unpack: shape
for name, age in csv.reader(io.StringIO("ana,3\nbob")):  #!
    print(name, age)
# %% parsing-csv-nul: file_io
list(csv.reader(io.StringIO("a" * 140000)))  #!
# %% parsing-ini-section: lookup
cfg = configparser.ConfigParser(); cfg.read_string("[a]\nx=1")
cfg.get("db", "host")  #!
# %% parsing-ini-int: value
cfg.read_string("[b]\nn = many")
cfg.getint("b", "n")  #!
# %% parsing-xml: value
ET.fromstring("<a><b></a>")  #!
# %% parsing-xml-find: attribute
ET.fromstring("<a/>").find("b").text  #!
# %% parsing-literal: value
ast.literal_eval("[1, 2, foo]")  #!
# %% parsing-literal-syntax: syntax warning
ast.literal_eval("{1, 2")  #!
# %% parsing-b64: value
base64.b64decode("abc")  #!
# %% parsing-struct: value
struct.unpack("<i", b"abc")  #!
# %% parsing-uuid: value
uuid.UUID("12")  #!
# %% parsing-ip: value
ipaddress.ip_address("300.1.1.1")  #!
# %% parsing-regex-paren: value
re.compile(r"(\d+")  #!
# %% parsing-regex-none: attribute
year = re.search(r"\d{4}", "no year").group()  #!
# %% parsing-regex-name: lookup
re.match(r"(?P<y>\d+)", "12").group("year")  #!
# %% parsing-regex-bytes: type
re.findall(r"\d", b"123")  #!
# %% parsing-regex-ref: value
re.sub(r"a", r"\1", "abc")  #!
# %% parsing-regex-flags: value
re.compile("a(?i)b")  #!
# %% parsing-template: lookup
string.Template("Hello $who").substitute(name="x")  #!
# %% parsing-format-spec: value
f"{3.5:d}"  #!
# %% parsing-format-index: lookup
"{} {}".format("one")  #!
# %% parsing-shlex: value
shlex.split('echo "open')  #!
# %% parsing-port: value
urllib.parse.urlparse("http://host:port/").port  #!
""",
    "numpy",
)

EVERYDAY = cells(
    r"""
# %% python2-imports
import json, os, re, asyncio, subprocess, threading, sqlite3, socket, ssl, datetime, decimal, pickle, collections, functools, itertools, dataclasses, typing, enum, pathlib, random, logging, queue, concurrent.futures as cf, multiprocessing as mp, urllib.request, http.client, zipfile, tarfile, bz2, lzma, csv, configparser, hashlib, secrets, shutil, ctypes, array, heapq, bisect, operator, contextlib, inspect, string, textwrap, locale, select, signal, gzip, warnings, math
# %% python2-hash-type: type
hashlib.sha256("text")  #!
# %% python2-hash-name: value
hashlib.new("sha257")  #!
# %% python2-heap: type
h = []
heapq.heappush(h, (1, {"a": 1})); heapq.heappush(h, (1, {"b": 2}))  #!
# %% python2-array-type: type
array.array("i", [1, 2.5])  #!
# %% python2-array-code: value
array.array("z")  #!
# %% python2-deque-index: lookup
collections.deque()[0]  #!
# %% python2-counter-attr: attribute
collections.Counter("abc").most_comon(1)  #!
# %% python2-ordered-pop: lookup
collections.OrderedDict().popitem()  #!
# %% python2-chainmap: lookup
collections.ChainMap({}, {})["k"]  #!
# %% python2-partial: type
functools.partial(pow, 2)(3, 4, 5)  #!
# %% python2-reduce-empty: type
functools.reduce(operator.add, [])  #!
# %% python2-islice: value
list(itertools.islice([1], -1))  #!
# %% python2-bz2: file_io
bz2.decompress(b"nope")  #!
# %% python2-lzma: file_io
lzma.decompress(b"nope")  #!
# %% python2-tar: file_io
pathlib.Path("x.tar").write_bytes(b"x" * 600)
tarfile.open("x.tar")  #!
# %% python2-path-join: type
pathlib.Path("a") / 3  #!
# %% python2-path-iter: file_io
list(pathlib.Path("no_folder_here").iterdir())  #!
# %% python2-os-getenv: type
os.environ["A"] = 3  #!
# %% python2-locale: import_env
locale.setlocale(locale.LC_ALL, "xx_YY.utf8")  #!
# %% python2-signal-thread: logic
t = cf.ThreadPoolExecutor(1).submit(signal.signal, signal.SIGUSR1, print)
t.result()  #!
# %% python2-select-closed: value
s = socket.socket(); s.close()
select.select([s], [], [], 0)  #!
# %% python2-socket-bind: network
a = socket.socket(); a.bind(("127.0.0.1", 0)); b = socket.socket()
b.bind(a.getsockname())  #!
# %% python2-socket-send: network
c = socket.socket()
c.send(b"x")  #!
# %% python2-http-client: network
http.client.HTTPConnection("127.0.0.1", 1, timeout=1).request("GET", "/")  #!
# %% python2-ssl-ctx: file_io
ssl.create_default_context().load_cert_chain("no.pem")  #!
# %% python2-context-generator: logic
@contextlib.contextmanager
def nothing():
    return
    yield
with nothing():  #!
    pass
# %% python2-super-args: type
class P:
    def __init__(self, a): self.a = a
class C(P): ...
C()  #!
# %% python2-init-returns: type
class R:
    def __init__(self): return 3
R()  #!
# %% python2-missing-self: type
class M:
    def go(): ...
M().go()  #!
# %% python2-enum-dup: type
class E(enum.Enum):  #!
    A = 1
    A = 2
# %% python2-dataclass-missing: type
@dataclasses.dataclass
class D:
    x: int
    y: int
D(1)  #!
# %% python2-namedtuple-count: type
collections.namedtuple("P", "x y")(1)  #!
# %% python2-signature: value
inspect.signature(3) if False else inspect.signature(dict.__init__).bind; math.comb(-1, 2)  #!
# %% python2-ctypes-arg: type
ctypes.CDLL(None).abs("x", {})  #!
# %% python2-walrus: syntax warning
x := 3  #!
# %% python2-nonlocal: syntax warning
def f():
    nonlocal q  #!
# %% python2-match-old: syntax warning
for i in range(3) print(i)  #!
# %% python2-bytes-fmt: type
"%s" % b"x" + 3  #!
# %% python2-fstring-name: name
f"{undefined_value:.2f}"  #!
# %% python2-fstring-spec: value
f"{'x':.2f}"  #!
# %% python2-locked: logic
threading.Lock().release()  #!
# %% python2-cond: logic
threading.Condition().notify()  #!
# %% python2-thread-result: type
def job(n): return n["a"]
with cf.ThreadPoolExecutor(2) as ex:
    list(ex.map(job, [{"a": 1}, 5]))  #!
# %% python2-proc-raises: logic
def check(n):
    assert n < 2, f"row {n} is too big"
    return n
with cf.ProcessPoolExecutor(2) as ex:
    list(ex.map(check, [1, 2]))  #!
# %% python2-proc-unpicklable-result: type
def gen(_): return (i for i in range(3))
with mp.Pool(1) as pool:
    pool.map(gen, [1])  #!
# %% python2-check-call: unknown
subprocess.check_call(["sh", "-c", "exit 9"])  #!
# %% python2-capture-cat: unknown
subprocess.run(["cat", "nothing"], check=True, capture_output=True)  #!
# %% python2-popen-decode: file_io
subprocess.run(["printf", r"\xff"], capture_output=True, text=True, check=True)  #!
# %% python2-gather-mixed: file_io
async def read(p): return open(p).read()
await asyncio.gather(read("a.missing"), read("b.missing"))  #!
# %% python2-queue-timeout: interrupt
await asyncio.wait_for(asyncio.Queue().get(), 0.05)  #!
# %% python2-loop-sync: logic
loop = asyncio.new_event_loop(); loop.close()
loop.run_until_complete(asyncio.sleep(0))  #!
# %% python2-barrier-async: type
await 5  #!
# %% python2-deep-json: logic
json.loads("[" * 100000)  #!
# %% python2-big-pow: memory critical
"x" * (10 ** 15)  #!
# %% python2-int-digits: value
str(10 ** 5000)  #!
# %% python2-decimal-nan: value
int(decimal.Decimal("NaN"))  #!
# %% python2-decimal-bad: value
decimal.Decimal("12 EUR")  #!
# %% python2-sqrt-type: type
math.sqrt("4")  #!
# %% python2-timedelta-arg: type
datetime.timedelta(day=1)  #!
# %% python2-strptime-ms: value
datetime.datetime.strptime("12:30:99", "%H:%M:%S")  #!
# %% python2-zone-naive: type
datetime.datetime.now().astimezone("UTC")  #!
# %% python2-logging-level: value
logging.getLogger().setLevel("LOUD")  #!
# %% python2-shutil-space: file_io
shutil.copytree("no_source", "target")  #!
# %% python2-group-io: file_io
raise ExceptionGroup("uploads", [FileNotFoundError(2, "No such file", "a"), FileNotFoundError(2, "No such file", "b")])  #!
# %% python2-cause-network: network
class SyncFailed(Exception): ...
try:
    socket.create_connection(("127.0.0.1", 1), timeout=1)
except OSError as e:
    raise SyncFailed("could not sync") from e  #!
# %% python2-sysexit-var: interrupt info
raise SystemExit("no more rows")  #!
""",
)
