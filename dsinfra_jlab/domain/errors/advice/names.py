"""Advice on names that are missing; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...lineage.cell_bindings import bindings_of
from ..occurrences import Advice, FrameKind
from ..sightings import SeenException
from .case import Case, parts, quoted, text, truth
from .cell_history import NameStory, StoryKind
from .spelling import is_short_for, nearest
from .tables import PYTHON_2_NAMES, USUAL_IMPORTS, WORDS_OF_OTHER_LANGUAGES

_MISSING = re.compile(r"name '([^'\W\d]\w*)' is not defined")
_UNBOUND = re.compile(
    r"(?:cannot access local variable|local variable) '(\w+)' "
    r"(?:where it is not associated with a value|referenced before assignment)"
)


def missing_names(exceptions: Sequence[SeenException]) -> list[str]:
    """Return the names of the notebook that exceptions say are missing.

    A name that is missing in a module, be it the user's, is not one of the notebook.
    """
    found: list[str] = []
    for each in exceptions:
        if each.ename != "NameError" or each.module not in ("", "builtins"):
            continue
        if each.frames and each.frames[-1].kind is not FrameKind.cell:
            continue
        match = _MISSING.match(each.evalue)
        if match is not None and match[1] not in found:
            found.append(match[1])
    return found


def on_missing_names(case: Case) -> Iterator[Advice]:
    """Advise on names that are not defined."""
    if case.ename == "UnboundLocalError":
        yield from _unbound(case)
    for name in missing_names([case.error]):
        later = _bound_later(case, name)
        story = case.stories.get(name)
        if later is not None:
            yield later
        elif story is not None and story.kind is not StoryKind.similar:
            yield _told(story)
        is_untold = later is None and (story is None or story.kind is StoryKind.similar)
        foreign = list(_foreign(name)) if is_untold else []
        yield from foreign or _spelled(case, name, story)
        if is_untold and name in USUAL_IMPORTS:
            yield Advice(
                f"Add `{USUAL_IMPORTS[name]}`.",
                f"No cell defines `{name}`, and this import is where it usually comes from.",
                f"insert_code:{USUAL_IMPORTS[name]}",
            )


def _bound_later(case: Case, name: str) -> Advice | None:
    """Say so if the cell binds the name itself, further down than it is used."""
    found = bindings_of(case.code)
    bound, line = found.lines.get(name), case.line
    if bound is None or line is None or bound <= line:
        return None
    is_top = not case.error.frames or case.error.frames[-1].function in ("", "<module>")
    return (
        Advice(
            f"Move line {bound} of this cell above line {line}: it binds `{name}`.",
            f"`{name}` is used in line {line} and bound for the first time in line {bound}.",
            f"show_cell:{case.cell_id}" if case.cell_id else None,
        )
        if is_top
        else None
    )


def _told(story: NameStory) -> Advice:
    name, cell = f"`{story.name}`", _cell(story)
    line = f", line {story.line}" if story.line else ""
    is_there = story.cell_id is not None and story.is_in_notebook is not False
    run = f"run_cell:{story.cell_id}" if is_there else None
    show = f"show_cell:{story.cell_id}" if is_there else None
    kind = story.kind
    if kind is StoryKind.before_restart:
        below = _below(story)
        return Advice(
            f"Run {cell} again: the kernel has been restarted since it defined {name}{below}.",
            f"{name} was defined in an earlier process of this kernel ({_last(story)}{line}).",
            _run_or_all(story, run),
        )
    if kind is StoryKind.not_run:
        return Advice(
            f"Run the cell that defines {name}{_below(story)}.",
            f"The saved notebook defines {name} in a cell{line} of which no run is known in this "
            "kernel.",
            _run_or_all(story, run),
        )
    if kind is StoryKind.edited:
        return Advice(
            f"Run {cell} again: it defines {name} only since it was edited.",
            f"As it ran ({_last(story)}) it did not define {name}; as saved now it does{line}.",
            run,
        )
    if kind is StoryKind.rewritten:
        return Advice(
            f"Look at {cell}: it defined {name} before it was edited, and no longer does.",
            f"Its last version that defined {name} ran in an earlier process ({_last(story)}).",
            show,
        )
    if kind is StoryKind.deleted:
        return Advice(
            f"Write the definition of {name} again: the cell that defined it has been deleted.",
            f"{name} was defined in an earlier process by a cell ({_last(story)}{line}) that the "
            "saved notebook no longer has.",
            f"insert_code:{story.import_statement}" if story.import_statement else None,
        )
    if kind is StoryKind.failed:
        return Advice(
            f"Repair {cell} first: it failed before it had defined {name}.",
            f"The only cell that defines {name} in this process ({_last(story)}{line}) did not "
            "end well.",
            show,
        )
    return Advice(
        f"Define {name} again: {cell} has deleted it.",
        f"{name} was defined, and then {_last(story)} took it away.",
        show,
    )


def _run_or_all(story: NameStory, run: str | None) -> str | None:
    """Return what to click: after a restart one cell alone rarely helps."""
    if story.is_above and story.cells_to_run_above > 1:
        return "run_above"
    return run


def _cell(story: NameStory) -> str:
    if story.execution_count is not None:
        return f"the cell that ran as [{story.execution_count}]"
    return "the cell that defines it"


def _last(story: NameStory) -> str:
    if story.execution_count is not None:
        return f"the cell that ran as [{story.execution_count}]"
    return "a cell without a number"


def _below(story: NameStory) -> str:
    return ", which stands below this one" if story.is_above is False else ""


def _spelled(case: Case, name: str, story: NameStory | None) -> Iterator[Advice]:
    """Propose a name that is there and much like the missing one."""
    if story is not None and story.kind not in (StoryKind.similar, StoryKind.removed):
        return
    fact = next((f for f in case.facts_on("missing_name") if text(f, "name") == name), None)
    candidates = {text(each, "name"): text(each, "where") for each in parts(fact, "near")}
    found = nearest(name, [each for each in candidates if each])
    if found and candidates[found[0]] == "builtins":
        own = [each for each in candidates if candidates[each] != "builtins"]
        found = [each for each in own if is_short_for(name, each)] or found
    if found:
        where = _WHERE.get(candidates[found[0]], "there")
        are = "is" if len(found) == 1 else "are"
        yield Advice(
            f"Did you mean {_either(found)}?",
            f"`{name}` is not defined; {quoted(found)} {are} {where}.",
        )
    elif fact is None and story is not None and story.kind is StoryKind.similar:
        yield Advice(
            f"Did you mean `{story.similar}`?",
            f"No cell has defined `{name}`; {_last(story)} defined `{story.similar}`.",
            f"show_cell:{story.cell_id}" if story.cell_id and story.is_in_notebook else None,
        )


_WHERE = {
    "namespace": "defined in this notebook",
    "locals": "defined in the function",
    "builtins": "one of Python's own names",
}


def _either(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _foreign(name: str) -> Iterator[Advice]:
    """Say how Python 3 writes a word of another language."""
    if name in WORDS_OF_OTHER_LANGUAGES:
        yield Advice(
            f"Write `{WORDS_OF_OTHER_LANGUAGES[name]}` instead of `{name}`.",
            f"`{name}` is how other languages spell Python's `{WORDS_OF_OTHER_LANGUAGES[name]}`.",
        )
    elif name in PYTHON_2_NAMES:
        yield Advice(
            f"Use {PYTHON_2_NAMES[name]} instead of `{name}`.",
            f"`{name}` was part of Python 2 and is not part of Python 3.",
        )


def _unbound(case: Case) -> Iterator[Advice]:
    match = _UNBOUND.match(case.evalue)
    if match is None:
        return
    name = match[1]
    fact = next((f for f in case.facts_on("unbound_local") if text(f, "name") == name), None)
    if truth(fact, "is_global"):
        yield Advice(
            f"Pass `{name}` to the function as an argument, or declare it `global {name}` in it.",
            f"The function assigns `{name}`, which makes it a local name there; the `{name}` "
            "outside is another one.",
        )
    else:
        yield Advice(
            f"Give `{name}` a value before the function uses it.",
            f"The function binds `{name}` only further down or on a way that was not taken, or has "
            "deleted it.",
        )
