"""What is generated and committed equals what the code generates now."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.server.openapi import document
from dsinfra_jlab.server.routes import ROUTES

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python scripts/generate && jlpm generate"


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    return document(ROUTES)


def test_the_api_document_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/generate", "--check"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, f"docs/openapi.json is stale; run: {COMMAND}\n{done.stderr}"


def test_the_typescript_types_are_current(tmp_path: Path) -> None:
    bin_dir = ROOT / "node_modules" / ".bin"
    if shutil.which("node") is None or not (bin_dir / "openapi-typescript").exists():
        pytest.skip("not run: needs Node and the packages that `jlpm install` brings")
    script = json.loads((ROOT / "package.json").read_text())["scripts"]["generate"]
    generate, prettier = (shlex.split(part) for part in script.split("&&"))
    made = ROOT / "src" / "api" / f".schema-{os.getpid()}.ts"
    try:
        for command in (generate, prettier):
            words = [str(made) if word == "src/api/schema.ts" else word for word in command]
            program = bin_dir / words[0]
            subprocess.run([program, *words[1:]], cwd=ROOT, check=True, capture_output=True)
        text = made.read_text()
    finally:
        made.unlink(missing_ok=True)
    committed = (ROOT / "src" / "api" / "schema.ts").read_text()
    assert committed == text, f"src/api/schema.ts is stale; run: {COMMAND}"


def test_two_types_of_one_name_are_refused() -> None:
    other = dataclasses.make_dataclass("Health", [("word", str)])
    routes = [*ROUTES, dataclasses.replace(ROUTES[0], path="other", name="other", reply=other)]
    with pytest.raises(ValueError, match="would both be Health"):
        document(routes)


CONTRACT = {
    "Health": "version schema_version status reasons store services kernels",
    "StoreHealth": "url queue_depth dropped",
    "ServiceHealth": "state detail",
    "KernelHealth": "probe detail missed_messages",
    "Experiment": "id name notebook_path run_count error_count last_run_at tags",
    "Run": "id kind name experiment_id parent_id kernel_id kernel_name language notebook_path "
    "cell_id execution_count status status_reason code code_sha256 queued_at started_at ended_at "
    "duration_s params metrics tags note is_starred error_ids cpu_s peak_rss peak_gpu_memory "
    "missed_messages environment_id git user target job_id",
    "RunPatch": "name note tags is_starred",
    "RunOutputs": "items truncated",
    "Environment": "python platform packages git",
    "GitState": "commit branch dirty",
    "PeakMemory": "bytes kind",
    "RunMetrics": "items",
    "MetricSeries": "key points point_count",
    "RunData": "items coverage",
    "DataItem": "kind name mode size_bytes digest collector",
    "Comparison": "runs params metrics code_diff environment_diff",
    "Trials": "columns items",
    "TrialColumns": "params metrics",
    "Trial": "run_id params metrics duration_s status",
    "RunSummaryPage": "items next_cursor",
    "ExperimentPage": "items next_cursor",
    "ErrorDetail": "code message details",
    "WatchRequest": "type topics visible",
    "RunEvent": "type seq",
    "HealthEvent": "type seq",
    "ErrorEvent": "type seq",
    "ErrorGroup": "id title category nature severity state count notebooks first_at last_at trend",
    "ErrorGroupPage": "items next_cursor",
    "ErrorGroupPatch": "state note severity assignee",
    "ErrorRecord": "id group_id run_id kind ename evalue category nature severity flags at "
    "notebook_path cell_id line column frames chain notes advice fingerprints environment_id",
    "ErrorRecordPage": "items next_cursor",
    "Frame": "kind file function line column end_line end_column source cell_id run_id variables",
    "Variable": "name type summary",
    "LinkedException": "relation ename evalue frames",
    "Advice": "text evidence action",
    "Fingerprints": "strict issue family version",
    "RunErrors": "items",
    "Snapshot": "seq at host kernels gpus absent",
    "HostSample": "cpu_ratio memory_used_bytes memory_limit_bytes",
    "KernelSample": "kernel_id notebook_path cpu_ratio rss_bytes gpu_memory_bytes state",
    "SamplesEvent": "type seq",
    "AlertEvent": "type seq",
}
"""Names other programs rely on. Fields may be added to them, never renamed or removed."""


@pytest.mark.parametrize("name", CONTRACT)
def test_the_document_has_every_field_of_the_contract(api: dict[str, Any], name: str) -> None:
    properties = api["components"]["schemas"][name]["properties"]
    assert set(CONTRACT[name].split()) <= set(properties)


def test_the_document_has_every_filter_of_the_contract(api: dict[str, Any]) -> None:
    def parameters(path: str) -> set[str]:
        return {parameter["name"] for parameter in api["paths"][path]["get"]["parameters"]}

    runs = "q experiment_id kind status kernel_id cell_id parent_id order limit cursor"
    assert parameters("/runs") >= set(runs.split())
    assert parameters("/errors") >= set(
        ["q", "state", "severity", "category", "since", "limit", "cursor"]
    )
    assert parameters("/errors/trend") >= {"bucket", "since"}
    assert parameters("/experiments") >= {"q", "limit", "cursor"}


def test_the_document_has_every_word_of_the_contract(api: dict[str, Any]) -> None:
    def words(name: str) -> list[str]:
        return api["components"]["schemas"][name]["enum"]

    assert words("RunStatus") == [
        "queued", "running", "ok", "error", "aborted", "interrupted", "kernel_died", "lost",
    ]  # fmt: skip
    assert words("RunKind") == ["session", "cell", "block"]
    assert words("ErrorKind")[:7] == [
        "exception", "warning", "log", "shell", "thread", "task", "unraisable",
    ]  # fmt: skip
    assert words("FrameKind") == ["cell", "user", "library"]
    assert words("Relation") == ["cause", "context", "group"]
    assert words("HealthStatus") == ["ok", "degraded"]
    assert words("ProbeState") == ["loaded", "off", "failed", "unsupported"]


def test_limits_of_the_code_stand_in_the_document(api: dict[str, Any]) -> None:
    limit = next(p for p in api["paths"]["/runs"]["get"]["parameters"] if p["name"] == "limit")
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}


def test_what_is_no_object_has_a_schema_too(api: dict[str, Any]) -> None:
    points = api["components"]["schemas"]["MetricSeries"]["properties"]["points"]
    assert points["items"]["prefixItems"] == [
        {"type": "number"},
        {"type": "string"},
        {"type": ["number", "null"]},
    ]
    (ids,) = api["paths"]["/runs/compare"]["get"]["parameters"]
    assert ids["required"] is True
    assert ids["schema"]["type"] == "array"
    assert (ids["schema"]["minItems"], ids["schema"]["maxItems"]) == (2, 20)
    content = api["paths"]["/runs/{run_id}/artifacts/{artifact_id}"]["get"]["responses"]["200"]
    assert content["content"]["application/octet-stream"]["schema"]["format"] == "binary"


def test_every_reference_leads_somewhere(api: dict[str, Any]) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if "$ref" in part else []
            return own + [ref for value in part.values() for ref in references(value)]
        if isinstance(part, list):
            return [ref for value in part for ref in references(value)]
        return []

    found = references(api)
    assert found
    for reference in found:
        target: Any = api
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        assert target


def test_fields_are_described_by_the_string_under_them(api: dict[str, Any]) -> None:
    run = api["components"]["schemas"]["Run"]["properties"]
    assert run["status_reason"]["description"] == "One plain sentence."
    assert "interrupt" in api["components"]["schemas"]["RunStatus"]["description"]
