"""Run the benchmarks and print a Markdown table: ``python -m benchmarks [NAME ...]``.

Every figure that can be compared is measured by turns with and without the extension, or
with a peer, in the same run: the machine may be slow or busy, the ratio still holds.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from . import (
    cells,
    compute,
    errors,
    flood,
    footprint,
    kills,
    pages,
    resources,
    throughput,
    tracking,
)
from .report import Row, table, versions

Benchmark = Callable[[argparse.Namespace], Awaitable[list[Row]]]


async def _front_end(_: argparse.Namespace) -> list[Row]:
    return footprint.front_end()


async def _import(_: argparse.Namespace) -> list[Row]:
    return footprint.import_time()


BENCHMARKS: dict[str, Benchmark] = {
    "cell": lambda a: cells.trivial_cell(a.cells),
    "lag": lambda a: cells.loop_lag(rounds=a.lag_rounds, seconds=10),
    "observer": lambda _: flood.cost_per_message(),
    "flood": lambda _: flood.lost_messages(),
    "memory": lambda _: footprint.memory(cells=50),
    "import": _import,
    "front-end": _front_end,
    "throughput": lambda a: throughput.recorded_runs(a.runs),
    "pages": lambda a: pages.pages(a.stored),
    "errors": lambda a: errors.panel(a.occurrences),
    "kills": lambda a: kills.kill_in_a_loop(a.kills),
    "tracking": tracking.tracking,
    "resources": resources.resources,
    "compute": compute.compute,
}


def main() -> int:
    """Run what was asked for; return 1 if a budget was not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--cells", type=int, default=1_000, help="trivial cells")
    parser.add_argument("--lag-rounds", type=int, default=3, help="rounds of ten seconds")
    parser.add_argument("--runs", type=int, default=50_000, help="runs recorded in a row")
    parser.add_argument("--stored", type=int, default=1_000_000, help="runs in the store")
    parser.add_argument("--occurrences", type=int, default=1_000_000, help="errors in the store")
    parser.add_argument("--kills", type=int, default=50, help="times the server is killed")
    tracking.add_arguments(parser)
    resources.add_arguments(parser)
    compute.add_arguments(parser)
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(BENCHMARKS)}")
    rows: list[Row] = []
    for name, benchmark in BENCHMARKS.items():
        if not arguments.names or name in arguments.names:
            started = time.monotonic()
            rows += asyncio.run(_awaited(benchmark(arguments)))
            print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(table(rows))
    print(f"\nMeasured on {versions()}.")
    return int(any(row.is_met is False for row in rows))


async def _awaited(benchmark: Awaitable[list[Row]]) -> list[Row]:
    return await benchmark


if __name__ == "__main__":
    sys.exit(main())
