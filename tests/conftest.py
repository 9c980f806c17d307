"""What tests of several rooms share: a real Jupyter server, with its doors locked."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from jupyter_server.serverapp import ServerApp

from dsinfra_jlab.server.app import DsinfraApp
from dsinfra_jlab.store.writer import OPENING
from tests.ports import ReservedPorts

pytest_plugins = ["pytest_jupyter.jupyter_server"]

# How long an example takes says how busy the machine is: no test of ours judges that.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

END_S = 60.0
"""Longest time from the last test to the end of the process."""


def pytest_sessionfinish(exitstatus: int) -> None:
    """End a process that something left by a test would keep, and show what that is."""
    sys.stdout.flush()

    def end() -> None:
        with open(os.dup(2), "w") as shown:
            print(f"Not ended {END_S:.0f} s after the last test:", file=shown, flush=True)
            faulthandler.dump_traceback(shown, all_threads=True)
        os._exit(int(exitstatus) or 1)

    timer = threading.Timer(END_S, end)
    timer.daemon = True
    timer.start()


@pytest.fixture(scope="session", autouse=True)
def kernel_ports() -> Iterator[None]:
    """Start kernels on ports that nothing else takes meanwhile."""
    ReservedPorts.instance()
    yield
    ReservedPorts.clear_instance()


@pytest.fixture(autouse=True)
def jp_server_cleanup(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Clean up after tests that had a server.

    The fixture of pytest-jupyter makes one for every test, only to clean it up.
    """
    yield
    if not ServerApp.initialized():
        return
    app = ServerApp.instance()
    jp_asyncio_loop.run_until_complete(app._cleanup())
    app.kernel_manager.context.destroy()
    ServerApp.clear_instance()


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    """A server with the extension, that lets nobody in and hides no failure."""
    return {
        "ServerApp": {
            "jpserver_extensions": {"dsinfra_jlab": True, "jupyter_server_terminals": True},
            "allow_unauthenticated_access": False,
            "reraise_server_extension_failures": True,
        }
    }


@pytest.fixture
def dsinfra(jp_serverapp: ServerApp, jp_asyncio_loop: asyncio.AbstractEventLoop) -> DsinfraApp:
    """The extension in a running server, every part of it started."""
    (app,) = jp_serverapp.extension_manager.extension_apps["dsinfra_jlab"]
    assert isinstance(app, DsinfraApp)
    jp_asyncio_loop.run_until_complete(jp_serverapp.extension_manager.start_all_extensions())
    while app.store.health().detail == OPENING:
        time.sleep(0.01)  # it is opened in a thread of its own
    return app
