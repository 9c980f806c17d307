"""What Jupyter's kernel managers know of their kernels, as values of ours.

They are of many kinds and belong to others, so nothing that they have is taken for granted.
"""

from __future__ import annotations

import os
import sys
from string import Template
from typing import Any

from ..domain.ids import KernelId
from ..domain.resources.samples import KernelState
from ..domain.runs.records import Document, DocumentKind
from ..domain.tracking.messages import Signature
from ..services.watched_kernel import WatchedKernel
from .kernel_channels import KernelEndpoint


def endpoint_of(kernel: Any) -> KernelEndpoint | str:
    """Return where a kernel publishes, or a sentence on why that cannot be known."""
    try:
        url, shell_url, control_url = map(kernel._make_url, ("iopub", "shell", "control"))
        key, scheme = kernel.session.key, kernel.session.signature_scheme
    except Exception:
        return "This kernel has no IOPub address here (a gateway's kernel?); it is not recorded."
    return KernelEndpoint(
        url=url,
        signature=Signature(key, str(scheme).removeprefix("hmac-")),
        shell_url=shell_url,
        control_url=control_url,
        curve_publickey=getattr(kernel, "curve_publickey", None),
        curve_secretkey=getattr(kernel, "curve_secretkey", None),
    )


def described(kernel_id: KernelId, kernel: Any, serverapp: Any) -> WatchedKernel:
    """Return a kernel as it is watched; its document is not known yet."""
    name = str(getattr(kernel, "kernel_name", "") or "kernel")
    spec = getattr(kernel, "kernel_spec", None)
    display_name = str(getattr(spec, "display_name", "") or name)
    launch_args = getattr(kernel, "_launch_args", None) or {}
    return WatchedKernel(
        id=kernel_id,
        name=name,
        document=Document(DocumentKind.kernel, name, f"{display_name} (no notebook)"),
        language=str(getattr(spec, "language", "") or "") or None,
        argv=_command(spec),
        cwd=str(launch_args.get("cwd") or getattr(serverapp, "root_dir", "")),
        variables=_variables(spec),
    )


def _command(spec: Any) -> tuple[str, ...]:
    """Return the command of a kernelspec as Jupyter runs it.

    It starts kernels of these names with its own interpreter, whatever PATH says.
    """
    argv = tuple(map(str, getattr(spec, "argv", ()) or ()))
    is_own = argv[:1] in (("python",), ("python3",), (f"python3.{sys.version_info[1]}",))
    return (sys.executable, *argv[1:]) if is_own else argv


def _variables(spec: Any) -> tuple[tuple[str, str], ...]:
    """Return what a kernelspec sets, with ``${NAME}`` replaced as Jupyter does at the start."""
    given = getattr(spec, "env", None) or {}
    return tuple(
        (str(name), Template(str(value)).safe_substitute(os.environ))
        for name, value in given.items()
    )


def state_of(kernel: Any) -> KernelState:
    """Return what a kernel said last that it is doing."""
    try:
        return KernelState(str(getattr(kernel, "execution_state", "")))
    except ValueError:  # a word of a kernel's own
        return KernelState.unknown


def pid_of(kernel: Any) -> int | None:
    """Return the process of a kernel on this machine, ``None`` if it has none here."""
    process = getattr(getattr(kernel, "provisioner", None), "process", None)
    pid = getattr(process, "pid", None)
    return pid if isinstance(pid, int) else None


def returncode_of(kernel: Any) -> int | None:
    """Return the exit code of a kernel's process while it can still be read."""
    process = getattr(getattr(kernel, "provisioner", None), "process", None)
    try:
        code = process.poll() if process is not None else None
    except Exception:
        return None
    return code if isinstance(code, int) else None
