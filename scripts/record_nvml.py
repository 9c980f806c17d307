"""Record what this machine's NVIDIA driver answers, for tests on machines without a GPU.

    python scripts/record_nvml.py cassette.json --machine "what it is" --looks 30

Every call that the sensor makes is written down with its answer or error and its duration.
Identifiers of devices and numbers of processes are replaced, so that a cassette says nothing
about whose machine it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import pynvml

sys.path.insert(0, str(Path(__file__).parent.parent))

from dsinfra_jlab.sensors.nvidia import NvidiaSensor
from tests.sensors.nvml_cassette import Recorder


def main() -> None:
    """Look some times and write the cassette."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cassette", type=Path)
    parser.add_argument("--machine", required=True, help="what kind of machine this is")
    parser.add_argument("--looks", type=int, default=30)
    arguments = parser.parse_args()

    recorder = Recorder(pynvml)
    sensor = NvidiaSensor(lambda: recorder)
    sensor.look_closely(True)
    for _ in range(arguments.looks):
        sensor.look()
        time.sleep(1)
    cassette = recorder.cassette(arguments.machine)
    arguments.cassette.write_text(json.dumps(cassette, indent=1) + "\n", encoding="utf-8")
    print(sensor.absent() or f"{len(sensor.latest())} GPUs")
    for row in sensor.call_table():
        p50, p95 = ((each or 0) * 1e6 for each in (row.p50_s, row.p95_s))
        print(f"{row.device:24}{row.call:44}{row.count:6}{p50:10.0f} µs{p95:10.0f} µs", end="")
        print(f"  {row.last_error}")


if __name__ == "__main__":
    main()
