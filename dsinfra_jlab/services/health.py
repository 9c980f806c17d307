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
        reasons = [*_of_store(store), *_of_services(services), *_of_kernels(kernels)]
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
        yield "Store: it can be read only, so nothing new is recorded."
    lost = ", ".join(f"{count} {name}" for name, count in sorted(store.dropped.items()) if count)
    if lost:
        yield f"Given up because the store could not take it: {lost}."


def _of_services(services: Mapping[str, ServiceHealth]) -> Iterator[str]:
    for name, service in services.items():
        if name == "store" and service.state is ServiceState.degraded:
            continue  # said better by the store itself
        if service.state in (ServiceState.failed, ServiceState.degraded):
            yield f"{name.capitalize()}: {service.detail or service.state.value}"


def _of_kernels(kernels: Mapping[str, KernelHealth]) -> Iterator[str]:
    for kernel_id, kernel in kernels.items():
        if kernel.probe is ProbeState.failed:
            yield f"Kernel {kernel_id}: {kernel.detail or 'the probe could not be loaded.'}"
