"""Build the wheel from a clean copy, install it where there is no Node, and look at it.

This is what a user gets by `pip install`: both extensions must be listed as working, the
package must import, and the wheel must hold the migrations and the built front end.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IN_WHEEL = [
    "dsinfra_jlab/py.typed",
    "dsinfra_jlab/store/migrations/env.py",
    "dsinfra_jlab/store/migrations/versions/0001_first_tables.py",
    ".data/data/share/jupyter/labextensions/dsinfra-jlab/package.json",
    ".data/data/share/jupyter/labextensions/dsinfra-jlab/install.json",
    ".data/data/share/jupyter/labextensions/dsinfra-jlab/static/style.js",
    ".data/data/etc/jupyter/jupyter_server_config.d/dsinfra_jlab.json",
]
"""Ends of paths that must be in the wheel."""

NOT_IN_WHEEL = ("tests/", "node_modules/", "ui-tests/", ".map")


class Wrong(Exception):
    """The wheel is not as it shall be."""


def _run(argv: list[str], cwd: Path, env: dict[str, str] | None = None) -> str:
    print("$", " ".join(argv), flush=True)
    done = subprocess.run(
        argv,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Wrong(f"{argv[0]} ended with {done.returncode}:\n{done.stdout[-8000:]}")
    return done.stdout


def _copy_sources(target: Path) -> None:
    """Copy what git knows or would add, and link the node modules to spare a download."""
    listed = _run(["git", "ls-files", "-co", "--exclude-standard", "-z"], ROOT)
    for name in listed.split("\0"):
        source = ROOT / name
        if name and source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    modules = ROOT / "node_modules"
    if modules.is_dir():
        shutil.copytree(modules, target / "node_modules", symlinks=True, copy_function=_link)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _build(folder: Path) -> Path:
    sources = folder / "sources"
    sources.mkdir()
    _copy_sources(sources)
    # The wheel is built from the source distribution, so both are proven.
    _run([sys.executable, "-m", "build", "--outdir", str(folder / "dist")], sources)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def _look_into(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    missing = [end for end in IN_WHEEL if not any(name.endswith(end) for name in names)]
    if missing:
        raise Wrong(f"not in the wheel: {missing}")
    extra = [name for name in names if any(part in name for part in NOT_IN_WHEEL)]
    if extra:
        raise Wrong(f"in the wheel, and should not be: {extra[:10]}")
    print(f"{wheel.name}: {len(names)} files, {wheel.stat().st_size // 1024} kB")


def _install_and_list(wheel: Path, folder: Path) -> None:
    venv = folder / "venv"
    _run([sys.executable, "-m", "venv", str(venv)], folder)
    home = folder / "home"
    home.mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHON"))}
    env |= {"PATH": str(venv / "bin"), "HOME": str(home), "VIRTUAL_ENV": str(venv)}
    if shutil.which("node", path=env["PATH"]):
        raise Wrong("there is a Node where there must be none")
    pip = [str(venv / "bin" / "python"), "-m", "pip"]
    # The real HOME keeps pip's cache and its configuration.
    _run([*pip, "install", "--quiet", f"{wheel}[lab]"], folder, env | {"HOME": str(Path.home())})
    jupyter = str(venv / "bin" / "jupyter")
    _expect(_run([jupyter, "server", "extension", "list"], folder, env), "dsinfra_jlab")
    _expect(_run([jupyter, "labextension", "list"], folder, env), "dsinfra-jlab")
    _run([str(venv / "bin" / "python"), "-c", "import dsinfra_jlab"], folder, env)


def _expect(listing: str, name: str) -> None:
    """Look for ``name … OK`` in what Jupyter lists, and for no complaint about it."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", listing)
    lines = [line for line in plain.splitlines() if name in line]
    print("\n".join(lines))
    if not any("OK" in line for line in lines) or any("X" in line.split() for line in lines):
        raise Wrong(f"{name} is not listed as OK:\n{plain}")


def main() -> int:
    """Build, look, install, list; return 1 if anything is wrong."""
    with tempfile.TemporaryDirectory(prefix="dsinfra-wheel-") as name:
        folder = Path(name)
        try:
            wheel = _build(folder)
            _look_into(wheel)
            _install_and_list(wheel, folder)
        except Wrong as wrong:
            print(wrong)
            return 1
    print("the wheel works without Node")
    return 0


if __name__ == "__main__":
    sys.exit(main())
