"""Paths between the store and the file browser, on both kinds of machine."""

from __future__ import annotations

import ntpath
import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.services.contents_paths import ContentsPaths

POSIX = ContentsPaths("/home/ana/work", posixpath)
WINDOWS = ContentsPaths("C:\\Users\\Ana\\work", ntpath)
SHARE = ContentsPaths("\\\\host\\share\\work", ntpath)
REMOTE = ContentsPaths(None)


@pytest.mark.parametrize(
    ("paths", "contents", "stored"),
    [
        (POSIX, "train.ipynb", "/home/ana/work/train.ipynb"),
        (POSIX, "a b/ü.ipynb", "/home/ana/work/a b/ü.ipynb"),
        (POSIX, "back\\slash.ipynb", "/home/ana/work/back\\slash.ipynb"),
        (POSIX, "..hidden/x.ipynb", "/home/ana/work/..hidden/x.ipynb"),
        (WINDOWS, "train.ipynb", "C:\\Users\\Ana\\work\\train.ipynb"),
        (WINDOWS, "deep/er/x.ipynb", "C:\\Users\\Ana\\work\\deep\\er\\x.ipynb"),
        (ContentsPaths("/", posixpath), "etc/x.ipynb", "/etc/x.ipynb"),
        (ContentsPaths("C:\\", ntpath), "x.ipynb", "C:\\x.ipynb"),
        (
            ContentsPaths("\\\\host\\share\\work", ntpath),
            "x.ipynb",
            "\\\\host\\share\\work\\x.ipynb",
        ),
        (REMOTE, "bucket/train.ipynb", "bucket/train.ipynb"),
    ],
)
def test_a_path_below_the_root_goes_both_ways(
    paths: ContentsPaths, contents: str, stored: str
) -> None:
    assert paths.to_stored(contents) == stored
    assert paths.to_contents(stored) == contents
    assert paths.is_inside(stored)


@pytest.mark.parametrize(
    ("paths", "stored"),
    [
        (POSIX, "/home/ana/other/x.ipynb"),
        (POSIX, "/home/ana/workbench/x.ipynb"),
        (POSIX, "/home/ana/work/../secret/x.ipynb"),
        (WINDOWS, "D:\\x.ipynb"),
        (WINDOWS, "C:\\Users\\Ana\\workbench\\x.ipynb"),
        (WINDOWS, "\\\\host\\share\\x.ipynb"),
    ],
)
def test_a_path_outside_the_root_stays_as_it_is(paths: ContentsPaths, stored: str) -> None:
    assert paths.to_contents(stored) == stored
    assert not paths.is_inside(stored)


def test_a_leading_slash_is_the_root_of_the_file_browser() -> None:
    assert POSIX.to_stored("/train.ipynb") == "/home/ana/work/train.ipynb"
    assert REMOTE.to_stored("/train.ipynb") == "train.ipynb"


def test_an_absolute_path_that_we_gave_out_comes_back_as_itself(tmp_path) -> None:
    outside = tmp_path / "x.ipynb"
    outside.touch()
    paths = ContentsPaths(str(tmp_path / "root"), posixpath)
    assert paths.to_stored(paths.to_contents(str(outside))) == str(outside)
    assert WINDOWS.to_stored("D:\\x.ipynb") == "D:\\x.ipynb"


def test_windows_does_not_mind_the_case_of_a_path() -> None:
    assert WINDOWS.to_contents("c:\\users\\ANA\\Work\\Train.ipynb") == "Train.ipynb"


def test_what_is_no_path_stays_as_it_is() -> None:
    assert POSIX.to_contents("python3") == "python3"


NAMES = st.text(
    st.characters(blacklist_characters='/\\:*?"<>|\0', blacklist_categories=("Cs",)), min_size=1
).filter(lambda name: name.strip(". ") == name)


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_any_contents_path_comes_back(parts: list[str]) -> None:
    contents = "/".join(parts)
    for paths in (POSIX, WINDOWS, REMOTE):
        assert paths.to_contents(paths.to_stored(contents)) == contents
