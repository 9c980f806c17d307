"""What the extension weighs: memory, import, and the front end over the wire."""

from __future__ import annotations

import asyncio
import gzip
import re
import subprocess
import sys
from pathlib import Path

from .jupyter import ROOT, running
from .report import Row, median
from .server_probe import rss_bytes

STATIC = ROOT / "dsinfra_jlab" / "labextension" / "static"
IMPORT_TIMED = "import time; t = time.process_time(); import {}; print(time.process_time() - t)"


async def memory(cells: int) -> list[Row]:
    """Compare the private memory of two servers after the same cells."""
    async with running(True) as on, running(False) as off:
        used = []
        for server in (on, off):
            kernel = await server.kernel()
            for number in range(cells):
                await kernel.run(f"print({number})")
            await asyncio.sleep(2)
            used.append(rss_bytes(server.pid) / 1e6)
    added = used[0] - used[1]
    return [
        Row(
            f"private memory of the server after {cells} cells",
            f"{used[0]:.0f} MB",
            f"{used[1]:.0f} MB",
            f"{added:+.0f} MB",
            "≤ +40 MB",
            added <= 40,
        )
    ]


def import_time() -> list[Row]:
    """Import the package as any kernel may, and `json` for comparison, by turns."""
    seconds: dict[str, list[float]] = {"dsinfra_jlab": [], "json": []}
    for _ in range(15):
        for module in seconds:
            argv = [sys.executable, "-S", "-c", IMPORT_TIMED.format(module)]
            done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
            seconds[module].append(float(done.stdout))
    ours, other = (median(seconds[module]) * 1e3 for module in seconds)
    return [
        Row(
            "import of dsinfra_jlab, CPU time, median of 15",
            f"{ours:.1f} ms",
            f"import of json: {other:.1f} ms",
            f"{ours / other:.2f} ×",
            "≤ 30 ms",
            ours <= 30,
        )
    ]


def front_end() -> list[Row]:
    """Add up the built scripts, compressed as a server sends them."""
    scripts = {path.name: path for path in STATIC.glob("*.js")}
    if not scripts:
        return [Row("front end, gzip", "not built: `make build`", "–", "–", "–")]
    size = {name: len(gzip.compress(path.read_bytes(), 9)) for name, path in scripts.items()}
    (entry,) = [name for name in scripts if name.startswith("remoteEntry.")]
    at_start = {entry} | _loaded_by(scripts[entry], scripts)
    start = sum(size[name] for name in at_start) / 1e3
    total = sum(size.values()) / 1e3
    development = any(name.startswith("lib_") for name in scripts)
    note = " (development build: not what is shipped)" if development else ""
    return [
        Row(
            f"front end at the start of JupyterLab, gzip{note}",
            f"{start:.1f} kB in {len(at_start)} files",
            "none",
            "–",
            "≤ 15 kB",
            start <= 15,
        ),
        Row(
            f"front end in all, gzip{note}",
            f"{total:.1f} kB",
            "none",
            "–",
            "≤ 120 kB",
            total <= 120,
        ),
    ]


def _loaded_by(entry: Path, scripts: dict[str, Path]) -> set[str]:
    """Return the scripts that the entry loads for the plugins and their style."""
    text = entry.read_text()
    loaded = set()
    for module in ("./extension", "./style"):
        after = text.partition(f'"{module}":')[2][:400].partition("then(")[0]
        for chunk in re.findall(r'\.e\("?([\w-]+)"?\)', after):
            loaded |= {name for name in scripts if name.startswith(f"{chunk}.")}
    return loaded
