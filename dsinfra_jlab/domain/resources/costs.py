"""What runs and machines cost, at prices that somebody set. No price, no money."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from ..exceptions import BadInput
from ..ids import KernelId
from .samples import (
    Expense,
    ExpensePart,
    GpuSample,
    HourlyExpense,
    KernelSample,
    Price,
    RunGpu,
    RunSamples,
    Snapshot,
)

__all__ = ["BASES", "check_prices", "hourly_expense", "price_of", "run_expense", "shares"]

HOST = "host"
"""What the price of the whole machine is of, or of all of it but the GPUs that have prices."""

BASES = ("invoice", "list", "estimate")
"""Where a price comes from, the surest first."""

_S_PER_HOUR = 3_600.0

Holder = TypeVar("Holder", bound=Hashable)


def check_prices(prices: Sequence[Price]) -> None:
    """Refuse prices that cannot be added up; raises ``BadInput`` that says which one is wrong."""
    for number, price in enumerate(prices, 1):
        if not price.what.strip():
            raise BadInput(f"Price {number} does not say what it is of: host, or a GPU's name.")
        if not 0 <= price.per_hour < float("inf"):
            raise BadInput(f"Price {number} ({price.what}): per_hour must be 0 or more.")
        if price.basis not in BASES:
            known = ", ".join(BASES)
            raise BadInput(f"Price {number} ({price.what}): basis must be one of {known}.")
    currencies = sorted({price.currency for price in prices})
    if len(currencies) > 1:
        raise BadInput(f"Prices are in {' and '.join(currencies)}; give all in one currency.")


def price_of(prices: Iterable[Price], what: str) -> Price | None:
    """Return the price of the host or of a GPU by its name, of several the one that says most.

    >>> a100 = Price("A100", 3.0, "USD")
    >>> price_of([a100], "NVIDIA A100-SXM4-80GB") is a100
    True
    >>> price_of([a100], "NVIDIA A10") is None
    True
    """
    if what == HOST:
        return next((price for price in prices if price.what == HOST), None)
    name = _words(what)
    fitting = [
        price for price in prices if price.what != HOST and f" {_words(price.what)} " in f" {name} "
    ]
    return max(fitting, key=lambda price: len(_words(price.what)), default=None)


def shares(demands: Mapping[Holder, float]) -> dict[Holder, float]:
    """Return the part of a thing that each holder has, together never more than all of it."""
    wanted = {holder: min(1.0, max(0.0, demand)) for holder, demand in demands.items()}
    whole = max(1.0, sum(wanted.values()))
    return {holder: demand / whole for holder, demand in wanted.items()}


def run_expense(samples: RunSamples, duration_s: float, prices: Sequence[Price]) -> Expense | None:
    """Return what a run cost; ``None`` without a price, or if too little of it was seen."""
    used_prices: list[Price] = []
    parts: list[ExpensePart] = []
    priced = [(gpu, price_of(prices, gpu.name)) for gpu in samples.gpus]
    host = price_of(prices, HOST)
    if host is not None:
        unpriced = [gpu for gpu, price in priced if price is None]
        part = _host_part(samples, duration_s, host, unpriced)
        if part is not None:
            parts.append(part)
            used_prices.append(host)
    for gpu, price in priced:
        part = _gpu_part(gpu, price) if price is not None else None
        if price is not None and part is not None:
            parts.append(part)
            used_prices.append(price)
    if not parts:
        return None
    used = [part.used for part in parts if part.used is not None]
    return Expense(
        currency=used_prices[0].currency,
        held=sum(part.held for part in parts),
        used=sum(used) if len(used) == len(parts) else None,
        parts=parts,
        basis=max((price.basis for price in used_prices), key=BASES.index),
    )


def hourly_expense(snapshot: Snapshot, prices: Sequence[Price]) -> HourlyExpense | None:
    """Return what an hour of this machine costs, and for whom; ``None`` without a price."""
    if not prices:
        return None
    kernels: dict[KernelId, float] = {}
    total = 0.0
    owned: list[GpuSample] = []
    for gpu in (gpu for gpu in snapshot.gpus if gpu.parent_uuid is None):
        price = price_of(prices, gpu.name)
        if price is None:
            owned.append(gpu)
            continue
        total += price.per_hour
        _add(kernels, price, _gpu_demands(snapshot, gpu))
    host = price_of(prices, HOST)
    if host is not None:
        total += host.per_hour
        _add(kernels, host, _host_demands(snapshot, owned))
    if not total:
        return None
    idle = max(0.0, total - sum(kernels.values()))
    return HourlyExpense(prices[0].currency, total, kernels, idle)


def _host_part(
    samples: RunSamples, duration_s: float, price: Price, unpriced: Sequence[RunGpu]
) -> ExpensePart | None:
    """Return what a run cost of the machine, with the GPUs in it that have no price themselves."""
    cpu = _part_of(_mean(samples.at_s, samples.cpu_ratio), samples.cpu_count)
    memory = _part_of(_mean(samples.at_s, samples.rss_bytes), samples.memory_limit_bytes)
    held = [_share_of(gpu) for gpu in unpriced]
    known = [each for each in (cpu, memory, *held) if each is not None]
    if not known:
        return None
    share = min(1.0, max(known))
    whole = duration_s / _S_PER_HOUR * price.per_hour
    busy = [each for each in (cpu, *(gpu.util_ratio for gpu in unpriced)) if each is not None]
    used = whole * min(share, max(busy)) if busy else None
    return ExpensePart(HOST, whole * share, used, share)


def _gpu_part(gpu: RunGpu, price: Price) -> ExpensePart | None:
    share = _share_of(gpu)
    if share is None:
        return None
    whole = gpu.held_s / _S_PER_HOUR * price.per_hour
    used = whole * min(share, gpu.util_ratio) if gpu.util_ratio is not None else None
    return ExpensePart(gpu.name, whole * share, used, share)


def _share_of(gpu: RunGpu) -> float | None:
    """Return the part of a GPU that a run has to answer for."""
    if not gpu.is_shared:
        return 1.0
    known = [ratio for ratio in (gpu.memory_ratio, gpu.util_ratio) if ratio is not None]
    return min(1.0, max(known)) if known else None


def _add(kernels: dict[KernelId, float], price: Price, demands: Mapping[KernelId, float]) -> None:
    for kernel_id, share in shares(demands).items():
        kernels[kernel_id] = kernels.get(kernel_id, 0.0) + price.per_hour * share


def _gpu_demands(snapshot: Snapshot, gpu: GpuSample) -> dict[KernelId, float]:
    """Return which part of a GPU each kernel holds: all of it where it is alone."""
    instances = [each for each in snapshot.gpus if each.parent_uuid == gpu.uuid]
    owners = [*gpu.owners, *(owner for each in instances for owner in each.owners)]
    alone = len({owner.kernel_id for owner in owners}) == 1 and not instances
    demands: dict[KernelId, float] = {}
    for owner in owners:
        if owner.kernel_id is None:
            continue
        part = 1.0 if alone else _part_of(owner.memory_bytes, gpu.memory_total_bytes) or 0.0
        demands[owner.kernel_id] = demands.get(owner.kernel_id, 0.0) + part
    return demands


def _host_demands(snapshot: Snapshot, owned: Sequence[GpuSample]) -> dict[KernelId, float]:
    gpus = [_gpu_demands(snapshot, gpu) for gpu in owned]
    return {
        kernel.kernel_id: max(
            _kernel_part(snapshot, kernel),
            sum(demands.get(kernel.kernel_id, 0.0) for demands in gpus) / max(1, len(gpus)),
        )
        for kernel in snapshot.kernels
    }


def _kernel_part(snapshot: Snapshot, kernel: KernelSample) -> float:
    host = snapshot.host
    if host is None:
        return 0.0
    cpu = _part_of(kernel.cpu_ratio, host.cpu_count)
    memory = _part_of(kernel.rss_bytes, host.memory_limit_bytes)
    return max(cpu or 0.0, memory or 0.0)


def _part_of(value: float | None, whole: float | None) -> float | None:
    return None if value is None or not whole else min(1.0, max(0.0, value / whole))


def _mean(at_s: Sequence[float], values: Sequence[float | None]) -> float | None:
    """Return the mean over time: each reading holds for the time since the one before it."""
    total = weight = 0.0
    before = 0.0
    for at, value in zip(at_s, values, strict=False):
        passed, before = max(0.0, at - before), at
        if value is not None:
            total += value * passed
            weight += passed
    if weight:
        return total / weight
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _words(name: str) -> str:
    """Return a name in small letters, its words set apart by single spaces."""
    return " ".join(re.findall(r"[a-z]+\d*[a-z]*|\d+[a-z]*", name.lower()))
