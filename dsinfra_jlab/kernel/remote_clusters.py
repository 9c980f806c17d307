"""Makes a cluster of the user's code a target: ``register_cluster``."""

from __future__ import annotations

from typing import Any

from .remote_jobs import ask
from .remote_sending import Sender


def register_cluster(cluster: Any, name: str | None = None) -> str:
    """Make a Dask cluster, or the cluster of a client, a target; return the target's name.

    Raises
    ------
    ValueError
        If other processes cannot reach it, or its certificates are not in files.

    Examples
    --------
    >>> cluster = dask.distributed.LocalCluster()
    >>> dsinfra.register_cluster(cluster, "my-cluster")
    'my-cluster'
    """
    found = getattr(cluster, "cluster", None) or cluster
    scheduler = getattr(found, "scheduler", None)
    address = getattr(found, "scheduler_address", None) or getattr(scheduler, "address", None)
    if not isinstance(address, str) or not address:
        raise ValueError("register_cluster takes a Dask cluster or a client")
    if address.startswith("inproc://"):
        raise ValueError(
            "this cluster lives inside the kernel (inproc://), where no other process can reach "
            "it; make it with processes=True"
        )
    options = {"address": address, **_security_options(getattr(found, "security", None))}
    answer = ask(Sender().recorder, "target_register", name=name, address=address, options=options)
    return str(answer["name"])


def _security_options(security: Any) -> dict[str, str]:
    """Return the options that reach a cluster with TLS, none for one without."""
    if security is None or not getattr(security, "require_encryption", False):
        return {}
    options: dict[str, str] = {}
    for ours, theirs in (
        ("tls_ca_file", "tls_ca_file"),
        ("tls_cert", "tls_client_cert"),
        ("tls_key", "tls_client_key"),
    ):
        value = getattr(security, theirs, None)
        if not isinstance(value, str) or "\n" in value:
            raise ValueError(
                "this cluster's certificates are in memory only; give it a Security with files, "
                "so that another process can connect"
            )
        options[ours] = value
    return options
