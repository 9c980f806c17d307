"""The process that keeps a target: ``python -m dsinfra_jlab.compute.agent FOLDER [READY_FD]``.

One per started target, detached from the server that started it and living on without it. It
holds the engine's client, writes the logs of jobs and listens on a Unix socket in its folder.
"""

from __future__ import annotations

import os
import sys


def main(arguments: list[str]) -> int:
    """Become independent of whoever started us, and serve until stopped or idle."""
    ready = int(arguments[1]) if len(arguments) > 1 else -1
    if os.fork():
        # Whoever started us waits for this process only, so no zombie is left with them.
        os._exit(0)
    os.umask(0o077)
    if ready > 2:
        os.set_inheritable(ready, False)
    _close_inherited(ready)

    # Imported late: the line above is reached in milliseconds, and with one thread.
    from .agent_server import run_agent

    return run_agent(arguments[0], ready)


def _close_inherited(ready: int) -> None:
    """Close what came along by accident; a socket of the server's would stay open with us."""
    highest = os.sysconf("SC_OPEN_MAX")
    start, stop = (ready, ready + 1) if ready > 2 else (3, 3)
    os.closerange(3, start)
    os.closerange(stop, min(highest, 65_536))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
