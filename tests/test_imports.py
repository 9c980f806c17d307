"""Importing the package costs nothing: kernels of other environments import it too."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "IPython",
    "alembic",
    "dask",
    "distributed",
    "jupyter_client",
    "jupyter_core",
    "jupyter_server",
    "msgspec",
    "numpy",
    "psycopg",
    "sqlalchemy",
    "tornado",
    "traitlets",
    "zmq",
)


def loaded_after(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after a statement."""
    program = f"import sys; before = set(sys.modules)\n{statement}\n"
    program += "print('\\n'.join(sorted(set(sys.modules) - before)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def foreign(loaded: set[str]) -> set[str]:
    """Return what of these modules is not of the standard library."""
    return {name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names}


def test_the_package_loads_nothing_but_itself() -> None:
    loaded = loaded_after("import dsinfra_jlab; dsinfra_jlab._jupyter_labextension_paths()")
    assert foreign(loaded) == {"dsinfra_jlab"}


def test_the_version_loads_nothing_but_itself() -> None:
    loaded = loaded_after("import dsinfra_jlab; dsinfra_jlab.__version__")
    assert foreign(loaded) == {"dsinfra_jlab", "dsinfra_jlab._version"}


def test_the_domain_and_the_services_load_no_library() -> None:
    modules = ("domain.runs.records", "domain.settings", "services.runs", "services.supervision")
    loaded = loaded_after("; ".join(f"import dsinfra_jlab.{name}" for name in modules))
    assert "dsinfra_jlab.services.runs" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_server_does_not_load_dask() -> None:
    """Only agents do, which are processes of their own: Dask costs 0.7 s and 40 MB."""
    statement = (
        "import dsinfra_jlab.server.app, pathlib, dsinfra_jlab.compute.agents as a; "
        "assert any(i.name == 'dask' for i in a.Agents(pathlib.Path('.')).engines())"
    )
    loaded = loaded_after(statement)
    assert "dsinfra_jlab.compute.engines.dask" in loaded
    assert not {"dask", "distributed", "cloudpickle"} & loaded


def test_the_server_does_load_them() -> None:
    """What the tests above look for is found where it is used."""
    loaded = loaded_after("import dsinfra_jlab.server.app")
    assert {"jupyter_server", "tornado", "traitlets", "msgspec"} <= loaded
