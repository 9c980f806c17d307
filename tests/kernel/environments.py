"""Environments for kernels that have never heard of this package, made once and kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

INSTALL_S = 600.0


@dataclass(frozen=True)
class Environment:
    """A Python and what is installed for it."""

    name: str
    python: str
    requirements: tuple[str, ...]

    @property
    def folder(self) -> Path:
        words = "|".join((self.python, *self.requirements))
        digest = hashlib.sha256(words.encode()).hexdigest()[:12]
        owner = os.getuid() if hasattr(os, "getuid") else 0
        return (
            Path(tempfile.gettempdir()) / f"dsinfra-environments-{owner}" / f"{self.name}-{digest}"
        )


OLDEST = Environment(
    "oldest",
    "3.9",
    ("ipykernel==6.0.3", "ipython==7.34.0", "jupyter-client==6.1.12", "ipython_genutils"),
)
"""The oldest ipykernel that starts on Python 3.9, with the last IPython before 8."""

MIDDLE = Environment("middle", "3.12", ("ipykernel==6.29.5", "ipython==8.20.0", "numpy<3"))
"""The last ipykernel before 7, with numpy."""

NEWEST = Environment("newest", "3.13", ("ipykernel>=7",))

ALL = (OLDEST, MIDDLE, NEWEST)

ML = Environment(
    "ml",
    "{}.{}".format(*sys.version_info[:2]),
    (
        "ipykernel>=7",
        "httpx>=0.28",
        "numpy>=2",
        "pandas>=3",
        "polars>=1.30",
        "psycopg[binary]>=3.2",
        "pyarrow>=20",
        "rich>=14",
        "scikit-learn>=1.7",
        "sqlalchemy>=2",
        "torch==2.13.0",
    ),
)
"""The libraries of data science, for cells that fail in them."""


def python_of(environment: Environment) -> str:
    """Return the interpreter of an environment, which is made if it is not there.

    Skips the test where that Python or a package index is missing.
    """
    base = _base_python(environment.python)
    if base is None:
        pytest.skip(f"there is no Python {environment.python} here")
    folder = environment.folder
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    done = folder / "complete"
    with open(folder.parent / f"{folder.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder, base, environment.requirements)
            done.touch()
    return str(folder / "bin" / "python")


def _make(folder: Path, base: str, requirements: tuple[str, ...]) -> None:
    subprocess.run([base, "-m", "venv", str(folder)], check=True, timeout=INSTALL_S)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input"]
    try:
        made = subprocess.run(
            [*pip, *requirements], capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{', '.join(requirements)} took longer than {INSTALL_S:.0f} s to install")
    if made.returncode:
        last = made.stderr.strip().splitlines()[-1:]
        pytest.skip(f"cannot install {', '.join(requirements)}: {' '.join(last)}")


def _base_python(version: str) -> str | None:
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == version:
        return sys.executable
    installed = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python"))
    return str(installed[-1]) if installed else shutil.which(f"python{version}")
