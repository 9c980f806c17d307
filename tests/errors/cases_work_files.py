"""Failing cells as they come up in everyday work with files, formats and modules."""

from __future__ import annotations

from .corpus import cells

FILES = cells(
    r"""
# %% folder
import os, tempfile
from pathlib import Path
folder = Path(tempfile.mkdtemp())
(folder / "latin.csv").write_bytes("name\nJosé\n".encode("latin-1"))
(folder / "a.txt").write_text("x")
# %% encoding: file_io
text = (folder / "latin.csv").read_text(encoding="utf-8")  #!
# %% decode-bytes: file_io
raw = b"\xff\xfe\x00"
raw.decode("utf-8")  #!
# %% encode-ascii: value
"naïve".encode("ascii")  #!
# %% open-folder: file_io
with open(folder) as f:  #!
    print(f.read())
# %% mkdir-exists: file_io
out = folder / "out"
out.mkdir()
out.mkdir()  #!
# %% write-no-folder: file_io
with open(folder / "reports" / "a.md", "w") as f:  #!
    f.write("x")
# %% closed-file: file_io
with open(folder / "a.txt") as f:
    first = f.read()
rest = f.read()  #!
# %% not-readable: file_io
with open(folder / "a.txt", "w") as f:
    f.read()  #!
# %% bad-zip: file_io
import zipfile
with zipfile.ZipFile(folder / "a.txt") as archive:  #!
    archive.extractall()
# %% gzip: file_io
import gzip
(folder / "b.txt").write_text("plain text")
with gzip.open(folder / "b.txt", "rt") as f:
    data = f.read()  #!
# %% tar: file_io
import tarfile
tarfile.open(folder / "a.txt")  #!
# %% unpickle: file_io
import pickle
with open(folder / "a.txt", "rb") as f:
    model = pickle.load(f)  #!
# %% unpickle-empty: file_io
import pickle
(folder / "empty.pkl").touch()
model = pickle.loads((folder / "empty.pkl").read_bytes())  #!
# %% pickle-lambda: type
import pickle
pickle.dumps({"f": lambda x: x})  #!
# %% rename-missing: file_io
os.rename(folder / "old.csv", folder / "new.csv")  #!
# %% listdir: file_io
names = [n for n in os.listdir("datasets/raw")]  #!
# %% not-a-folder: file_io
list((folder / "a.txt" / "b").open())  #!
# %% permission: permission
def save(path, text):
    raise PermissionError(13, "Permission denied", path)

save("/etc/report.txt", "x")  #!
# %% disk-full: file_io critical
raise OSError(28, "No space left on device", "/data/checkpoint.pt")  #!
# %% xml: value
import xml.etree.ElementTree as ET
ET.fromstring("<a><b></a>")  #!
# %% csv-field: lookup
import csv, io
reader = csv.DictReader(io.StringIO("id,name\n1,Ana\n"))
for row in reader:
    print(row["Name"])  #!
# %% toml: value
import tomllib
tomllib.loads("a = ")  #!
# %% configparser: lookup
import configparser
config = configparser.ConfigParser()
config.read_string("[db]\nhost=x\n")
config["database"]["host"]  #!
# %% relative-to: value
Path("/a/b").relative_to("/c")  #!
# %% environment-key: lookup
api_key = os.environ["REVIEW_API_KEY"]  #!
# %% import-missing: import_env
import os
import seabornn as sns  #!
# %% import-from: import_env
from collections import Mapping  #!
# %% import-function: import_env
def read():
    import openpyxl_missing
    return openpyxl_missing

read()  #!
"""
)
