"""Each alert is raised once, says who is to blame, and is over when its cause is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.domain.resources.alerts import AlertBook, alert_id, mute_name
from dsinfra_jlab.domain.resources.samples import (
    AlertKind,
    GpuOwner,
    GpuSlowdown,
    KernelState,
    Snapshot,
)

from ..snapshots import GB, START, gpu, host, kernel, snapshot

Machine = Callable[[float], Snapshot]


def kinds(book: AlertBook) -> set[AlertKind]:
    return {alert.kind for alert in book.standing().values()}


def played(book: AlertBook, machine: Machine, seconds: Iterable[float]) -> list[tuple[float, str]]:
    """Return when which kind of alert was raised (``+``) or over (``-``)."""
    told, before = [], set(book.standing())
    names = {id: alert.kind.value for id, alert in book.standing().items()}
    for second in seconds:
        changed = book.look(machine(second))
        names |= {id: alert.kind.value for id, alert in book.standing().items()}
        now = set(book.standing())
        assert changed == before ^ now
        told += [(second, f"+{names[id]}") for id in sorted(now - before)]
        told += [(second, f"-{names[id]}") for id in sorted(before - now)]
        before = now
    return told


def memory(used: float) -> Machine:
    return lambda second: snapshot(second, host(used), (kernel("big", "r1"), kernel("small")))


def test_high_memory_is_told_once_after_five_seconds_and_lingers_at_the_threshold() -> None:
    book = AlertBook()
    assert played(book, memory(13.7), range(5)) == []
    assert played(book, memory(13.7), range(5, 8)) == [(5, "+memory_high")]

    def swaying(second: float) -> Snapshot:
        return memory(13.7 if second % 2 else 13.0)(second)

    assert played(book, swaying, range(8, 200)) == []
    assert played(book, memory(4.0), range(200, 215)) == [(209, "-memory_high")]


@pytest.mark.parametrize(
    ("raised", "between", "over", "kind"),
    [(13.9, 13.2, 12.6, "memory_high"), (15.4, 14.9, 14.0, "memory_critical")],
)
def test_what_was_raised_is_over_only_well_below_where_it_began(
    raised: float, between: float, over: float, kind: str
) -> None:
    book = AlertBook()
    assert f"+{kind}" in [what for _, what in played(book, memory(raised), range(6))]
    assert f"-{kind}" not in [what for _, what in played(book, memory(between), range(6, 100))]
    assert f"-{kind}" in [what for _, what in played(book, memory(over), range(100, 120))]


def test_a_spike_of_four_seconds_raises_nothing() -> None:
    book = AlertBook()
    for start in range(0, 100, 10):
        assert played(book, memory(14.0), range(start, start + 4)) == []
        assert played(book, memory(4.0), range(start + 4, start + 10)) == []


def test_critical_memory_is_told_at_once_and_takes_the_place_of_high() -> None:
    book = AlertBook()
    played(book, memory(14.0), range(10))
    assert played(book, memory(15.5), range(10, 12)) == [
        (10, "+memory_critical"), (10, "-memory_high"),
    ]  # fmt: skip
    (alert,) = book.standing().values()
    assert alert.is_critical
    assert (alert.subject, alert.kernel_id, alert.run_id) == ("host", "big", "r1")
    assert "15.5 GB of 16.0 GB" in alert.text
    assert "big.ipynb" in alert.text


def test_memory_that_will_be_full_within_a_minute_is_high() -> None:
    def machine(second: float) -> Snapshot:
        return replace(memory(5.0)(second), memory_full_in_s=40.0)

    book = AlertBook()
    assert played(book, machine, range(7)) == [(5, "+memory_high")]
    (alert,) = book.standing().values()
    assert "full in 40 s" in alert.text


def test_a_full_gpu_is_told_while_a_cell_runs_on_it_and_others_have_no_names() -> None:
    def machine(second: float) -> Snapshot:
        card = gpu(79.0, owners={"k1": 60.0, None: 19.0})
        return snapshot(second, host(), (kernel("k1", "r1"),), (card,))

    def resting(second: float) -> Snapshot:
        return replace(machine(second), kernels=[kernel("k1")])

    book = AlertBook()
    assert played(book, resting, range(10)) == []
    assert played(book, machine, range(10, 20)) == [(15, "+gpu_memory_full")]
    (alert,) = book.standing().values()
    assert "k1.ipynb holds 60.0 GB, others hold 19.0 GB" in alert.text
    assert alert.run_id == "r1"


def idle(second: float, **others: object) -> Snapshot:
    one = kernel("k1", gpu_memory_bytes=2 * GB, **others)
    return snapshot(second, host(), (one,), (gpu(2.0, owners={"k1": 2.0}),))


def test_a_gpu_that_an_idle_kernel_holds_is_told_after_twenty_minutes() -> None:
    book = AlertBook()
    assert played(book, idle, range(0, 1_190, 10)) == []
    assert played(book, idle, range(1_190, 1_220, 10)) == [(1_200, "+idle_gpu")]
    (alert,) = book.standing().values()
    assert alert.kernel_id == alert.subject == "k1"
    assert alert.since == START
    assert book.name_of(alert.id) == "idle_gpu k1.ipynb"


@pytest.mark.parametrize(
    "others",
    [
        {"cpu_ratio": 0.4},
        {"cpu_ratio": None},
        {"state": KernelState.unknown},
        {"state": KernelState.busy},
    ],
    ids=str,
)
def test_a_kernel_that_may_be_working_is_not_called_idle(others: dict[str, object]) -> None:
    book = AlertBook()
    assert played(book, lambda second: idle(second, **others), range(0, 3_000, 10)) == []


def test_a_gpu_that_works_for_an_idle_kernel_alone_is_not_held_in_vain() -> None:
    def working(second: float) -> Snapshot:
        return replace(idle(second), gpus=[gpu(2.0, owners={"k1": 2.0}, util_ratio=0.5)])

    def for_others(second: float) -> Snapshot:
        both = gpu(9.0, owners={"k1": 2.0, None: 7.0}, util_ratio=0.5)
        return replace(idle(second), gpus=[both])

    assert played(AlertBook(), working, range(0, 3_000, 10)) == []
    assert played(AlertBook(), for_others, range(0, 1_210, 10)) == [(1_200, "+idle_gpu")]


def test_what_an_idle_kernel_holds_at_most_is_told_as_such() -> None:
    def machine(second: float) -> Snapshot:
        bound = {"gpu_memory_at_most_bytes": 6 * GB, "gpu_memory_absent": "Not told."}
        return snapshot(second, host(), (kernel("k1", **bound),))

    book = AlertBook()
    assert played(book, machine, range(0, 1_210, 10)) == [(1_200, "+idle_gpu")]
    (alert,) = book.standing().values()
    assert alert.text.startswith("k1.ipynb holds up to 6.0 GB of GPU memory")


def test_a_full_gpu_names_who_has_it_open_with_what_is_known() -> None:
    def text(*most: int | None) -> str:
        owners = [
            GpuOwner(
                KernelId(f"k{number}"), None, None, 1, is_by_file=True, memory_at_most_bytes=each
            )
            for number, each in enumerate(most, 1)
        ]
        full = replace(gpu(79.5), owners=owners)
        book = AlertBook()
        for second in range(7):
            book.look(snapshot(second, host(), (kernel("k1", "r"), kernel("k2")), gpus=[full]))
        (alert,) = book.standing().values()
        return alert.text

    assert "k1.ipynb holds up to 79.5 GB." in text(int(79.5 * GB))
    both = "k1.ipynb holds an unknown part of it, k2.ipynb holds an unknown part of it."
    assert both in text(None, None)


def test_the_alert_of_a_notebook_keeps_its_id_when_its_kernel_is_another() -> None:
    ids = set()
    for id in ("k1", "k2"):
        book = AlertBook()

        def machine(second: float, id: str = id) -> Snapshot:
            one = kernel(id, gpu_memory_bytes=2 * GB, notebook_path="train.ipynb")
            return snapshot(second, host(), (one,))

        played(book, machine, range(0, 1_210, 10))
        ids |= set(book.standing())
    assert ids == {alert_id(mute_name(AlertKind.idle_gpu, "train.ipynb"))}


def test_a_full_disk_is_told_unless_there_is_room_enough() -> None:
    def disk(used: int, total: int) -> Machine:
        of = host(disk_used_bytes=used, disk_total_bytes=total)
        return lambda second: snapshot(second, of)

    assert played(AlertBook(), disk(96 * GB, 100 * GB), range(12)) == [(10, "+disk_filling")]
    assert played(AlertBook(), disk(9_600 * GB, 10_000 * GB), range(60)) == []


def test_a_disk_that_will_be_full_within_the_hour_is_told_with_the_time() -> None:
    def machine(second: float) -> Snapshot:
        return snapshot(second, host(disk_used_bytes=int(400 * GB + second * 50e6)))

    book = AlertBook()
    told = played(book, machine, range(0, 1_200, 10))
    assert [what for _, what in told] == ["+disk_filling"]
    assert told[0][0] >= 900
    assert "full in" in next(iter(book.standing().values())).text


def test_a_gpu_is_hot_from_the_temperature_at_which_it_slows_down() -> None:
    def warm(celsius: float, slowdown: float | None) -> Machine:
        card = gpu(temperature_c=celsius, slowdown_c=slowdown)
        return lambda second: snapshot(second, host(), (), (card,))

    book = AlertBook()
    assert played(book, warm(90.0, 90.0), range(12)) == [(10, "+gpu_hot")]
    assert played(book, warm(88.0, 90.0), range(12, 100)) == []
    assert played(book, warm(86.0, 90.0), range(100, 140)) == [(129, "-gpu_hot")]
    assert played(AlertBook(), warm(99.0, None), range(60)) == []


def test_processes_that_go_on_in_an_idle_kernel_are_told_after_five_minutes() -> None:
    def machine(second: float) -> Snapshot:
        return snapshot(second, host(), (kernel(cpu_ratio=1.9, process_count=5),))

    assert played(AlertBook(), machine, range(0, 400, 10)) == [(300, "+process_leak")]


def test_a_server_that_has_to_wait_for_its_cpus_is_told_so() -> None:
    def machine(second: float) -> Snapshot:
        return snapshot(second, host(throttled_ratio=0.4, cpu_count=2.0))

    book = AlertBook()
    assert played(book, machine, range(40)) == [(30, "+cpu_throttled")]
    assert "2 CPUs" in next(iter(book.standing().values())).text


def test_a_gpu_that_does_not_answer_is_stale_and_well_again_at_once() -> None:
    def aged(age_s: float) -> Machine:
        return lambda second: snapshot(second, host(), (), (gpu(age_s=age_s),))

    book = AlertBook()
    assert played(book, aged(29.0), range(3)) == []
    assert played(book, aged(31.0), range(3, 6)) == [(3, "+stale")]
    assert played(book, aged(0.5), range(6, 8)) == [(6, "-stale")]


def test_what_could_not_be_read_raises_nothing() -> None:
    nothing = host(None, None, disk_used_bytes=None, disk_total_bytes=None, cpu_count=None)
    blind = gpu(None, None, util_ratio=None, temperature_c=None)
    unseen = kernel(cpu_ratio=None, rss_bytes=None, process_count=None)
    for of, kernels, gpus in (
        (None, (), ()),
        (nothing, (unseen,), (blind,)),
        (host(4.0, 0.0), (unseen,), (gpu(1.0, 0.0),)),
    ):

        def machine(second: float, parts=(of, kernels, gpus)) -> Snapshot:
            return snapshot(second, *parts)

        assert played(AlertBook(), machine, range(0, 4_000, 20)) == []


def test_an_alert_is_over_when_its_subject_has_gone() -> None:
    book = AlertBook()
    played(book, idle, range(0, 1_210, 10))
    assert played(book, lambda second: snapshot(second, host()), range(1_210, 1_250, 10)) == [
        (1_220, "-idle_gpu")
    ]


def test_a_clock_that_is_set_back_breaks_nothing() -> None:
    book = AlertBook()
    played(book, memory(14.0), range(100, 110))
    assert kinds(book) == {AlertKind.memory_high}
    played(book, memory(14.0), range(0, 20))
    assert kinds(book) == {AlertKind.memory_high}
    played(book, memory(1.0), range(20, 40))
    assert kinds(book) == set()


@given(st.lists(st.floats(0.0, 16.0), min_size=1, max_size=200))
def test_between_two_tellings_of_the_same_trouble_lie_both_thresholds(used: list[float]) -> None:
    """Whatever memory does, nobody hears of it again before it was below the second threshold."""
    book = AlertBook()
    lowest = 16.0
    is_first = True
    for second, gigabytes in enumerate(used):
        before = kinds(book)
        book.look(snapshot(second, host(gigabytes)))
        lowest = min(lowest, gigabytes)
        assert len(book.standing()) <= 1
        if kinds(book) and not before:
            assert gigabytes > 0.85 * 16.0
            assert is_first or lowest <= 0.92 * 16.0
            is_first = False
        if kinds(book):
            lowest = 16.0 if not before else lowest
            (alert,) = book.standing().values()
            assert alert.since <= START + timedelta(seconds=second)


def test_a_gpu_that_heat_slows_down_is_told_and_one_that_draws_all_it_may_is_not() -> None:
    def slowed(*why: GpuSlowdown) -> Machine:
        return lambda second: snapshot(second, gpus=(gpu(slowed_by=list(why)),))

    book = AlertBook()
    assert played(book, slowed(GpuSlowdown.power_cap, GpuSlowdown.sync_boost), range(60)) == []
    hot = slowed(GpuSlowdown.hot, GpuSlowdown.power_cap)
    assert played(book, hot, range(60, 90)) == [(70, "+gpu_hot")]
    (alert,) = book.standing().values()
    assert alert.text.endswith("is slowed down so that it does not become too hot.")
    assert played(book, slowed(), range(90, 130)) == [(119, "-gpu_hot")]
