"""Memory of GPUs is given to kernels by their processes; others stay without a name."""

from __future__ import annotations

from dataclasses import replace

from dsinfra_jlab.domain.gpu_owners import NOT_TOLD, held_by_kernels, sole_owner, with_owners
from dsinfra_jlab.domain.ids import KernelId
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
    return pid < 1000


def test_processes_of_a_kernel_are_one_owner_and_all_others_another() -> None:
    gpu = with_owners(
        reading((10, 5), (20, 30), (11, 7), (99, 40), (0, 1), (4294967295, 2)),
        KERNELS,
        {A: "a.ipynb"},
    )
    found = [(o.kernel_id, o.notebook_path, o.memory_bytes, o.process_count) for o in gpu.owners]
    assert found == [(B, None, 30, 1), (A, "a.ipynb", 12, 2), (None, None, 43, 3)]
    assert sole_owner(gpu) is None


def test_a_process_in_two_lists_counts_once() -> None:
    gpu = with_owners(reading((10, 5), (10, 8), (10, None)), KERNELS, {})
    assert [(o.memory_bytes, o.process_count) for o in gpu.owners] == [(8, 1)]
    assert sole_owner(gpu) == A
    assert held_by_kernels([reading((10, 5), (10, 8))], KERNELS, seen) == {A: 8, B: 0}


def test_what_the_driver_does_not_tell_is_unknown() -> None:
    silent = replace(reading(), holdings=None)
    gpu = with_owners(silent, KERNELS, {})
    assert gpu.owners == []
    assert gpu.absent == {"owners": NOT_TOLD, "power_w": "The driver does not tell."}
    assert held_by_kernels([silent], KERNELS, seen) == {A: None, B: None}
    empty = replace(silent, sample=replace(GPU, memory_used_bytes=0))
    assert held_by_kernels([empty], KERNELS, seen) == {A: 0, B: 0}


def test_a_number_that_is_none_of_this_machine_may_be_any_kernels() -> None:
    assert held_by_kernels([reading((123_456, 9), (10, 4))], KERNELS, seen) == {A: 4, B: None}
    assert held_by_kernels([reading((99, 9), (10, 4))], KERNELS, seen) == {A: 4, B: 0}


def test_an_amount_that_is_not_told_makes_the_sum_unknown() -> None:
    two = [reading((10, 4)), reading((11, None), (20, 3))]
    assert held_by_kernels(two, KERNELS, seen) == {A: None, B: 3}
    assert with_owners(two[1], KERNELS, {}).owners[1].memory_bytes is None


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
    gpu = with_owners(used, KERNELS, {})
    shares = {owner.kernel_id: owner.util_ratio for owner in gpu.owners}
    assert shares == {A: 0.75, B: None, None: 1.0}
