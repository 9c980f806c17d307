"""Memory of GPUs is given to kernels by their processes; others stay without a name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.domain.resources.gpu_files import OpenGpus
from dsinfra_jlab.domain.resources.gpu_owners import (
    ALONE,
    AMOUNT_NOT_TOLD,
    NOT_OURS,
    NOT_TOLD,
    SHARED,
    Held,
    Whereabouts,
    held_by_kernels,
    needs_files,
    sole_owner,
    with_owners,
)
from dsinfra_jlab.domain.resources.samples import GpuHolding, GpuReading, GpuSample

A, B = KernelId("a"), KernelId("b")
KERNELS = {10: A, 11: A, 20: B}
GPU = GpuSample(
    uuid="GPU-1",
    index=0,
    name="A100",
    parent_uuid=None,
    util_ratio=0.5,
    memory_used_bytes=100,
    memory_total_bytes=1000,
    temperature_c=None,
    power_w=None,
    power_limit_w=None,
    energy_j=None,
    owners=[],
    absent={"power_w": "The driver does not tell."},
)


def reading(*holdings: tuple[int, int | None]) -> GpuReading:
    return GpuReading(GPU, tuple(GpuHolding(*holding) for holding in holdings))


def seen(pid: int) -> bool:
    return 0 < pid < 1000


KNOWN = Whereabouts(KERNELS, seen)
CONTAINER = Whereabouts(KERNELS, seen, is_first_count=False)


def held(*readings: GpuReading, known: Whereabouts = KNOWN) -> dict[KernelId, Held]:
    return held_by_kernels(readings, known, (A, B))


def amounts(*readings: GpuReading) -> dict[KernelId, int | None]:
    return {id_: each.bytes for id_, each in held(*readings).items()}


def opened(a: int | None = 0, b: int | None = 0) -> Whereabouts:
    """Return a container in which so many processes of the kernels have file 3 open."""
    files = {A: None if a is None else {3: a}, B: None if b is None else {3: b}}
    return replace(CONTAINER, files=OpenGpus(frozenset({3}), files))


def nameless(*holdings: tuple[int, int | None]) -> GpuReading:
    return replace(reading(*holdings), minor=3)


def owners_of(gpu: GpuSample) -> list[tuple[KernelId | None, int | None, int | None, int, bool]]:
    return [
        (o.kernel_id, o.memory_bytes, o.memory_at_most_bytes, o.process_count, o.is_by_file)
        for o in gpu.owners
    ]


def test_processes_of_a_kernel_are_one_owner_and_all_others_another() -> None:
    gpu = with_owners(
        reading((10, 5), (20, 30), (11, 7), (99, 40), (0, 1), (4294967295, 2)),
        KNOWN,
        {A: "a.ipynb"},
    )
    found = [(o.kernel_id, o.notebook_path, o.memory_bytes, o.process_count) for o in gpu.owners]
    assert found == [(B, None, 30, 1), (A, "a.ipynb", 12, 2), (None, None, 43, 3)]
    assert sole_owner(gpu) is None


def test_a_process_in_two_lists_counts_once() -> None:
    gpu = with_owners(reading((10, 5), (10, 8), (10, None)), KNOWN, {})
    assert [(o.memory_bytes, o.process_count) for o in gpu.owners] == [(8, 1)]
    assert sole_owner(gpu) == A
    assert amounts(reading((10, 5), (10, 8))) == {A: 8, B: 0}


def test_what_the_driver_does_not_tell_is_unknown() -> None:
    silent = replace(reading(), holdings=None)
    gpu = with_owners(silent, KNOWN, {})
    assert gpu.owners == []
    assert gpu.absent == {"owners": NOT_TOLD, "power_w": "The driver does not tell."}
    assert held(silent) == {A: Held(None, None, NOT_TOLD), B: Held(None, None, NOT_TOLD)}
    barred = replace(silent, sample=replace(GPU, absent={"owners": "It may not be read."}))
    assert with_owners(barred, KNOWN, {}).absent["owners"] == f"{NOT_TOLD} It may not be read."
    empty = replace(silent, sample=replace(GPU, memory_used_bytes=0))
    assert amounts(empty) == {A: 0, B: 0}


def test_a_number_that_is_none_of_this_machine_may_be_any_kernels() -> None:
    assert amounts(reading((123_456, 9), (10, 4))) == {A: 4, B: None}
    assert amounts(reading((99, 9), (10, 4))) == {A: 4, B: 0}


def test_an_amount_that_is_not_told_makes_the_sum_unknown() -> None:
    two = [reading((10, 4)), reading((11, None), (20, 3))]
    assert held(*two) == {A: Held(None, None, AMOUNT_NOT_TOLD), B: Held(3)}
    assert with_owners(two[1], KNOWN, {}).owners[1].memory_bytes is None


def test_how_much_a_kernel_used_a_gpu_is_the_sum_of_its_processes() -> None:
    used = GpuReading(
        GPU,
        (
            GpuHolding(10, 5, 0.25),
            GpuHolding(11, 7, 0.5),
            GpuHolding(20, 30, None),
            GpuHolding(99, 1, 0.7),
            GpuHolding(98, 1, 0.6),
        ),
    )
    gpu = with_owners(used, KNOWN, {})
    shares = {owner.kernel_id: owner.util_ratio for owner in gpu.owners}
    assert shares == {A: 0.75, B: None, None: 1.0}


# Where the driver does not name the processes of this machine

NAMELESS = (None, (), ((123_456, 60), (123_457, 20)), ((0, 80),))
"""What drivers list in containers: they refuse, an empty list, numbers of another count, and 0."""


def untold(listed: tuple[tuple[int, int], ...] | None) -> GpuReading:
    return replace(nameless(), holdings=None) if listed is None else nameless(*listed)


@pytest.mark.parametrize("listed", NAMELESS)
def test_a_kernel_that_alone_has_a_gpu_open_holds_at_most_what_is_in_use(
    listed: tuple[tuple[int, int], ...] | None,
) -> None:
    most = 80 if listed else 100
    gpu = with_owners(untold(listed), opened(a=2), {A: "a.ipynb"})
    assert owners_of(gpu) == [(A, None, most, 2, True)]
    assert gpu.owners[0].notebook_path == "a.ipynb"
    assert gpu.absent["owners"] == ALONE
    assert sole_owner(gpu) is None, "others may use it unseen"
    assert held(untold(listed), known=opened(a=2)) == {A: Held(None, most, ALONE), B: Held(0)}


@pytest.mark.parametrize("listed", NAMELESS)
def test_kernels_that_have_a_gpu_open_together_have_names_and_no_numbers(
    listed: tuple[tuple[int, int], ...] | None,
) -> None:
    gpu = with_owners(untold(listed), opened(a=1, b=3), {})
    assert owners_of(gpu) == [(A, None, None, 1, True), (B, None, None, 3, True)]
    assert gpu.absent["owners"] == SHARED
    unknown = Held(None, None, SHARED)
    assert held(untold(listed), known=opened(a=1, b=3)) == {A: unknown, B: unknown}


@pytest.mark.parametrize("listed", NAMELESS)
def test_who_does_not_have_a_gpu_open_holds_nothing_of_it(
    listed: tuple[tuple[int, int], ...] | None,
) -> None:
    gpu = with_owners(untold(listed), opened(), {})
    others = [(None, sum(size for _, size in listed), None, len(listed), False)] if listed else []
    assert owners_of(gpu) == others
    assert gpu.absent.get("owners") == (None if listed else NOT_OURS)
    assert held(untold(listed), known=opened()) == {A: Held(0), B: Held(0)}


@pytest.mark.parametrize("listed", NAMELESS)
@pytest.mark.parametrize(
    "known",
    [CONTAINER, opened(a=1, b=None), replace(CONTAINER, files=OpenGpus(frozenset({0}), {A: {}}))],
    ids=["not looked at", "unreadable kernel", "no such file"],
)
def test_files_that_cannot_be_read_tell_nothing(
    known: Whereabouts, listed: tuple[tuple[int, int], ...] | None
) -> None:
    gpu = with_owners(untold(listed), known, {})
    assert {owner.kernel_id for owner in gpu.owners} <= {None}
    unknown = Held(None, None, NOT_TOLD)
    assert held(untold(listed), known=known) == {A: unknown, B: unknown}


def test_an_empty_list_means_nobody_where_the_driver_counts_as_we_do() -> None:
    known = replace(opened(a=1), is_first_count=True)
    assert not needs_files(nameless(), known)
    assert with_owners(nameless(), known, {}).owners == []
    assert held(nameless(), known=known) == {A: Held(0), B: Held(0)}
    assert needs_files(nameless(), CONTAINER)
    idle = replace(nameless(), sample=replace(GPU, memory_used_bytes=0))
    assert not needs_files(idle, CONTAINER)


def test_files_are_not_asked_where_the_driver_names_who_is_there() -> None:
    told = nameless((10, 5), (99, 40))
    assert not needs_files(told, CONTAINER)
    assert held(told, known=opened(b=1)) == {A: Held(5), B: Held(0)}


def test_beside_a_kernel_that_the_driver_names_nobody_is_alone() -> None:
    mixed = nameless((10, 5), (123_456, 60))
    gpu = with_owners(mixed, opened(a=1, b=1), {})
    assert owners_of(gpu) == [(A, 5, None, 1, False), (B, None, None, 1, True)]
    assert held(mixed, known=opened(a=1, b=1)) == {A: Held(5), B: Held(None, None, SHARED)}


def test_instances_of_a_divided_gpu_have_no_file_that_tells() -> None:
    parent = nameless()
    parent = replace(parent, sample=replace(GPU, absent={"owners": "With its instances."}))
    instance = replace(nameless((123_456, 60)), minor=None)
    assert not needs_files(parent, CONTAINER)
    assert held(parent, instance, known=opened(a=1))[A] == Held(None, None, NOT_TOLD)


def test_a_gpu_without_memory_of_its_own_sets_no_bound() -> None:
    unified = replace(untold(None), sample=replace(GPU, memory_used_bytes=None))
    gpu = with_owners(unified, opened(a=1), {})
    assert owners_of(gpu) == [(A, None, None, 1, True)]
    assert gpu.absent["owners"] == ALONE
    assert held(unified, known=opened(a=1))[A] == Held(None, None, ALONE)


def test_a_gpu_that_cannot_be_read_says_why() -> None:
    lost = replace(
        untold(None), sample=replace(GPU, memory_used_bytes=None, absent={"device": "L"})
    )
    assert held(replace(lost, minor=None), known=opened(a=1))[A] == Held(None, None, "L")


sizes = st.integers(0, 50)
holdings = st.one_of(
    st.none(),
    st.lists(st.tuples(st.sampled_from([0, 10, 11, 20, 99, 5_000, 5_001]), sizes), max_size=5),
)
counts = st.one_of(st.none(), st.integers(0, 2))


@given(st.lists(st.tuples(holdings, st.sampled_from([3, None])), max_size=3), counts, counts)
def test_no_kernel_is_said_to_hold_more_or_less_than_can_be(
    gpus: list[tuple[list[tuple[int, int]] | None, int | None]], a: int | None, b: int | None
) -> None:
    """Whatever the driver lists: a bound is one, and nothing that may be there is called 0."""
    known = opened(a, b)
    readings = [
        GpuReading(
            GPU, None if given is None else tuple(GpuHolding(*each) for each in given), minor
        )
        for given, minor in gpus
    ]
    for kernel_id, found in held(*readings, known=known).items():
        assert (found.bytes is None) == bool(found.absent)
        assert found.at_most is None or found.bytes is None
        if found.at_most is not None:
            assert found.at_most <= 100 * len(readings) + 50 * 5
        opens = known.files is not None and known.files.opened[kernel_id]
        if opens is None or opens == {3: 0}:
            continue
        doubtful = [each for each in readings if needs_files(each, known)]
        named = any(h.pid in KERNELS for each in readings for h in each.holdings or ())
        if doubtful and not named:
            assert found.bytes is None, "it may hold memory there"
