"""Makes the notebook that leads to a result again; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ..comparing.side_by_side import commit_of
from ..runs.records import Environment, Run
from .graph import Lineage, LineageData, Reproduction, Step
from .slicing import title_of

_MARK = "«redacted:"
"""How a secret that was taken out of recorded code begins."""


def reproduction_of(
    run: Run, steps: Sequence[Step], lineage: Lineage, environment: Environment | None
) -> Reproduction:
    """Return a notebook with the cell versions of ``steps`` below a cell that says what it is.

    Parameters
    ----------
    run
        The run to repeat, with its paths as a person shall read them.
    steps
        The cell versions it came from, in the order they ran.
    """
    gaps = [*lineage.gaps, *_code_gaps(steps)]
    text = "\n\n".join(_parts(run, lineage.data, environment, gaps))
    about = {"cell_type": "markdown", "id": "about", "metadata": {}, "source": text}
    return Reproduction(
        name=_file_name(run),
        notebook={
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": _metadata(run),
            "cells": [about, *(_code_cell(number, step) for number, step in enumerate(steps))],
        },
        run_ids=[step.run_id for step in steps],
        gaps=gaps,
    )


def _metadata(run: Run) -> dict[str, Any]:
    language = run.language or ""
    kernelspec = {"name": run.kernel_name, "display_name": run.kernel_name, "language": language}
    metadata: dict[str, Any] = {"kernelspec": kernelspec, "dsinfra": {"run_id": run.id}}
    if language:
        metadata["language_info"] = {"name": language}
    return metadata


def _code_cell(number: int, step: Step) -> dict[str, Any]:
    """Return a cell; its id is new, since one cell may be there in several versions."""
    return {
        "cell_type": "code",
        "id": f"step-{number + 1}",
        "metadata": {"dsinfra": {"run_id": step.run_id, "cell_id": step.cell_id}},
        "execution_count": None,
        "outputs": [],
        "source": step.code,
    }


def _code_gaps(steps: Sequence[Step]) -> list[str]:
    """Return a sentence for each cell whose code is not what ran."""
    gaps: list[str] = []
    for step in steps:
        if _MARK in step.code:
            gaps.append(
                f"A secret was taken out of the code of {_lower(title_of(step))}; "
                "put it back before it is run."
            )
        elif not step.code and step.code_sha256 and step.code_sha256 != _EMPTY_SHA256:
            gaps.append(f"The code of {_lower(title_of(step))} was not recorded.")
    return gaps


_EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _file_name(run: Run) -> str:
    """Return what to call the notebook's file: like the one it came from, with the run's number."""
    last = re.split(r"[/\\]", run.notebook_path or run.experiment_name or run.kernel_name)[-1]
    stem = re.sub(r'[\x00-\x1f<>:"|?*]', "_", last.removesuffix(".ipynb")).strip(" .") or "run"
    count = "" if run.execution_count is None else f" {run.execution_count}"
    return f"{stem[:100]} (run{count}).ipynb"


# The cell on top


def _parts(
    run: Run,
    data: Sequence[LineageData],
    environment: Environment | None,
    gaps: Sequence[str],
) -> Iterable[str]:
    """Return the paragraphs of the cell on top."""
    yield f"# {_plain(_title(run))}"
    yield (
        f"The cells below are those that led to this run of {run.queued_at:%Y-%m-%d %H:%M:%S} UTC, "
        "in the versions and in the order in which they ran. Run them from top to bottom in a "
        "fresh kernel."
    )
    yield "\n".join(f"- {fact}" for fact in _facts(run, environment))
    results = [f"| {_plain(key)} | {value!r} |" for key, value in sorted(run.metrics.items())]
    if results:
        yield "\n".join(["## Its metrics", "", "| metric | value |", "| --- | --- |", *results])
    items = list(dict.fromkeys(_data_row(each) for each in data))
    if items:
        head = ["## Data it read", "", "| what | size | digest or time |", "| --- | --- | --- |"]
        yield "\n".join([*head, *items])
    packages = _packages(environment)
    if packages:
        yield "\n".join(["## Packages", "", "```", *packages, "```"])
    if gaps:
        yield "\n".join(["## What could not be seen", "", *(f"- {gap}" for gap in gaps)])


def _title(run: Run) -> str:
    name = run.name or (run.notebook_path or run.experiment_name or run.kernel_name)
    count = "" if run.execution_count is None else f", run [{run.execution_count}]"
    return f"{name}{count}"


def _facts(run: Run, environment: Environment | None) -> Iterable[str]:
    yield f"Run: `{_in_ticks(run.id)}`, ended as {run.status.value}"
    yield f"Kernel: {_plain(run.kernel_name)}"
    if environment is None:
        yield "Environment: not recorded"
        return
    if environment.python:
        yield f"Python: {_plain(environment.python)}"
    yield f"Platform: {_plain(environment.platform)}"
    commit = commit_of(environment.git)
    if environment.git is not None and commit is not None:
        branch = f" on {_plain(environment.git.branch)}" if environment.git.branch else ""
        dirty = ", with uncommitted changes" if environment.git.dirty else ""
        yield f"Git commit: `{_in_ticks(environment.git.commit or '')}`{branch}{dirty}"


def _packages(environment: Environment | None) -> list[str]:
    """Return the packages that were loaded, or all if that was not seen, as pip takes them."""
    if environment is None:
        return []
    versions = environment.packages
    names = [name for name in environment.loaded if name in versions] or list(versions)
    return [_in_ticks(f"{name}=={versions[name]}") for name in sorted(names)]


def _data_row(each: LineageData) -> str:
    item = each.item
    size = "" if item.size_bytes is None else f"{item.size_bytes:,} bytes"
    state = _plain(item.digest or item.modified_at or "")
    return f"| {_plain(item.name)} | {size} | {state} |"


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    return re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", " ".join(text.split()))


def _in_ticks(text: str) -> str:
    """Return text that stays between backticks, in one line."""
    return " ".join(text.replace("`", "'").split())


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]
