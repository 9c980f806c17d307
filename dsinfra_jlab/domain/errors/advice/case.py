"""What rules of advice look at, and how they read facts, which are a kernel's claims; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ...ids import CellId
from ..occurrences import Advice, Category, FrameKind
from ..sightings import Fact, SeenException
from .cell_history import NameStory


@dataclass(frozen=True, slots=True)
class Case:
    """An error to be advised on."""

    error: SeenException
    """The one that matters: the exception inside a carrier."""
    exceptions: tuple[SeenException, ...]
    category: Category
    facts: tuple[Fact, ...] = ()
    stories: Mapping[str, NameStory] = field(default_factory=dict)
    code: str = ""
    cell_id: CellId | None = None

    @property
    def ename(self) -> str:
        """The class of the error, without module."""
        return self.error.ename.rpartition(".")[2]

    @property
    def evalue(self) -> str:
        """The message."""
        return self.error.evalue

    @property
    def package(self) -> str:
        """Top package of the class, empty if not known."""
        return self.error.module.partition(".")[0]

    @property
    def statement(self) -> str:
        """The innermost statement of the user's that was running; empty if not known."""
        for frame in reversed(self.error.frames):
            if frame.kind is not FrameKind.library and frame.source:
                return frame.source
        return ""

    @property
    def line(self) -> int | None:
        """The line of the cell, if it is the cell itself that failed."""
        frames = [each for each in self.error.frames if each.kind is not FrameKind.library]
        if frames and frames[-1].kind is FrameKind.cell:
            return frames[-1].line
        return None

    @property
    def is_in_users_code(self) -> bool:
        """Whether the innermost frame is not known to be a library's."""
        return not self.error.frames or self.error.frames[-1].kind is not FrameKind.library

    @property
    def is_of_a_worker(self) -> bool:
        """Whether it was raised in a process of a cluster, and only shown here."""
        return not self.libraries.isdisjoint(("distributed", "ray"))

    @property
    def libraries(self) -> frozenset[str]:
        """Top packages of the library frames."""
        return frozenset(
            frame.module.partition(".")[0]
            for frame in self.error.frames
            if frame.kind is FrameKind.library
        )

    def facts_on(self, topic: str) -> list[Fact]:
        """Return the facts of one topic."""
        return [fact for fact in self.facts if fact.get("topic") == topic]

    def fact(self, topic: str) -> Fact | None:
        """Return the first fact of a topic."""
        found = self.facts_on(topic)
        return found[0] if found else None


Rule = Callable[[Case], Iterable[Advice]]


def text(fact: Fact | None, key: str) -> str:
    """Return a text of a fact; empty if it has none."""
    found = fact.get(key) if fact is not None else None
    return found if isinstance(found, str) else ""


def number(fact: Fact | None, key: str) -> int | None:
    """Return a whole number of a fact."""
    found = fact.get(key) if fact is not None else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def truth(fact: Fact | None, key: str) -> bool:
    """Return whether a fact says so; what it does not say is not so."""
    return fact is not None and fact.get(key) is True


def texts(fact: Fact | None, key: str) -> list[str]:
    """Return the texts in a list of a fact."""
    found = fact.get(key) if fact is not None else None
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def parts(fact: Fact | None, key: str) -> list[Fact]:
    """Return the objects in a list of a fact."""
    found = fact.get(key) if fact is not None else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def quoted(names: Iterable[str], most: int = 5) -> str:
    """Return names as prose has them: ``a``, ``b`` and 3 more."""
    given = list(names)
    shown = [f"`{name}`" for name in given[:most]]
    if len(given) > most:
        shown.append(f"{len(given) - most:,} more")
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def article(word: str) -> str:
    """Return a word with its indefinite article."""
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def counted(count: int, word: str, plural: str = "") -> str:
    """Return a number of things in words: ``1 row``, ``1,000 rows``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {plural or word + 's'}"
