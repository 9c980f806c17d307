"""Advice on modules and files that are missing or not what they were taken for; pure."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from ..occurrences import Advice
from ..sightings import Fact
from .case import Case, quoted, text, texts, truth
from .module_packages import GONE, MODULE_OF, package_of
from .spelling import nearest

_MODULE = re.compile(r"No module named '?([\w.]+)'?")
_OPTIONAL = re.compile(
    r"(?:Missing optional dependency|requires the|Please install|pip install) '?`?([\w.-]+)"
)
_REQUIRED = re.compile(r"(\w+) is required for ")
_FILE = re.compile(r"No such file or directory:? '([^']+)'")
_SHARED = re.compile(r"(lib[\w.+-]+\.so[\d.]*): cannot open shared object file")
_MAGIC = re.compile(r"(?:Line|Cell) magic(?: function)? `(%{1,2}\w+)` not found")

_EXTENSIONS = {
    "autoreload": "autoreload",
    "R": "rpy2.ipython",
    "cython": "Cython",
    "heat": "heat",
    "lprun": "line_profiler",
    "memit": "memory_profiler",
    "mprun": "memory_profiler",
    "memray_flamegraph": "memray",
    "pyinstrument": "pyinstrument",
    "scalene": "scalene",
    "snakeviz": "snakeviz",
    "sql": "sql",
    "tensorboard": "tensorboard",
    "watermark": "watermark",
    "bigquery": "google.cloud.bigquery",
}
"""By magic, the extension that brings it."""


def on_modules(case: Case) -> Iterator[Advice]:
    """Advise on modules that cannot be imported."""
    match = _MODULE.match(case.evalue)
    if case.ename not in ("ModuleNotFoundError", "ImportError") or match is None:
        if case.ename == "ImportError":
            yield from _members(case)
        return
    module = match[1]
    top = module.partition(".")[0]
    fact = next((f for f in case.facts_on("missing_module") if text(f, "module") == module), None)
    shadow = text(fact, "shadow")
    gone = next((GONE[m] for m in (module, module.rpartition(".")[0]) if m in GONE), "")
    if shadow:
        yield Advice(
            f"Rename your own file `{shadow}`: it hides the module `{top}`, then restart.",
            f"`{top}` is found in your file `{shadow}`, which has no `{module}`.",
            "restart",
        )
    elif gone:
        yield Advice(f"Use {gone} instead of `{module}`.", f"The module `{module}` is gone.")
    elif truth(fact, "top_is_installed") or "is not a package" in case.evalue:
        found = nearest(module.rpartition(".")[2], texts(fact, "near"))
        if found:
            parent = module.rpartition(".")[0]
            yield Advice(
                f"Did you mean `{parent}.{found[0]}`?",
                f"`{parent}` is there and has no `{module.rpartition('.')[2]}`.",
            )
    elif top.lower() in MODULE_OF:
        yield Advice(
            f"Import `{MODULE_OF[top.lower()]}` instead of `{top}`.",
            f"The package `{top.replace('_', '-')}` brings a module called "
            f"`{MODULE_OF[top.lower()]}`.",
        )
    elif case.is_of_a_worker:
        yield Advice(
            f"Install the package that brings `{top}` where the workers run.",
            f"A worker has no module `{top}`; this kernel was not asked.",
        )
    else:
        yield from _not_installed(fact, module, top)


def _not_installed(fact: object, module: str, top: str) -> Iterator[Advice]:
    known = fact if isinstance(fact, dict) else None
    package, elsewhere = package_of(module), text(known, "elsewhere")
    found = nearest(top, texts(known, "near"))
    interpreter = text(known, "interpreter")
    where = f"the Python of this kernel, {interpreter}," if interpreter else "this kernel's Python"
    if package:
        differs = package.lower().replace("-", "_") != top.lower()
        yield Advice(
            f"Install `{package}`: `%pip install {package}`.",
            f"{where[0].upper()}{where[1:]} has no module `{top}`"
            + (f"; the package that brings it is called {package}." if differs else "."),
            f"insert_code:%pip install {package}",
        )
    elif elsewhere:
        folder = elsewhere.replace("\\", "/").rpartition("/")[0]
        if elsewhere.endswith("__init__.py"):
            folder = folder.rpartition("/")[0] or "."
        yield Advice(
            f"Put its folder on the path: `import sys; sys.path.append({folder!r})`.",
            f"No installed module is called `{top}`; there is `{elsewhere}`.",
            f"insert_code:import sys; sys.path.append({folder!r})",
        )
    elif found:
        yield Advice(
            f"Did you mean `import {found[0]}`?",
            f"There is no module `{top}`, and there is `{found[0]}`.",
        )
    elif known is not None:
        yield Advice(
            f"Install the package that brings `{top}` into this kernel's Python.",
            f"{where[0].upper()}{where[1:]} has no module `{top}`, and no file here has its name.",
        )


def _members(case: Case) -> Iterator[Advice]:
    match = re.search(
        r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'", case.evalue
    )
    shared = _SHARED.search(case.evalue)
    if shared is not None:
        yield Advice(
            f"Install the system library `{shared[1]}`.",
            f"The module is there; `{shared[1]}`, which it needs, is not found on this machine.",
        )
    if match is None:
        return
    fact = case.fact("missing_member")
    shadow = text(fact, "shadow")
    if "partially initialized module" in case.evalue:
        yield _circular(match[2], match[1], shadow)
        return
    found = nearest(match[1], texts(fact, "near"))
    if found:
        yield Advice(
            f"Did you mean `from {match[2]} import {found[0]}`?",
            f"`{match[2]}` has no `{match[1]}`, and has {quoted(found)}.",
        )
    elif shadow:
        yield Advice(
            f"Restart the kernel if `{shadow}` has been edited: it was loaded before.",
            f"`{match[2]}` is your file `{shadow}`, and as it was loaded it has no `{match[1]}`.",
            "restart",
        )
    elif text(fact, "version"):
        yield Advice(
            f"Look up where `{match[1]}` is in version {text(fact, 'version')} of "
            f"`{match[2].partition('.')[0]}`.",
            f"`{match[2]}` is installed and has no `{match[1]}`.",
        )


def on_programs(case: Case) -> Iterator[Advice]:
    """Advise on programs that may not be run."""
    match = _DENIED.match(case.evalue)
    if case.ename != "PermissionError" or match is None:
        return
    if "subprocess" in case.libraries:
        yield Advice(
            f"Make it executable: `chmod +x {match[1]}`.",
            f"`{match[1]}` was to be run, and the system refused to.",
        )
    else:
        yield Advice(
            f"Check who may read or write `{match[1]}`.",
            "The system refused this user the access.",
        )


_DENIED = re.compile(r"\[Errno 13\] Permission denied: '(.*?)'")


def _circular(module: str, name: str, shadow: str) -> Advice:
    evidence = f"`{module}` was asked for `{name}` while it was still being imported."
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or package_of(module) or shadow:
        named = f" `{shadow}`" if shadow else ""
        return Advice(
            f"Rename your own file{named} if you meant the installed `{module}`, or take the "
            "circular import out of it.",
            evidence,
        )
    return Advice(
        f"Take the circular import out of `{module}`: import within the function that needs it, "
        "or move what both need into a third module.",
        evidence,
    )


def on_files(case: Case) -> Iterator[Advice]:
    """Advise on files that are not there."""
    if case.ename not in ("FileNotFoundError", "NotADirectoryError"):
        return
    if case.is_of_a_worker:
        yield Advice(
            "Check that the file is there for the workers, too: they look for it on their machine.",
            "A worker did not find it.",
        )
        return
    fact = case.fact("missing_file")
    if fact is None:
        yield from _without_a_look(case)
        return
    wrong = _wrong_by_itself(fact)
    if wrong is not None:
        yield wrong
    else:
        yield from _beside_or_elsewhere(fact)


def _file_name(fact: Fact) -> str:
    return text(fact, "path").replace("\\", "/").rstrip("/").rpartition("/")[2]


def _wrong_by_itself(fact: Fact) -> Advice | None:
    """Return what to do about a path at which no file can be, whatever lies beside it."""
    path = text(fact, "path")
    if truth(fact, "is_program"):
        return Advice(
            f"Check that the program `{_file_name(fact)}` is installed and on the PATH of the "
            "kernel.",
            f"`{path}` was to be run, and no such program was found.",
        )
    if truth(fact, "is_home"):
        return Advice(
            f"Write `os.path.expanduser({path!r})`: Python does not know what `~` means.",
            f"`{path}` begins with `~`"
            + (", and that file is in your home folder." if truth(fact, "home_exists") else "."),
        )
    if blocking := text(fact, "blocking_file"):
        return Advice(
            f"Check the path: `{blocking}` is a file, and no folder.",
            f"`{path}` was looked for.",
        )
    return None


def _beside_or_elsewhere(fact: Fact) -> Iterator[Advice]:
    """Advise by the files that are there."""
    path, cwd, folder = text(fact, "path"), text(fact, "cwd"), text(fact, "folder")
    name = _file_name(fact)
    found = nearest(name, texts(fact, "near"))
    other, elsewhere = texts(fact, "other_ending"), text(fact, "elsewhere")
    if found:
        beside = f"in `{folder}`" if folder else "in the working folder"
        yield Advice(
            f"Did you mean `{found[0]}`?",
            f"There is no `{name}` {beside}, and there is `{found[0]}`.",
        )
    elif other:
        yield Advice(
            f"Did you mean `{other[0]}`, with another ending?",
            f"There is no `{name}`, and there is `{other[0]}`.",
        )
    if elsewhere:
        yield Advice(
            f"Use the path `{elsewhere}`.",
            f"`{name}` lies at `{elsewhere}`, seen from the working folder `{cwd}`.",
        )
    elif not found and not other:
        yield from _nothing_like(path, cwd, text(fact, "missing_folder"))


def _nothing_like(path: str, cwd: str, missing: str) -> Iterator[Advice]:
    is_absolute = path.startswith(("/", "\\")) or path[1:2] == ":"
    if missing:
        yield Advice(
            f"Check the folder `{missing}`: it does not exist.",
            f"`{path}` was looked for"
            + ("." if is_absolute else f" from the working folder `{cwd}`."),
        )
    elif not is_absolute:
        yield Advice(
            f"Give the whole path, or move it to `{cwd}`.",
            f"`{path}` is looked for in the working folder `{cwd}`, which has nothing like it.",
        )


def _without_a_look(case: Case) -> Iterator[Advice]:
    match = _FILE.search(case.evalue)
    if match is None:
        return
    path = match[1]
    if path.startswith("~"):
        yield Advice(
            f"Write `os.path.expanduser({path!r})`: Python does not know what `~` means.",
            f"`{path}` begins with `~`.",
        )
    elif "://" in path:
        yield Advice(
            "Open it as an address and not as a file, for example with `urllib.request`.",
            f"`{path}` is an address.",
        )
    elif not path.startswith(("/", "\\")) and path[1:2] != ":":
        yield Advice(
            "Check where the kernel looks: `import os; os.getcwd()`.",
            f"`{path}` is looked for in the working folder of the kernel.",
            "insert_code:import os; os.getcwd()",
        )


def on_texts(case: Case) -> Iterator[Advice]:
    """Advise on files whose bytes are no text in the expected encoding."""
    if case.ename != "UnicodeDecodeError":
        return
    kind = text(case.fact("encoding"), "starts_like")
    if kind in _READERS:
        yield Advice(f"{_READERS[kind]}.", f"The content begins like {_BEGINS.get(kind, kind)}.")
    elif kind:
        yield Advice(
            f"Read it with `encoding={kind!r}`.",
            f"The content begins with the mark of {kind.upper()}.",
        )
    else:
        match = re.match(r"'([\w-]+)' codec can't decode bytes? .*position (\d+)", case.evalue)
        if match is not None:
            yield Advice(
                "Say which encoding the text has: `encoding=…`, such as 'cp1252' for text from "
                "Windows.",
                f"It is not {match[1]}: the first byte that does not fit is at {match[2]}.",
            )


_READERS = {
    "gzip": "Decompress it first: `gzip.open(…)`, or `compression='gzip'`",
    "bz2": "Decompress it first: `bz2.open(…)`, or `compression='bz2'`",
    "zip": "Read it as what it is: `zipfile`, or `pd.read_excel` if it is an Excel file",
    "parquet": "Read it with `pd.read_parquet`",
    "hdf5": "Read it with `pd.read_hdf` or h5py",
    "png": "Open it as an image",
    "pdf": "Read it with a PDF library: it is no text",
    "pickle": "Open it in binary mode: `open(…, 'rb')`",
    "npy": "Read it with `np.load`",
}
_BEGINS = {"gzip": "a gzip archive", "bz2": "a bzip2 archive", "zip": "a zip archive"}


def on_magics(case: Case) -> Iterator[Advice]:
    """Advise on magics that are not there because their extension is not loaded."""
    match = _MAGIC.search(case.evalue)
    extension = _EXTENSIONS.get(match[1].lstrip("%"), "") if match is not None else ""
    if match is not None and extension:
        yield Advice(
            f"Load its extension first: `%load_ext {extension}`.",
            f"`{match[1]}` is part of the extension `{extension}`, which is not loaded.",
            f"insert_code:%load_ext {extension}",
        )


def on_optional_packages(case: Case) -> Iterator[Advice]:
    """Advise on packages that a library says it needs for this."""
    if case.ename != "ImportError" or _MODULE.match(case.evalue):
        return
    match = _OPTIONAL.search(case.evalue) or _REQUIRED.match(case.evalue)
    package = match[1].rstrip(".") if match is not None else ""
    if package and (package_of(package) or package in _OPTIONAL_PACKAGES):
        name = package_of(package) or package
        yield Advice(
            f"Install `{name}`: `%pip install {name}`.",
            f"The library says that it needs {package} for this.",
            f"insert_code:%pip install {name}",
        )


_OPTIONAL_PACKAGES = frozenset(
    [
        "fsspec",
        "s3fs",
        "gcsfs",
        "adlfs",
        "pyarrow",
        "openpyxl",
        "xlrd",
        "jinja2",
        "html5lib",
        "nose",
    ]
)
