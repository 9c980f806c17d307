"""Which process Linux ends first when memory runs out."""

from __future__ import annotations

import os

SCORE_MAX = 1000
"""The system's own limit: a process with it is ended before all others."""


def raise_oom_score(pid: int, score: int, root: str = "/") -> bool:
    """Have the system end a process rather than those with a lower score; say if it is so now.

    Everybody may raise the score of their own processes, and what they start later inherits it.
    One that is higher already stays: lowering needs a privilege, and was somebody's wish.
    """
    path = os.path.join(root, f"proc/{pid}/oom_score_adj")
    try:
        with open(path, encoding="ascii") as file:
            before = int(file.read())
        if before < score:
            with open(path, "w", encoding="ascii") as file:
                file.write(str(score))
    except (OSError, ValueError):  # no such process, or another system
        return False
    return True
