"""Record golden tracebacks: the text that real kernels send for cells that fail.

Usage: ``python scripts/record_tracebacks.py NAME=PYTHON …``. Each PYTHON has an ipykernel; the
texts go to ``tests/golden/tracebacks/NAME.jsonl``, one JSON line for each case and ``%xmode``.
Colours are kept for the mode ``Context`` of one case in each file, and stripped elsewhere.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from traceback_cases import CASES, Case

FOLDER = Path(__file__).parent.parent / "tests" / "golden" / "tracebacks"
MODES = ("Context", "Plain", "Verbose", "Minimal")
COLOURED = "cause"
TEXT_MAX_CHARS = 8_000
"""Longer texts, as of recursion, are recorded without their middle."""
ANSWER_S = 20.0
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def main(arguments: list[str]) -> None:
    """Record all cases in each of the kernels named."""
    for argument in arguments:
        name, _, python = argument.partition("=")
        with open(FOLDER / f"{name}.jsonl", "w", encoding="utf-8") as file:
            for line in _recorded(name, python):
                file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")


def _recorded(name: str, python: str) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / name
        spec.mkdir()
        argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        words = {"argv": argv, "display_name": name, "language": "python"}
        (spec / "kernel.json").write_text(json.dumps(words), encoding="utf-8")
        specs = KernelSpecManager(kernel_dirs=[folder])
        manager = KernelManager(kernel_name=name, kernel_spec_manager=specs)
        manager.start_kernel()
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            for line in _cases(manager, client):
                yield _without_folders(line, python)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def _without_folders(line: dict[str, Any], python: str) -> dict[str, Any]:
    """Return a recording that does not tell where on this machine it was made."""
    folders = {str(Path(python).parent.parent): "/opt/venv", str(Path.cwd()): "/home/user/project"}
    for key in ("traceback", "stdout", "stderr", "display"):
        for folder, instead in folders.items():
            line[key] = line[key].replace(folder, instead)
    return line


def _cases(manager: KernelManager, client: BlockingKernelClient) -> Iterator[dict[str, Any]]:
    version = tuple(json.loads(_printed(client, "import sys; print(list(sys.version_info[:2]))")))
    is_there = "import importlib.util as u; print(u.find_spec({!r}) is not None)"
    for case in CASES:
        if version < case.least:
            continue
        if case.needs and "True" not in _printed(client, is_there.format(case.needs)):
            continue
        for mode in MODES[: 1 if case.is_plain else None]:
            try:
                yield _run(client, case, mode)
            except TimeoutError:  # IPython itself may fail at an error, and never answer
                print(f"no answer: {case.name} in mode {mode}", file=sys.stderr)
                manager.restart_kernel(now=True)
                client.wait_for_ready(timeout=60)


def _run(client: BlockingKernelClient, case: Case, mode: str) -> dict[str, Any]:
    _printed(client, f"%reset -f\n%xmode {mode}")
    keep = case.name == COLOURED and mode == "Context"
    line: dict[str, Any] = {"mode": mode, **asdict(case)}
    for code in case.cells:
        seen = _execute(client, code)
    line.update({key: _cut(text if keep else _ANSI.sub("", text)) for key, text in seen.items()})
    line["execution_count"] = int(seen["execution_count"])
    return line


def _cut(text: str) -> str:
    if len(text) <= TEXT_MAX_CHARS:
        return text
    return text[: TEXT_MAX_CHARS // 2] + "\n" + text[-TEXT_MAX_CHARS // 2 :]


def _execute(client: BlockingKernelClient, code: str) -> dict[str, str]:
    seen = dict.fromkeys(("ename", "evalue", "traceback", "stdout", "stderr", "display"), "")

    def note(message: dict[str, Any]) -> None:
        content = message["content"]
        kind = message["header"]["msg_type"]
        if kind == "error":
            seen["ename"], seen["evalue"] = content["ename"], content["evalue"]
            seen["traceback"] = "\n".join(content["traceback"])
        elif kind == "stream":
            seen[content["name"]] += content["text"]
        elif kind == "display_data":
            seen["display"] += content["data"].get("text/plain", "")

    reply = client.execute_interactive(
        code, output_hook=note, timeout=ANSWER_S, allow_stdin=False, stop_on_error=False
    )
    seen["execution_count"] = str(reply["content"]["execution_count"])
    return seen


def _printed(client: BlockingKernelClient, code: str) -> str:
    return _execute(client, code)["stdout"]


if __name__ == "__main__":
    main(sys.argv[1:])
