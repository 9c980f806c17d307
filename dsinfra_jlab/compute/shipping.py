"""Brings the runner to a worker that has nothing of ours.

``call_runner`` and ``load_runner`` are pickled by value (``register_pickle_by_value`` of this
module), so they use nothing but their arguments and what they import themselves.
"""

from __future__ import annotations

import functools
import hashlib
import zlib
from pathlib import Path
from typing import Any

RUNNER_MODULES = (
    "limits",
    "guard",
    "processes",
    "wire",
    "gpus",
    "launching",
    "far_kernel",
    "asking",
    "widgets",
    "forwarding",
    "ending",
    "places",
    "watching",
    "keeping",
    "wishes",
    "holding",
    "conversing",
    "running",
    "items",
    "granting",
    "turning",
    "jobs",
)
"""The modules of the runner, each after those that it imports."""


@functools.lru_cache(maxsize=1)
def packed_runner() -> tuple[str, bytes]:
    """Return the name under which the runner is loaded on a worker, and its packed sources."""
    folder = Path(__file__).parent / "runner"
    texts = [(name, (folder / f"{name}.py").read_text("utf-8")) for name in RUNNER_MODULES]
    texts.append(("__init__", (folder / "__init__.py").read_text("utf-8")))
    packed = zlib.compress(repr(texts).encode(), 9)
    return f"_dsinfra_runner_{hashlib.blake2b(packed, digest_size=6).hexdigest()}", packed


def load_runner(packed: tuple[str, bytes]) -> Any:
    """Return the runner of this process; it is loaded once, whatever thread comes first."""
    import ast
    import linecache
    import sys
    import threading
    import types
    import zlib

    package, sources = packed
    # setdefault of a dict is atomic: two threads of a worker get the same lock.
    with sys.__dict__.setdefault("_dsinfra_runner_lock", threading.RLock()):
        loaded = sys.modules.get(package)
        if loaded is not None:
            return loaded
        made = types.ModuleType(package)
        made.__path__ = []
        made.__package__ = package
        sys.modules[package] = made
        try:
            for name, text in ast.literal_eval(zlib.decompress(sources).decode()):
                is_package = name == "__init__"
                full = package if is_package else f"{package}.{name}"
                module = made if is_package else types.ModuleType(full)
                file = f"<{full}>"
                module.__file__ = file
                module.__package__ = package
                linecache.cache[file] = (len(text), None, text.splitlines(True), file)
                sys.modules[full] = module
                exec(compile(text, file, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
                if not is_package:
                    setattr(made, name, module)
        except BaseException:
            for full in [each for each in sys.modules if each.split(".")[0] == package]:
                del sys.modules[full]
            raise
        return made


def call_runner(packed: tuple[str, bytes], function: str, *arguments: Any) -> Any:
    """Call a function of the runner of this process; see ``compute.runner`` for what there is.

    ``load_runner`` is not called by name from elsewhere: both are pickled by value together.
    """
    return getattr(load_runner(packed), function)(*arguments)
