"""Lists of words as they are easiest to read and extend: one text."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """Give the words of a text.

    >>> words("one two")
    ['one', 'two']
    """
    return text.split()
