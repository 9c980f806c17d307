"""Every cap and default of the runner: value, unit, reason.

A worker has no other module of ours, so what the domain names too stands here again; a test holds
the two together.
"""

from __future__ import annotations

START_S = 60.0
"""How long a kernel may take to answer; on a loaded worker with a slow disk it is tens."""

CONNECT_AGAIN_MS = 10
"""How soon a socket tries again while the kernel has not made its end yet."""

HEARD_AGAIN_S = 0.05
"""How often a kernel is asked again until its output channel is heard."""

POLITE_END_S = 1.0
"""A kernel whose job has ended may run its exit handlers for so long."""

DRAIN_S = 0.4
"""After a kernel died, its last output is taken until nothing came for so long."""

RECEIVE_MAX = 500
"""Messages taken from one socket before the clock and the others are looked at again."""

TEXT_BATCH_BYTES = 64_000
"""Text of a stream gathers up to so much before it becomes an event."""

TEXT_EVENT_CHARS = 1_000_000
"""Text of one event at most: longer text of a kernel becomes several, which can be read one by
one."""

TEXT_BATCH_S = 0.05
"""… or for so long, once text comes often."""

TEXT_AT_ONCE_PER_S = 100
"""Up to so many events of text a second are passed on at once: a print is to be seen at once."""

FLUSH_INTERVAL_S = 0.005
"""How long the kernel itself gathers text; its own 0.2 s would be most of a print's way."""

SAMPLE_INTERVAL_S = 1.0
"""How often the process tree of a job is looked at."""

NEAR_INTERVAL_S = 0.2
"""… and how often while it holds more than half of its memory limit."""

NEAR_RATIO = 0.9
"""From this part of its memory limit on a job is told to be near to it."""

DROPPED_INTERVAL_S = 1.0
"""How often it is said how much output was left out."""

CANCEL_GRACE_S = 5.0
"""Between the interrupt and the kill, where the job does not say."""

NUDGE_S = 0.5
"""How often the event loop of an interrupted kernel is woken."""

KILL_ROUNDS = 40
"""How often what is left of a job is looked for and killed; something may fork meanwhile."""

KILL_PAUSE_S = 0.05
"""Between two such looks; a killed process with much memory takes a while to go."""

LOG_TAIL_BYTES = 4_000
"""Of what a kernel wrote before it failed to start, so much is told."""

SESSION_IDLE_S = 1_800.0
"""A session kernel that nobody used for so long ends."""

GROUP_IDLE_S = 15.0
"""The same for a kernel of a group: time for the next item to come, not to hold memory."""

WIDGETS_MAX = 10_000
"""Widgets of a job whose state is kept, to be shown as text."""

WIDGET_TEXT_S = 0.25
"""The text of a widget is made again so often at most: a progress bar moves ten times a second."""

WIDGET_TEXT_MAX_CHARS = 10_000
"""Of the text of one widget."""

WIDGET_CHILDREN_MAX = 100
"""Of one box; what is beyond is not shown."""

WIDGET_DEPTH_MAX = 8
"""Boxes in boxes; a box could also be in itself."""

WIDGET_BAR_CHARS = 10
"""Width of the bar of a progress widget; that of tqdm."""

OUTPUTS_MAX_BYTES = 200_000_000
"""Output of a job that is passed on, where the job does not say."""

RETURNED_MAX_BYTES = 4_000_000_000
"""Largest parcel of results, where the job does not say."""

DETAIL_MAX_CHARS = 2_000
"""Longest sentence on how a job ended; a traceback stands in its output."""

SOCKET_FOLDER_MAX_CHARS = 60
"""Longest folder for private folders: a path of a Unix socket ends at 107."""
