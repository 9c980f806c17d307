"""Sizes, as people write and read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.sizes import bytes_of, size_in_words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("8 GB", 8 * 10**9),
        ("8gb", 8 * 10**9),
        (" 8g ", 8 * 10**9),
        ("0.1 TB", 10**11),
        ("512 MiB", 512 * 2**20),
        ("1.5Ti", 3 * 2**39),
        ("2 KiB", 2048),
        ("7", 7),
        ("7 B", 7),
    ],
)
def test_a_size_is_read(text: str, count: int) -> None:
    assert bytes_of(text) == count


@pytest.mark.parametrize(
    "text", ["", "GB", "8 GX", "-1 GB", "1e9", "1,5 GB", "8 iB", "8 GBB", "nan", "9" * 30, "50%"]
)
def test_what_is_no_size_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(ValueError, match="is no size; write one such as 8 GB or 512 MiB"):
        bytes_of(text)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (999_499, "999 kB"),
        (999_600, "1 MB"),
        (8_589_934_592, "8.59 GB"),
        (100_000_000, "100 MB"),
        (10**15, "1 PB"),
        (25 * 10**17, "2,500 PB"),
    ],
)
def test_a_size_is_told(count: int, words: str) -> None:
    assert size_in_words(count) == words


@given(st.integers(0, 10**17))
def test_what_is_told_is_read_as_nearly_the_same(count: int) -> None:
    words = size_in_words(count).replace("bytes", "B").replace("byte", "B")
    assert bytes_of(words) == pytest.approx(count, rel=0.006)
