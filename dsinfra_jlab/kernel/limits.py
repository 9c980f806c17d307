"""Every cap of the probe: value, unit, reason. The server checks with limits of its own."""

from __future__ import annotations

FLUSH_INTERVAL_S = 0.05
"""How long what was logged gathers before it is sent: what a killed kernel can lose."""

MESSAGE_MAX_POINTS = 20_000
"""Points of one message: 480 kB, packed in about a millisecond."""

MESSAGE_MAX_EVENTS = 500
"""Events of one message; the server reads up to 1,000."""

MESSAGE_MAX_BYTES = 2_000_000
"""Buffers of one message; larger ones hold up the kernel's other output."""

SERIES_MAX_POINTS = 1_000_000
"""Points of one metric of one run that are sent. Further ones only set its last value."""

SERIES_MAX = 1_000
"""Metrics of one run; beyond it nobody finds a column any more."""

KEY_MAX_CHARS = 200
"""Longest name of a metric, parameter or tag."""

TEXT_MAX_CHARS = 500
"""Longest text kept as a parameter; longer ones are data."""

TAG_MAX_CHARS = 1_000
"""Longest value of a tag."""

INT_MAX_BITS = 1_600
"""Largest integer kept as a parameter, about 480 digits: longer ones are slow to write out."""

CELL_PARAMS_MAX = 100
"""Parameters taken from one cell by itself."""

CELL_METRICS_MAX = 100
"""Metrics taken from one cell by itself."""

CELL_NAMES_MAX = 2_000
"""Names that one cell reads, and as many that it writes, that are sent."""

CONTAINER_MAX_ITEMS = 100
"""Items of a list or dict that ``log_param`` writes out."""

CODE_MAX_CHARS = 200_000
"""Longest code whose names are analysed: about 100 ms."""

ANALYSES_KEPT = 256
"""Cells whose analysis is kept; a notebook has fewer."""

CELLS_KEPT = 1_000
"""Ended cells that threads and tasks can still log to."""

PROBLEMS_MAX = 5
"""Failures of the probe that are reported; the sixth tells nothing new."""

CHILD_FLUSHES_AT_ONCE = 100
"""Calls in a forked process that are sent one by one: it may end without a word. Later ones
gather, because each message costs a connection."""

QUESTION_TIMEOUT_S = 10.0
"""How long an answer of the server is waited for."""

STATUS_TIMEOUT_S = 2.0
"""How long the server has to say that it is there."""

ABSENT_TIMEOUT_S = 0.5
"""The same once it has failed to answer."""

ARTIFACT_PART_BYTES = 1_000_000
"""Bytes of one part of an artifact."""

ARTIFACT_ASK_PARTS = 8
"""After so many parts the server is asked whether they have arrived."""

ARTIFACT_MAX_PARTS_ON_WAY = 16
"""Parts on their way at most; IOPub throws messages away when a reader falls behind."""

ARTIFACT_MAX_BYTES = 5_000_000_000
"""Largest artifact. It travels through the kernel's own connection, at some 100 MB a second."""

FOLDER_MAX_FILES = 1_000
"""Files below a folder that is logged."""

IMAGE_MAX_PIXELS = 100_000_000
"""Pixels of an array that is logged as an image."""
