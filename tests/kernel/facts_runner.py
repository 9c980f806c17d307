"""Runs failing cells in an interpreter of any environment and prints what was seen of each.

Called as ``python facts_runner.py PACKAGE_FOLDER`` with a JSON list of codes on stdin; only the
kernel's own modules are imported, as in a kernel.
"""

import importlib
import json
import linecache
import os
import sys
import tempfile
import time
import types
import warnings


def facts_of(error, namespace, values=False):
    find_facts = sys.modules["dsinfra_jlab.kernel.facts"].find_facts
    frames, traceback = [], error.__traceback__
    while traceback is not None:
        frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    began = time.perf_counter()
    facts = find_facts(error, frames[1:], namespace, began + 2.0, values=values)
    return facts, time.perf_counter() - began


def run(code, number, values):
    main = types.ModuleType("__main__")
    namespace = main.__dict__
    file = os.path.join(tempfile.gettempdir(), f"ipykernel_1/{number}.py")
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    try:
        exec(compile(code, file, "exec"), namespace)
    except BaseException as error:
        facts, seconds = facts_of(error, namespace, values)
        traceback, line = error.__traceback__, None
        while traceback is not None:
            frame = traceback.tb_frame
            if frame.f_code.co_filename == file:
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        kind = type(error)
        return {
            "ename": kind.__name__,
            "module": kind.__module__,
            "bases": [f"{each.__module__}.{each.__name__}" for each in kind.__mro__[1:-1]],
            "evalue": str(error),
            "innermost": frame.f_code.co_filename,
            "innermost_module": frame.f_globals.get("__name__") or "",
            "function": frame.f_code.co_name,
            "cell": file,
            "cell_line": line,
            "facts": facts,
            "seconds": seconds,
        }
    return None


if __name__ == "__main__":
    # A package of this name without its own beginning: nothing but the kernel's modules is loaded.
    package = types.ModuleType("dsinfra_jlab")
    package.__path__ = [sys.argv[1]]
    sys.modules["dsinfra_jlab"] = package
    kernel = types.ModuleType("dsinfra_jlab.kernel")
    kernel.__path__ = [os.path.join(sys.argv[1], "kernel")]
    sys.modules["dsinfra_jlab.kernel"] = kernel
    importlib.import_module("dsinfra_jlab.kernel.facts")
    sys.path = [each for each in sys.path if each and not each.startswith(sys.argv[1])]
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.path.insert(0, folder)
        for number, (code, values) in enumerate(json.load(sys.stdin)):
            out = sys.stdout
            sys.stdout = sys.stderr
            try:
                seen = run(code, number, values)
            finally:
                sys.stdout = out
            print(json.dumps(seen), flush=True)
