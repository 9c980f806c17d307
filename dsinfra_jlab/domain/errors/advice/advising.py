"""What may help after an error, made of what was seen; deterministic, and pure.

A rule speaks only where its evidence leaves no other reading: no advice is better than a wrong one.
Evidence is the text of the error, what the history of cells says of missing names, and facts.
Facts are found in the kernel by ``kernel/facts.py``, at the innermost statement of the user's. They
hold names, types, shapes and counts, and values of data only if the user said so. ``expression`` is
code of the statement; ``near`` are names that are roughly alike, of which ``spelling`` keeps the
likely ones. What could not be seen is absent.

======================  ==========================================================================
topic                   fields
======================  ==========================================================================
``missing_name``        ``name``, ``near``: ``[{"name", "where"}]``, ``where`` being ``namespace``,
                        ``locals`` or ``builtins``
``unbound_local``       ``name``, ``is_global``
``missing_attribute``   ``attribute``, ``owner`` (type), ``expression``, ``near``,
                        ``columns_near``, ``dtype``, ``is_class``; of modules ``module``,
                        ``shadow`` (a file of the user's that hides one), ``in_member`` (its class
                        of the same name has it); of None ``from_call``, ``in_place``
``missing_key``         ``container`` (type), ``expression``, ``key``, ``key_type``, ``count``,
                        ``near``, ``other_type`` (the key is there as ``int`` or ``str``),
                        ``columns``, ``in_index``
``merge_key``           ``key``, ``sides`` (tables that lack it)
``index``               ``expression``, ``type``, ``length``, ``index``, ``over`` (its variable)
``operands``            ``operation``, ``operands``: ``[{"expression", "type", "shape", "length",
                        "dtype", "device", "constant"}]``; a second fact means that either may
                        have failed
``lengths``             ``table``, ``rows``, ``columns``, ``expression``, ``given``
``features``            ``estimator``, ``expected``, ``missing``, ``unexpected``, ``same_names``
``ragged``              ``expression``, ``row``, ``first``, ``length`` (null: it is no list)
``not_fitted``          ``estimator``, ``expression``, ``method``, ``inner`` (the part of it)
``conversion``          ``expression``, ``target``, ``position``, ``label``, ``column``, ``kind``
                        (what the text looks like), ``count`` (null: not all were seen),
                        ``rows``, ``value`` (only if values may be told)
``text_columns``        ``expression``, ``columns``, ``count``
``nulls``               ``expression``, ``type``, ``rows``, ``count``,
                        ``columns``: ``[{"name", "missing", "infinite"}]``
``merge``               ``key``, ``left``, ``right``, ``left_dtype``, ``right_dtype``
``arguments``           ``function``, ``parameters``, ``keyword_only`` (of them), ``is_bound``,
                        ``first``, ``unexpected``, ``near``
``not_callable``        ``expression``, ``type``, ``hides_builtin``, ``is_table``, ``module``,
                        ``member`` (of the same name)
``subscripted``         ``expression``, ``type``, ``index_type``, ``item_type``, ``is_json``
``unpacking``           ``expression``, ``type``, ``length``, ``targets``, ``is_loop``
``pickled``, ``json``   ``type``, ``paths`` (expressions that hold one)
``json_text``           ``kind``: ``empty``, ``html``, ``lines``, ``quotes``, ``other``
``missing_module``      ``module``, ``top_is_installed``, ``near``, ``shadow``, ``elsewhere``,
                        ``cwd``, ``interpreter``
``missing_member``      ``module``, ``name``, ``near``, ``is_circular``, ``shadow``, ``version``
``missing_file``        ``path``, ``cwd``, ``folder``, ``folder_exists``, ``missing_folder``,
                        ``near``, ``other_ending``, ``elsewhere``, ``is_home``, ``home_exists``,
                        ``is_program`` (it was to be run)
``encoding``            ``codec``, ``position``, ``starts_like`` (a known beginning)
``connection``          ``host``, ``port``
``memory``              ``on_device``, ``names``: ``[{"name", "type", "bytes"}]``
======================  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import limits
from ..occurrences import Advice, Category
from ..sightings import SeenException, Sighting
from .apis import on_removed_apis
from .calls import (
    on_arguments,
    on_calls,
    on_items,
    on_operands,
    on_pickling,
    on_recursion,
    on_unpacking,
)
from .case import Case, Rule
from .cell_history import NameStory, flags_of
from .lookup import on_coroutines, on_indexes, on_missing_attributes, on_missing_keys
from .machine import on_devices, on_disks, on_memory
from .names import missing_names, on_missing_names
from .outside import on_files, on_magics, on_modules, on_optional_packages, on_programs, on_texts
from .said import on_what_it_says
from .servers import on_answers, on_connections, on_credentials, on_databases
from .shapes import on_features, on_lengths, on_not_fitted, on_shapes
from .values import (
    on_conversions,
    on_json,
    on_matrices,
    on_merges,
    on_missing_values,
    on_text_columns,
)

__all__ = ["advise", "diagnosis_of", "flags_of", "missing_names"]

_RULES: tuple[Rule, ...] = (
    on_missing_names,
    on_removed_apis,
    on_missing_attributes,
    on_missing_keys,
    on_indexes,
    on_modules,
    on_optional_packages,
    on_files,
    on_programs,
    on_texts,
    on_magics,
    on_devices,
    on_memory,
    on_disks,
    on_connections,
    on_answers,
    on_credentials,
    on_databases,
    on_shapes,
    on_lengths,
    on_features,
    on_not_fitted,
    on_recursion,
    on_matrices,
    on_conversions,
    on_text_columns,
    on_missing_values,
    on_merges,
    on_json,
    on_arguments,
    on_calls,
    on_items,
    on_unpacking,
    on_operands,
    on_pickling,
    on_coroutines,
    on_what_it_says,
)
"""In the order in which what they say is shown."""


def advise(
    sighting: Sighting,
    exceptions: Sequence[SeenException],
    inner: int,
    category: Category,
) -> list[Advice]:
    """Return what may help, the best first; nothing if nothing is certain enough."""
    if not exceptions or not _is_python(sighting):
        return []
    case = Case(
        error=exceptions[inner if 0 <= inner < len(exceptions) else 0],
        exceptions=tuple(exceptions),
        category=category,
        facts=tuple(sighting.seen.facts) if sighting.seen is not None else (),
        stories={k: v for k, v in sighting.names.items() if isinstance(v, NameStory)},
        code=sighting.code,
        cell_id=sighting.cell_id,
    )
    found: dict[str, Advice] = {}
    for rule in _RULES:
        for each in rule(case):
            found.setdefault(each.text, each)
    return list(found.values())[: limits.ADVICE_MAX]


def _is_python(sighting: Sighting) -> bool:
    return sighting.language is None or sighting.language.lower() in ("python", "ipython")


def diagnosis_of(
    advice: Sequence[Advice],
    exceptions: Sequence[SeenException],
    inner: int = 0,
    category: Category = Category.unknown,
    *,
    death: str | None = None,
) -> str:
    """Return one sentence on an error: how the kernel died, the first advice, or what is known."""
    if death:
        return _cut(death)
    if advice:
        return _cut(advice[0].text)
    if not exceptions:
        return ""
    error = exceptions[inner if 0 <= inner < len(exceptions) else 0]
    first = next((line.strip() for line in error.evalue.splitlines() if line.strip()), "")
    return _cut(f"{error.ename}: {first}" if first and error.ename else first or error.ename)


def _cut(sentence: str) -> str:
    line = " ".join(sentence.split())
    most = limits.DIAGNOSIS_MAX_CHARS
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
