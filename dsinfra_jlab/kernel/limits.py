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

JOB_WAIT_S = 15.0
"""How long the server is asked to wait for the end of jobs; then it is asked again."""

JOBS_WAITED_MAX = 1_000
"""Jobs that are waited for with one question."""

MAP_ITEMS_MAX = 10_000
"""Items of one ``map`` at most."""

MAP_BATCH_ITEMS = 100
"""Items of a ``map`` that are sent with one question: one commit of the store for all of them."""

MAP_BATCH_S = 0.2
"""Longest time that an item waits for others to be sent with it, while they are being packed."""

JOBS_CANCELLED_MAX = 200
"""Jobs that are cancelled with one question; each may have to be asked for at its target."""

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

# Errors

ERROR_CAPTURE_S = 0.04
"""How long the data around an error are looked at: less than what showing the error takes."""

LIBRARY_LINES_S = 0.01
"""Seconds for reading the files of libraries; IPython has read them where it shows them."""

FACTS_S = 0.025
"""How much of that facts for advice may take; the rest is for the variables."""

ERROR_MAX_CHARS = 200_000
"""Characters of one error: messages, sources, summaries and the rest together."""

ERROR_MESSAGE_MAX_CHARS = 10_000
"""Longest message of an exception; the whole is in what the cell has put out."""

ERROR_SHOWN_MAX_CHARS = 100_000
"""Longest part of a shown traceback that is searched for a message."""

ERROR_NOTES_MAX = 20
"""Notes of one exception."""

ERROR_NOTE_MAX_CHARS = 2_000
"""Longest of them."""

ERROR_BASES_MAX = 20
"""Base classes of an exception that are named."""

ERROR_STR_TIMEOUT_S = 0.1
"""How long a message that code of the user makes is waited for."""

ERRORS_PER_CELL_MAX = 100
"""Errors of one cell run beside the one that ended it; a cell with more fails in a loop."""

EXCEPTIONS_MAX = 50
"""Exceptions of one chain or group that are sent."""

EXCEPTIONS_WALKED = 10_000
"""Exceptions of one chain or group that are counted."""

FRAMES_MAX = 100
"""Frames of one exception that are sent, half from each end of the stack."""

TRACEBACK_MAX_CALLS = 200_000
"""Calls of a traceback that are looked at: about 20 ms."""

FRAME_SOURCE_MAX_CHARS = 2_000
"""Longest source of a statement."""

FILE_NAME_MAX_CHARS = 4_096
"""Longest name of a file; ``PATH_MAX`` of Linux."""

STATEMENT_PARSE_MAX_CHARS = 60_000
"""Longest file that is parsed to find where a statement begins and ends: about 10 ms."""

STATEMENT_MAX_LINES = 50
"""Lines of a statement that are sent."""

CELL_HASH_MAX_CHARS = 20_000
"""Longest code whose file name is computed, at half a microsecond a character."""

CELL_SEARCH_S = 0.01
"""How long the cell is searched whose code a frame runs."""

CELL_ALIGN_MAX_LINES = 2_000
"""Longest cell whose lines are compared with what IPython has made of them."""

DATA_EXCEPTIONS_MAX = 3
"""Exceptions of a chain at whose frames the data are looked at."""

DATA_FRAMES_MAX = 5
"""Frames of one exception at which the data are looked at."""

FRAME_VARIABLES_MAX = 30
"""Variables of one frame; the ones the failing statement names come first."""

VARIABLE_SUMMARY_MAX_CHARS = 500
"""Longest summary of a variable: one line of a table."""

VALUE_MAX_CHARS = 100
"""Longest value that is shown of a variable where the user wants values."""

SCAN_MAX_ITEMS = 1_000_000
"""Numbers that are looked at for nulls and ranges: about a millisecond."""

SCAN_MAX_OBJECTS = 20_000
"""The same where each is a Python object: about two milliseconds."""

CONTAINER_MAX_TYPES = 20
"""Items of a list or dict whose types are named."""

HELD_S = 0.005
"""How long the search for what a traceback holds may take, after the rest."""

HELD_FRAMES_MAX = 200
"""Frames whose variables are counted as held by a traceback."""

HELD_OBJECTS_MAX = 2_000
"""Objects that are counted as held by a traceback."""

GPU_PEAKS_S = 0.005
"""Reading the peaks of torch takes a tenth of that, but another thread may hold its allocator."""

GPU_PEAKS_SLOW_MAX = 3
"""Slow readings in a row after which this kernel's peaks are not read again."""

FACTS_MAX = 30
"""Facts of one error."""

FACTS_MAX_CHARS = 16_000
"""Facts of one error as JSON; the server reads up to 20,000."""

FACT_CODE_MAX_CHARS = 20_000
"""Longest code, of a cell or function, whose failing expression is looked for: about 15 ms."""

FACT_EXPRESSION_MAX_CHARS = 60
"""Longest expression that is named; longer ones do not fit into a sentence."""

FACT_NAME_MAX_CHARS = 100
"""Longest name or key that is compared and told."""

FACT_CANDIDATES_MAX = 1_000
"""Names that one missing name is compared with: up to 10 ms where they are much alike."""

FACT_NEAR_MAX = 6
"""Names that are told of those."""

FACT_STRETCH_ROWS = 20_000
"""Rows that are looked through before the clock is looked at: some 3 ms of Python."""

FACT_FILES_MAX = 2_000
"""Names of files that are looked through for a missing one."""

FACT_BIGGEST_MAX = 8
"""Names of a namespace that are told to be the biggest."""
