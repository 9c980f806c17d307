"""Whose code a file is, and which module, by its name alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..occurrences import FrameKind


@dataclass(frozen=True, slots=True)
class Place:
    """What the name of a frame's file says."""

    kind: FrameKind
    file: str
    """``In[N]`` where the name tells the execution count of a cell; else the name itself."""
    module: str = ""


_COUNTED = re.compile(
    r"(?:Cell|Input) In ?\[(?P<shown>\d{1,9})\]$"
    r"|<ipython-input-(?P<input>\d{1,9})-[0-9a-f]+>$"
    r"|(?:.*[\\/])?ipython-input-(?P<colab>\d{1,9})-[0-9a-f]+(?:\.py)?$"
)
"""Names of cells that tell their execution count."""

_CELL = re.compile(
    r"(?:.*[\\/])?(?:ipykernel|xpython|xeus-python)_\d+[\\/]-?\d+(?:\.py)?$"
    r"|(?:.*[\\/])?ipython-input-[0-9a-f-]+(?:\.py)?$"
    r"|(?:.*[\\/])?<?command-\d[\d-]*>?(?:\.py)?$"  # Databricks
    r"|.*\.ipynb(?:#\S+| Cell \d+'?)?$"
    r"|<(?:timed exec|timed eval|magic-timeit|tokenize|stdin|unknown cell)>$"
    r"|(?:Cell|Input) In ?\[[ *]?\]$"
)
_INSTALLED = re.compile(r"(?:^|[\\/])(?:site|dist)-packages[\\/](?P<inner>.+)$", re.DOTALL)
_EGG = re.compile(r"^[^\\/]+\.egg[\\/]")
_STDLIB = re.compile(
    r"(?:^|[\\/])lib(?:64)?[\\/](?:python|pypy)\d(?:\.\d+)?t?[\\/](?P<inner>.+)$"
    r"|[\\/](?:python\d*|[a-z]*conda\d*|pypy\d*|envs[\\/][^\\/]+|python\d[\d.]*[^\\/]*"
    r"|tools[\\/]python)[\\/]lib[\\/](?P<windows>.+)$"
    r"|[\\/]python\d+\.zip[\\/](?P<zipped>.+)$",
    re.IGNORECASE,
)
_SPARK = re.compile(r"[\\/](?P<inner>pyspark(?:\.zip)?[\\/].+)$")
_COMPILED = re.compile(r"\.(?:pyx|pxd|pxi|pyd|so|c|cc|cpp|cxx|h|hpp|cu|rs|f|f90)$", re.IGNORECASE)
_MADE_BY_LIBRARY = re.compile(
    r"<(?:__array_function__ internals|decorator-gen-\d+|frozen [^>]*|attrs generated .*"
    r"|eval_with_key>.*|lambdifygenerated-\d+|makefun-gen-\d+|class-init|builtin)"
)
_FROZEN = re.compile(r"<frozen (?P<module>[\w.]+)>$")
_MODULE = re.compile(r"[A-Za-z_][\w-]*(?:[\\/][A-Za-z_][\w-]*)*\.py[cwx]?$")


def place_of(file: str) -> Place:
    """Return whose code a file is: what is neither a cell nor installed is the user's own."""
    if found := _COUNTED.match(file):
        count = found["shown"] or found["input"] or found["colab"]
        return Place(FrameKind.cell, f"In[{int(count)}]", "__main__")
    if _CELL.match(file):
        return Place(FrameKind.cell, file, "__main__")
    if found := _FROZEN.match(file):
        return Place(FrameKind.library, file, found["module"])
    if _MADE_BY_LIBRARY.match(file):
        return Place(FrameKind.library, file)
    for pattern in (_INSTALLED, _SPARK, _STDLIB):
        if found := pattern.search(file):
            inner = next(part for part in found.groups() if part)
            return Place(FrameKind.library, file, _module(_EGG.sub("", inner)))
    if _COMPILED.search(file):
        is_relative = not re.match(r"[~/\\]|[A-Za-z]:", file)
        return Place(FrameKind.library, file, _module(file) if is_relative else "")
    return Place(FrameKind.user, file)


def _module(inner: str) -> str:
    inner = inner.replace("pyspark.zip", "pyspark", 1)
    if not _MODULE.match(inner):
        return ""
    words = re.split(r"[\\/]", inner.rpartition(".")[0])
    if words[-1] in ("__init__", "__main__") and len(words) > 1:
        words.pop()
    return ".".join(words)
