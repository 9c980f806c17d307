"""Every cap and default of remote compute: value, unit, reason."""

from __future__ import annotations

# Targets

TARGET_NAME_MAX_CHARS = 60
"""Longest name of a target: it stands in menus and in the header of a cell."""

TARGETS_MAX = 200
"""Targets at most; a menu of more helps nobody."""

LOCAL_TARGET = "local"
"""The target that is there with nothing configured: detached processes of this machine."""

AGENT_START_S = 30.0
"""How long an agent may take to say that it is there; Dask is imported in about 2 s when cold."""

AGENT_IDLE_S = 900.0
"""An agent without jobs, session kernels and clients ends itself after so long."""

# Jobs

JOB_CODE_MAX_CHARS = 1_000_000
"""Longest code of one job; as for the code of runs."""

RETURNS_MAX = 200
"""Names asked back at most."""

CANCEL_GRACE_S = 5.0
"""Between the interrupt and the kill; the budget for all of it is 8 s."""

SENT_MAX_BYTES = 8_000_000_000
"""Largest parcel sent without a setting; beyond it data should go by a file or a store."""

SENT_ASK_BYTES = 200_000_000
"""From here on the user is asked before anything is sent."""

TRANSFER_MEASURED_BYTES = 10_000_000
"""Transfers of less tell nothing of how fast a target is reached: each takes some hundredths of a
second, whatever it holds, and the first to a kernel a tenth."""

TRANSFERS_KEPT = 10
"""Transfers to a target that an expectation is made of, the newest: networks change."""

RETURNED_MAX_BYTES = 4_000_000_000
"""Largest parcel of results brought back; names beyond it are left out and said."""

LOG_PAGE = 500
"""Events of one page of a job's log."""

LOG_PAGE_BYTES = 4_000_000
"""… or so much of what they hold: a page is made, sent and read at once."""

LOG_TEXT_BATCH_BYTES = 64_000
"""Text of a stream gathers up to so much before it becomes an event."""

LOG_TEXT_BATCH_S = 0.05
"""… or for so long."""

JOB_EVENTS_MAX_BYTES = 200_000_000
"""An event log ends here: what is printed beyond it is counted and left out."""

SAMPLE_INTERVAL_S = 1.0
"""How often the process tree of a job is looked at."""

JOB_FOLDER_KEPT_S = 7 * 86_400
"""Folders of ended jobs, with their results, are removed after so long."""

SESSION_KERNEL_IDLE_S = 1_800.0
"""A session kernel that nobody used for so long ends."""

SPARE_KERNELS = 1
"""Kernels kept ready on the local target: starting one takes most of a second."""

MAP_ITEMS_MAX = 10_000
"""Items of one ``map`` at most."""

MAP_BATCH_MAX = 500
"""Items of a ``map`` that are taken with one question and one commit; a kernel sends 100."""

MAPS_SENT_MAX = 200
"""Maps whose items may still come; a kernel that goes on with an older one is told to begin anew.
"""

GROUP_RETRIES_MAX = 200
"""Items of a group that one request sends again: each is written down and its parcel copied, some
hundredths of a second, and whoever asked waits for the answer."""

GROUP_ACTS_AT_ONCE = 16
"""Items of a group that are cancelled at the same time: enough to hide the way to the agent."""
