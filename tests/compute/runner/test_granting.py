"""Grants: each item is had once, by the kernel or by who takes it back, whoever is quicker."""

from __future__ import annotations

import json
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsinfra_jlab.compute.runner.granting import Grants

GRANT = struct.Struct("<i")
LIMIT_S = 60.0


@pytest.fixture
def grants(tmp_path: Path) -> Iterator[Grants]:
    made = Grants(str(tmp_path))
    yield made
    made.close()
    assert list(tmp_path.iterdir()) == []


def read_all(path: str, found: list[int]) -> None:
    """Take what is granted to its end, as a kernel does."""
    pipe = os.open(path, os.O_RDONLY)
    try:
        while len(data := os.read(pipe, GRANT.size)) == GRANT.size:
            (number,) = GRANT.unpack(data)
            if number < 0:
                return
            found.append(number)
    finally:
        os.close(pipe)


def note(grants: Grants, **said: object) -> None:
    with Path(grants.record).open("a") as file:
        file.write(json.dumps(said) + "\n")


def test_each_is_had_once_by_one_of_two(grants: Grants) -> None:
    begun: list[int] = []
    kernel = threading.Thread(target=read_all, args=(grants.path, begun), daemon=True)
    grants.give(range(1_000))
    kernel.start()
    taken = [each for n in range(0, 1_000, 7) for each in grants.take_back([n, n + 1])]
    grants.end()
    kernel.join(LIMIT_S)
    assert not kernel.is_alive()
    assert sorted([*begun, *taken]) == list(range(1_000))
    assert begun == sorted(begun)
    assert grants.take_back() == []


def test_the_end_stays_behind_what_is_taken_back(grants: Grants) -> None:
    grants.give(range(5))
    grants.end()
    assert grants.take_back([3, 1, 9]) == [1, 3]
    begun: list[int] = []
    read_all(grants.path, begun)
    assert begun == [0, 2, 4]


def test_which_is_at_work_is_known_from_what_the_kernel_leaves(grants: Grants) -> None:
    grants.give(range(3))
    assert grants.at_work() is None
    assert not grants.is_last(0)
    pipe = os.open(grants.path, os.O_RDONLY)
    assert GRANT.unpack(os.read(pipe, 4)) == (0,)
    note(grants, n=0, at=1.0, count=1)
    assert grants.at_work() == 0
    assert not grants.is_last(0)  # another one may begin at any moment
    assert grants.take_back() == [1, 2]
    assert grants.is_last(0)
    note(grants, n=0, has_ended=True)
    assert grants.at_work() is None
    assert not grants.is_last(0)
    assert grants.begun[0]["at"] == 1.0
    os.close(pipe)


def test_half_a_line_is_read_when_it_is_whole(grants: Grants) -> None:
    text = json.dumps({"n": 0, "at": 2.0, "words": "é" * 50_000}) + "\n"
    data = text.encode()
    with Path(grants.record).open("ab", buffering=0) as file:
        file.write(data[: len(data) // 2])
        assert grants.at_work() is None
        file.write(data[len(data) // 2 :])
    assert grants.at_work() == 0
