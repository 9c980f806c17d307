"""Money is shown only where a price was set, and its parts sum to the whole."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.exceptions import BadInput
from dsinfra_jlab.domain.resources.costs import (
    check_prices,
    hourly_expense,
    price_of,
    run_expense,
    shares,
)
from dsinfra_jlab.domain.resources.price_files import read_prices
from dsinfra_jlab.domain.resources.samples import Price, RunGpu, RunSamples

from ..snapshots import GB, gpu, host, kernel, snapshot

HOST = Price("host", 2.0, "USD", "invoice")
A100 = Price("A100", 3.0, "USD", "list")

ratios = st.floats(0.0, 1.0)
maybe = st.none() | ratios
prices = st.floats(0.0, 1_000.0)


def samples(
    cpu: list[float | None] | None = None,
    rss: list[float | None] | None = None,
    gpus: list[RunGpu] | None = None,
) -> RunSamples:
    """Return samples of one run, one a second, on 4 CPUs and 16 GB."""
    cpu, rss = cpu or [2.0, 2.0], rss or [4.0 * GB, 4.0 * GB]
    return RunSamples(
        at_s=[float(second) for second in range(1, len(cpu) + 1)],
        cpu_ratio=cpu,
        rss_bytes=rss,
        gpu_memory_bytes=[None] * len(cpu),
        memory_limit_bytes=16 * GB,
        is_complete=True,
        cpu_count=4.0,
        gpus=gpus or [],
    )


def run_gpu(
    is_shared: bool = False, memory: float | None = 0.25, util: float | None = 0.5
) -> RunGpu:
    return RunGpu("g1", "NVIDIA A100-SXM4-80GB", 3_600.0, memory, util, is_shared)


def test_without_a_price_there_is_no_money() -> None:
    machine = snapshot(0, host(), (kernel(),), (gpu(),))
    assert run_expense(samples(gpus=[run_gpu()]), 3_600, []) is None
    assert hourly_expense(machine, []) is None
    other = [Price("H100", 9.0, "USD")]
    assert run_expense(samples(gpus=[run_gpu()]), 3_600, other) is None
    assert hourly_expense(machine, other) is None


def test_a_run_pays_for_its_share_of_the_host_and_for_a_gpu_of_its_own() -> None:
    expense = run_expense(samples(gpus=[run_gpu()]), 7_200, [HOST, A100])
    assert expense is not None
    of_host, of_gpu = expense.parts
    assert (of_host.what, of_host.share_ratio, of_host.held, of_host.used) == (
        "host",
        0.5,
        2.0,
        2.0,
    )
    assert (of_gpu.share_ratio, of_gpu.held, of_gpu.used) == (1.0, 3.0, 1.5)
    assert (expense.held, expense.used, expense.currency) == (5.0, 3.5, "USD")
    assert expense.basis == "list"


def test_a_shared_gpu_counts_by_the_larger_of_memory_and_use() -> None:
    expense = run_expense(samples(gpus=[run_gpu(True, 0.25, 0.1)]), 3_600, [A100])
    assert expense is not None
    assert (expense.held, expense.used) == (0.75, pytest.approx(0.3))
    unknown = run_expense(samples(gpus=[run_gpu(True, None, None)]), 3_600, [A100])
    assert unknown is None


def test_what_was_used_is_unknown_where_a_part_of_it_is() -> None:
    expense = run_expense(samples(gpus=[run_gpu(util=None)]), 3_600, [HOST, A100])
    assert expense is not None
    assert expense.used is None
    assert expense.held == 4.0


def test_a_machine_with_one_price_counts_its_gpus_in_it() -> None:
    """The price of a catalogue is of the whole machine: a run alone on the GPU pays for all."""
    expense = run_expense(samples(gpus=[run_gpu()]), 3_600, [HOST])
    assert expense is not None
    assert [part.what for part in expense.parts] == ["host"]
    assert (expense.held, expense.used) == (2.0, 1.0)


def test_readings_count_for_the_time_since_the_one_before() -> None:
    uneven = RunSamples([1.0, 10.0], [4.0, 0.0], [None, None], [None, None], None, True, 4.0)
    expense = run_expense(uneven, 3_600, [HOST])
    assert expense is not None
    assert expense.parts[0].share_ratio == pytest.approx(0.1)


@given(
    st.lists(st.tuples(st.booleans(), maybe, maybe), max_size=4),
    st.lists(st.none() | st.floats(0, 64), min_size=2, max_size=20),
    st.floats(0, 1e6), prices, prices,
)  # fmt: skip
def test_parts_sum_to_the_whole_and_nobody_uses_more_than_they_hold(
    gpus, cpu, duration_s: float, of_host: float, of_gpu: float
) -> None:
    given_prices = [Price("host", of_host, "USD"), Price("A100", of_gpu, "USD")]
    run = samples(cpu, [None] * len(cpu), [run_gpu(*each) for each in gpus])
    expense = run_expense(run, duration_s, given_prices)
    if expense is None:
        return
    assert math.isclose(expense.held, sum(part.held for part in expense.parts))
    for part in expense.parts:
        hours, price = (duration_s / 3_600, of_host) if part.what == "host" else (1.0, of_gpu)
        assert 0 <= part.held <= hours * price * 1.000001
        assert 0 <= part.share_ratio <= 1
        assert part.used is None or 0 <= part.used <= part.held * 1.000001
    if expense.used is not None:
        assert expense.used <= expense.held * 1.000001


@given(st.dictionaries(st.text(max_size=3), st.floats(-1, 5), max_size=20))
def test_shares_are_never_more_than_the_whole(demands: dict[str, float]) -> None:
    found = shares(demands)
    assert set(found) == set(demands)
    assert sum(found.values()) <= 1.000001
    assert all(share >= 0 for share in found.values())
    if sum(min(1.0, max(0.0, demand)) for demand in demands.values()) <= 1:
        assert all(found[name] == min(1.0, max(0.0, demands[name])) for name in demands)


@given(
    st.lists(st.tuples(st.none() | st.floats(0, 99), st.none() | st.floats(0, 99)), max_size=8),
    st.lists(
        st.dictionaries(st.sampled_from(["k0", "k1", "k2", None]), st.floats(0, 200)), max_size=3
    ),
    prices, prices,
)  # fmt: skip
def test_an_hour_of_the_machine_is_split_without_rest(
    used, owners, of_host: float, of_gpu: float
) -> None:
    kernels = tuple(
        kernel(f"k{number}", cpu_ratio=cpu, rss_bytes=None if rss is None else int(rss * GB))
        for number, (cpu, rss) in enumerate(used)
    )
    gpus = tuple(gpu(uuid=f"g{number}", owners=held) for number, held in enumerate(owners))
    both = [Price("host", of_host, "USD"), Price("A100", of_gpu, "USD")]
    expense = hourly_expense(snapshot(0, host(), kernels, gpus), both)
    total = of_host + len(gpus) * of_gpu
    if expense is None:
        assert total == 0
        return
    assert math.isclose(expense.total, total)
    assert math.isclose(sum(expense.kernels.values()) + expense.idle, total, abs_tol=1e-9)
    assert expense.idle >= 0
    assert all(part >= 0 for part in expense.kernels.values())


def test_instances_of_a_divided_gpu_are_parts_of_it_and_no_gpus_more() -> None:
    parent = gpu(uuid="g1")
    slices = tuple(
        gpu(uuid=f"i{number}", parent_uuid="g1", owners={f"k{number}": 20.0}) for number in (0, 1)
    )
    machine = snapshot(0, host(), (kernel("k0"), kernel("k1")), (parent, *slices))
    expense = hourly_expense(machine, [A100])
    assert expense is not None
    assert expense.total == 3.0
    assert expense.kernels == {"k0": 0.75, "k1": 0.75}


@pytest.mark.parametrize(
    ("name", "price"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("NVIDIA A100 80GB PCIe", "A100 80GB"),
        ("NVIDIA A10", None),
        ("Tesla T4", "T4"),
        ("NVIDIA RTX 4000 Ada", None),
    ],
)
def test_a_gpu_has_the_price_whose_words_are_in_its_name(name: str, price: str | None) -> None:
    known = [Price(what, 1.0, "USD") for what in ("A100", "A100 80GB", "T4", "RTX 400", "host")]
    found = price_of(known, name)
    assert (found.what if found else None) == price


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ([Price("", 1.0, "USD")], "what it is of"),
        ([Price("host", -1.0, "USD")], "per_hour"),
        ([Price("host", math.nan, "USD")], "per_hour"),
        ([Price("host", math.inf, "USD")], "per_hour"),
        ([Price("host", 1.0, "USD", "guess")], "basis"),
        ([Price("host", 1.0, "USD"), Price("T4", 1.0, "EUR")], "EUR and USD"),
    ],
)
def test_prices_that_cannot_be_added_up_are_refused(wrong: list[Price], word: str) -> None:
    with pytest.raises(BadInput, match=word):
        check_prices(wrong)


OURS = "what,per_hour,currency,basis\nhost,0.4,EUR,invoice\nA100,2.1,EUR,\n"
CATALOGUE = (
    "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,SpotPrice,Region\n"
    "a2-highgpu-1g,A100,1,12,85,3.67,1.10,us-east1\n"
    "a2-highgpu-1g,A100,1,12,85,4.20,1.30,europe-west4\n"
    "n1-standard-4,,,4,15,0.19,0.04,us-east1\n"
    "n1-standard-4,,,4,15,,0.04,asia-east1\n"
)


def test_prices_are_read_from_a_table() -> None:
    assert read_prices(OURS, "prices.csv") == [
        Price("host", 0.4, "EUR", "invoice", "prices.csv"),
        Price("A100", 2.1, "EUR", "estimate", "prices.csv"),
    ]


def test_of_a_catalogue_the_price_of_this_machine_is_taken() -> None:
    (price,) = read_prices(CATALOGUE, "gcp.csv", "a2-highgpu-1g", "europe-west4")
    assert (price.what, price.per_hour, price.currency, price.basis) == ("host", 4.2, "USD", "list")
    (only,) = read_prices(CATALOGUE, "gcp.csv", "n1-standard-4")
    assert only.per_hour == 0.19


@pytest.mark.parametrize(
    ("text", "machine", "region", "word"),
    [
        (CATALOGUE, "", "", "instance_type"),
        (CATALOGUE, "a2-highgpu-1g", "", "instance_region"),
        (CATALOGUE, "a2-highgpu-1g", "mars", "no price"),
        (CATALOGUE, "p5", "", "no price"),
        ("", "", "", "columns"),
        ("a,b\n1,2\n", "", "", "columns"),
        ("what,per_hour,currency\nhost,cheap,EUR\n", "", "", "line 2"),
        ("what,per_hour,currency\nhost,nan,EUR\n", "", "", "no price"),
        ("what,per_hour,currency\nhost\n", "", "", "line 2"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(text, machine, region, word) -> None:
    with pytest.raises(BadInput, match=word):
        read_prices(text, "prices.csv", machine, region)
