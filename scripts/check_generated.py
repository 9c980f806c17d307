"""Fail if a committed file is not what the code generates: API document, TypeScript types."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "src" / "api" / "schema.ts"
REMEDY = "run `python scripts/generate && jlpm generate`"


def _output(argv: list[str], text: str = "") -> str:
    return subprocess.run(
        argv, cwd=ROOT, input=text, check=True, capture_output=True, text=True
    ).stdout


def _generated_types() -> str:
    """Return what ``jlpm generate`` would write."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "schema.ts"
        options = ["--root-types", "--root-types-no-schema-prefix"]
        _output(
            ["jlpm", "openapi-typescript", "docs/openapi.json", "--output", str(target), *options]
        )
        return _output(["jlpm", "prettier", "--stdin-filepath", str(SCHEMA)], target.read_text())


def main() -> int:
    """Compare; return 1 if anything is stale."""
    document = subprocess.run(
        [sys.executable, "scripts/generate", "--check"], cwd=ROOT, check=False
    )
    if document.returncode != 0:
        return 1
    if _generated_types() != SCHEMA.read_text(encoding="utf-8"):
        print(f"src/api/schema.ts is stale: {REMEDY}")
        return 1
    print("src/api/schema.ts is current")
    return 0


if __name__ == "__main__":
    sys.exit(main())
