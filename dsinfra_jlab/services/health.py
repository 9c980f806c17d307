"""How the extension is doing, put together from those who know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..domain.health import (
    Health,
    HealthStatus,
    KernelHealth,
    ProbeState,
    ServiceHealth,
    ServiceState,
    StoreHealth,
)
from .ports import RecordStore

READ_ONLY = "It can be read only, so nothing new is recorded."

ServicesProvider = Callable[[], Mapping[str, ServiceHealth]]
KernelsProvider = Callable[[], Mapping[str, KernelHealth]]


class HealthService:
    """Answers what works, what does not, and why."""

    def __init__(self, version: str, store: RecordStore, services: ServicesProvider) -> None:
        self._version = version
        self._store = store
        self._services = services
        self._kernels: KernelsProvider = dict

    def ask_kernels(self, kernels: KernelsProvider) -> None:
        """Ask this provider about kernels from now on; until then there are none."""
        self._kernels = kernels

    def health(self) -> Health:
        """Return how everything is doing, from memory."""
        store = self._store.health()
        services = dict(self._services())
        kernels = dict(self._kernels())
        reasons = [*_of_store(store), *_of_services(services, store), *_of_kernels(kernels)]
        return Health(
            version=self._version,
            schema_version=self._store.schema_version,
            status=HealthStatus.degraded if reasons else HealthStatus.ok,
            reasons=reasons,
            store=store,
            services=services,
            kernels=kernels,
        )


def _of_store(store: StoreHealth) -> Iterator[str]:
    if store.detail:
        yield f"Store: {store.detail}"
    elif store.is_read_only:
        yield f"Store: {READ_ONLY}"
    lost = ", ".join(f"{count} {name}" for name, count in sorted(store.dropped.items()) if count)
    if lost:
        yield f"Given up because the store could not take it: {lost}."


def _of_services(services: Mapping[str, ServiceHealth], store: StoreHealth) -> Iterator[str]:
    told = {store.detail, READ_ONLY if store.is_read_only else ""}
    for name, service in services.items():
        if service.state not in (ServiceState.failed, ServiceState.degraded):
            continue
        if service.detail and service.detail in told:
            continue  # it waits for the store, of which this has been said
        yield f"{name.capitalize()}: {service.detail or service.state.value}"


def _of_kernels(kernels: Mapping[str, KernelHealth]) -> Iterator[str]:
    for kernel_id, kernel in kernels.items():
        if kernel.probe is ProbeState.failed:
            yield f"Kernel {kernel_id}: {kernel.detail or 'the probe could not be loaded.'}"
