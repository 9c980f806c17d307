"""The whole in one word, and why."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain.changes import SaveOutputs
from dsinfra_jlab.domain.health import (
    HealthStatus,
    KernelHealth,
    ProbeState,
    ServiceHealth,
    ServiceState,
)
from dsinfra_jlab.domain.ids import RunId
from dsinfra_jlab.domain.runs.records import RunOutputs
from dsinfra_jlab.services.absent_store import AbsentStore
from dsinfra_jlab.services.health import HealthService

RUNNING = ServiceHealth(ServiceState.running)


async def test_all_well_is_ok(store) -> None:
    kernels = {"k-1": KernelHealth(ProbeState.off, missed_messages=3)}
    service = HealthService("1.2.3", store, lambda: {"events": RUNNING})
    service.ask_kernels(lambda: kernels)
    health = service.health()
    assert (health.status, health.reasons) == (HealthStatus.ok, [])
    assert (health.version, health.schema_version) == ("1.2.3", store.schema_version)
    assert health.schema_version
    assert health.kernels == kernels
    assert health.services == {"events": RUNNING}


@pytest.mark.parametrize("state", [ServiceState.failed, ServiceState.degraded])
async def test_a_part_that_is_not_well_is_a_reason(store, state) -> None:
    service = HealthService("1", store, lambda: {"kernels": ServiceHealth(state, "It has died.")})
    health = service.health()
    assert (health.status, health.reasons) == (HealthStatus.degraded, ["Kernels: It has died."])


async def test_a_part_that_starts_or_has_stopped_is_no_reason(store) -> None:
    states = {"a": ServiceHealth(ServiceState.starting), "b": ServiceHealth(ServiceState.stopped)}
    assert HealthService("1", store, lambda: states).health().status is HealthStatus.ok


async def test_a_probe_that_failed_is_a_reason(store) -> None:
    service = HealthService("1", store, dict)
    service.ask_kernels(lambda: {"k-1": KernelHealth(ProbeState.failed, "No IPython there.")})
    assert service.health().reasons == ["Kernel k-1: No IPython there."]


def test_an_absent_store_is_said_once_with_what_was_lost() -> None:
    store = AbsentStore("postgresql://db/x", "The driver is missing; install psycopg.")
    outputs = SaveOutputs(RunId("r"), RunOutputs([]))
    store.record([outputs, outputs])
    waiting = ServiceHealth(ServiceState.degraded, "The driver is missing; install psycopg.")
    health = HealthService("1", store, lambda: {"store": waiting, "housekeeping": waiting}).health()
    assert health.status is HealthStatus.degraded
    assert health.reasons == [
        "Store: The driver is missing; install psycopg.",
        "Given up because the store could not take it: 2 SaveOutputs.",
    ]
    assert health.store.url == "postgresql://db/x"
