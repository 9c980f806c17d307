"""Which of some words was probably meant by one that is not among them; pure."""

from __future__ import annotations

from collections.abc import Iterable

from .. import limits


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """Return the words that ``word`` was probably meant for, the likeliest first.

    A word that differs in case, blanks or underscores only is always likely. Otherwise one slip of
    the keyboard is allowed for every four characters, so that ``x`` is never taken for ``y``.
    """
    if not word or len(word) > limits.SPELLING_MAX_CHARS:
        return []
    plain = _plain(word)
    ranked: list[tuple[int, int, str]] = []
    for order, each in enumerate(dict.fromkeys(known)):
        if each == word or not each or len(each) > limits.SPELLING_MAX_CHARS:
            continue
        if plain and _plain(each) == plain:
            ranked.append((0, order, each))
            continue
        allowed = max(len(word), len(each)) // 4
        slips = distance(word.strip().lower(), each.strip().lower(), allowed) if allowed else 1
        if slips <= allowed:
            ranked.append((slips, order, each))
    ranked.sort()
    return [each for _, _, each in ranked[: limits.SPELLINGS_MAX]]


def _plain(word: str) -> str:
    return "".join(char for char in word.lower() if char not in "_- \t\n\ufeff\xa0")


def is_short_for(word: str, known: str) -> bool:
    """Whether a word is a longer one with letters left out, as ``vals`` is of ``values``."""
    letters = iter(known.lower())
    is_in_order = all(char in letters for char in word.lower())
    return 3 <= len(word) < len(known) and word[0].lower() == known[0].lower() and is_in_order


def distance(one: str, other: str, most: int) -> int:
    """Return how many letters must be added, removed, changed or swapped with the next one.

    Counting ends above ``most``.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, char in enumerate(one, 1):
        older, before, row = before, row, [place]
        for at, opposite in enumerate(other, 1):
            least = min(
                before[at] + 1, row[at - 1] + 1, before[at - 1] + (0 if char == opposite else 1)
            )
            swapped = place > 1 and at > 1 and char == other[at - 2] and one[place - 2] == opposite
            if swapped:
                least = min(least, older[at - 2] + 1)
            row.append(least)
        if min(row) > most:
            return most + 1
    return row[-1]
