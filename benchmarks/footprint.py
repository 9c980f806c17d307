"""What the extension weighs: memory, import, and the front end over the wire."""

from __future__ import annotations

import asyncio
import gzip
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .jupyter import ROOT, running
from .report import Row, median
from .server_probe import rss_bytes

STATIC = ROOT / "dsinfra_jlab" / "labextension" / "static"
START_MAX_BYTES = 15_000
"""What JupyterLab may have to load of us at its start, gzip: the budget."""
TOTAL_MAX_BYTES = 120_000
"""What there may be of the front end in all, gzip: the budget."""
IMPORT_TIMED = "import time; t = time.process_time(); import {}; print(time.process_time() - t)"


@dataclass(frozen=True)
class FrontEndSizes:
    """What the built scripts weigh, in bytes of gzip."""

    scripts: Mapping[str, int]
    at_start: frozenset[str]
    """Those that JupyterLab loads with its own."""
    is_development: bool
    """Whether this is a build that is not shipped."""

    @property
    def start(self) -> int:
        """What is loaded at the start."""
        return sum(self.scripts[name] for name in self.at_start)

    @property
    def total(self) -> int:
        """What there is in all."""
        return sum(self.scripts.values())


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
    """Compare the built scripts with what they may weigh."""
    sizes = front_end_sizes()
    if sizes is None:
        return [Row("front end, gzip", "not built: `make build`", "–", "–", "–")]
    note = " (development build: not what is shipped)" if sizes.is_development else ""
    return [
        Row(
            f"front end at the start of JupyterLab, gzip{note}",
            f"{sizes.start / 1e3:.1f} kB in {len(sizes.at_start)} files",
            "none",
            "–",
            f"≤ {START_MAX_BYTES // 1000} kB",
            sizes.start <= START_MAX_BYTES,
        ),
        Row(
            f"front end in all, gzip{note}",
            f"{sizes.total / 1e3:.1f} kB in {len(sizes.scripts)} files",
            "none",
            "–",
            f"≤ {TOTAL_MAX_BYTES // 1000} kB",
            sizes.total <= TOTAL_MAX_BYTES,
        ),
    ]


def front_end_sizes() -> FrontEndSizes | None:
    """Return what each built script weighs, compressed as a server sends it; ``None`` without."""
    scripts = {path.name: path for path in STATIC.glob("*.js")}
    if not scripts:
        return None
    (entry,) = [name for name in scripts if name.startswith("remoteEntry.")]
    return FrontEndSizes(
        {name: len(gzip.compress(path.read_bytes(), 9)) for name, path in scripts.items()},
        frozenset({entry} | _loaded_by(scripts[entry], scripts)),
        any(name.startswith("lib_") for name in scripts),
    )


def _loaded_by(entry: Path, scripts: dict[str, Path]) -> set[str]:
    """Return the scripts that the entry loads for the plugins and their style."""
    text = entry.read_text()
    loaded = set()
    for module in ("./extension", "./style"):
        after = text.partition(f'"{module}":')[2][:400].partition("then(")[0]
        for chunk in re.findall(r'\.e\("?([\w-]+)"?\)', after):
            loaded |= {name for name in scripts if name.startswith(f"{chunk}.")}
    return loaded
