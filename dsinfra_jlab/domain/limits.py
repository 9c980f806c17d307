"""Every cap and default: value, unit, reason."""

from __future__ import annotations

# Pages

PAGE_DEFAULT = 50
"""Items of a list page when the caller does not say."""

PAGE_MAX = 500
"""Items of a list page at most: 500 summaries are about 300 kB of JSON."""

QUERY_MAX_CHARS = 2_000
"""Longest search query. Longer ones are pasted code, which free words cannot find anyway."""

QUERY_MAX_DEPTH = 20
"""Deepest nesting of parentheses and ``NOT`` in a search query."""

QUERY_MAX_TERMS = 50
"""Terms of a search query at most; each may become a sub-query in SQL."""

WORD_MAX_CHARS = 100
"""Longest word that is told from others; PostgreSQL's index takes about 500."""

# Requests

BODY_MAX_BYTES = 1_000_000
"""Largest request body. Notes are the largest thing a caller sends."""

NAME_MAX_CHARS = 200
"""Longest name of a run or an experiment."""

NOTE_MAX_CHARS = 100_000
"""Longest note; about fifty pages of text."""

TAGS_MAX = 100
"""Tags on one run at most."""

TAG_KEY_MAX_CHARS = 100
"""Longest key of a tag."""

TAG_VALUE_MAX_CHARS = 1_000
"""Longest value of a tag."""

PATH_MAX_CHARS = 4_096
"""Longest path of a notebook; ``PATH_MAX`` of Linux."""

EXCLUDED_NOTEBOOKS_MAX = 1_000
"""Notebooks on the list of those not recorded; it is looked through at every cell."""

OUTPUTS_MAX_BYTES_LEAST = 10_000
"""The setting of that name cannot be lower: a single traceback is about that large."""

OUTPUTS_MAX_BYTES_MOST = 1_000_000_000
"""The setting of that name cannot be higher: SQLite ends at 1 GB a value."""

RETENTION_MAX_DAYS = 36_500
"""A hundred years; more overflows the calendar."""

# Messages of kernels

FRAME_MAX_BYTES = 8_000_000
"""A message with a larger content is not decoded: 8 MB take about 70 ms of JSON."""

OVERSIZED_HEAD_BYTES = 64_000
"""How much of an oversized stream message is kept from its beginning, and as much from its end."""

CODE_MAX_CHARS = 1_000_000
"""Longest code kept of one run; the rest is cut and said to be."""

ERROR_MESSAGE_MAX_CHARS = 10_000
"""Longest error message kept with the run; the whole traceback is in its outputs."""

STREAM_PART_MAX_CHARS = 4_000_000
"""Characters kept from the head, and as many from the tail, of one stretch of a stream."""

OUTPUTS_MAX_BYTES = 32_000_000
"""Bytes of all outputs of one run; later ones are replaced by a line that says so."""

OUTPUTS_MAX_COUNT = 100_000
"""Outputs of one run at most, against floods of empty displays."""

# What the probe in a kernel may claim

PROBE_EVENTS_MAX = 1_000
"""Events of one message; the probe itself sends at most some dozen."""

PROBE_BUFFERS_MAX_BYTES = 16_000_000
"""Bytes in the buffers of one message; the probe sends at most a few parts of 1 MB."""

CELL_NAMES_MAX = 2_000
"""Names that one cell reads, and as many that it writes; generated code has that many."""

RUN_KEYS_MAX = 1_000
"""Parameters of a run, and as many metrics: beyond it nobody finds a column any more."""

PARAM_MAX_CHARS = 1_000
"""Longest text kept as a parameter's value."""

SERIES_MAX_POINTS = 1_000_000
"""Points of one metric of one run that are kept: 24 MB. Further ones only set its last value."""

RUN_MAX_POINTS = 10_000_000
"""The same for all metrics of a run."""

BLOCKS_MAX = 10_000
"""Blocks of one cell run that become runs of their own."""

KNOWN_NAMES_MAX = 20_000
"""Names of one kernel whose last writer is remembered."""

FLAGS_MAX = 100
"""Flags on one run; a hundred reasons to doubt it are enough."""

DATA_ITEMS_MAX = 1_000
"""Files and other data of one run; a cell that opens more walks a folder."""

PACKAGES_MAX = 5_000
"""Packages of one environment at most; the largest distributions have about 1,000."""

ARTIFACT_MAX_BYTES = 5_000_000_000
"""Largest artifact. It travels through the kernel's own connection, at some 100 MB a second."""

ARTIFACT_PART_MAX_BYTES = 4_000_000
"""Longest part of an artifact in one message; the probe sends 1 MB."""

ARTIFACT_QUEUE_MAX_BYTES = 128_000_000
"""Parts that wait to be written; a kernel that keeps to the rules has 16 MB on the way."""

ARTIFACT_SWEEP_AGE_S = 7 * 86_400.0
"""Contents that no run has are deleted when they are older: a store that was put aside by
mistake can be put back within that time."""

ARTIFACTS_MAX = 1_000
"""Artifacts of one run."""

QUESTION_MAX_RUNS = 1_000
"""Runs in one answer to ``runs()`` of a kernel."""

MOMENT_MAX_S = 32_503_680_000.0
"""The year 3000, in seconds since 1970: later moments are errors."""

# How long the tracker waits for messages that may still come

REPLY_GRACE_S = 2.0
"""After idle, how long a connected client's reply is waited for before IOPub decides."""

IDLE_GRACE_S = 2.0
"""After the reply, how long the closing idle is waited for; outputs may still be on their way."""

AMEND_WINDOW_RUNS = 1_000
"""Ended runs of one kernel that a late reply can still correct."""

ENDED_OUTPUTS_MAX_BYTES = 32_000_000
"""Outputs of ended runs of one kernel kept in memory for threads that go on printing."""

DISPLAY_IDS_MAX = 1_000
"""Displays of one kernel that a later cell can still update."""

REPLACED_GRACE_S = 10.0
"""After another kernel process was seen to start, how long word of a restart is waited for."""

SAME_ACT_S = 15.0
"""An interrupt and an end of the kernel closer than this are one act: Jupyter interrupts
a kernel before it restarts or stops it, and gives it five seconds."""

CLAIM_TOLERANCE_S = 1.0
"""How far a duration by the kernel's dates may be from the observed one and be believed."""

# Observer

OUTPUT_FLUSH_S = 1.0
"""How often the outputs of a running cell are stored: what a killed server can lose of them."""

OUTPUT_FLUSH_LARGE_S = 10.0
"""The same for outputs above ``OUTPUT_FLUSH_LARGE_BYTES``, whose writing costs more."""

OUTPUT_FLUSH_LARGE_BYTES = 1_000_000
"""From here on outputs are flushed at the slower pace."""

ENVIRONMENT_INTERVAL_S = 30.0
"""The environment of a kernel is read again at most so often, and only when cells run."""

OBSERVER_BATCH = 500
"""Messages taken from one kernel before the next one has its turn."""

OBSERVER_NAP_S = 0.05
"""How long messages are let gather before they are read; nobody sees a twentieth of a second."""

OBSERVER_HURRY_S = 0.5
"""How long after an answer or a request to a kernel its messages are read as they come: it replies,
or asks the next question."""

OBSERVER_TICK_S = 0.1
"""How finely the observer keeps the times of its trackers."""

OBSERVER_REST_S = 30.0
"""How long it waits when nothing is due: it is woken by whatever comes. Looking ten times a second
for nothing took 0.4 % of a core with ten idle kernels."""

EARLY_MESSAGES_MAX = 1_000
"""Messages of clients kept from the first seconds of a server, before kernels are watched."""

SESSION_RETRY_S = (0.0, 0.2, 0.5, 1.0, 2.0)
"""When a new kernel's document is looked up: Jupyter makes the session after the kernel."""

# Store

COMMIT_INTERVAL_S = 0.25
"""Mean time between two commits under load. A quiet store commits at once. Panels are told of
changes no more often, and each commit has a price that a batch shares."""

COMMIT_BURST = 3
"""Commits that a store makes at once after a quiet second: a cell that logs has its beginning,
its points and its end stored without waiting for a turn, and a flood is still paced."""

PENDING_MAX_BYTES = 256_000_000
"""Bytes of records waiting for an unavailable store before outputs are sacrificed."""

STORE_RETRY_MAX_S = 30.0
"""Longest pause between two tries to reach an unavailable store."""

STORE_OPEN_S = 10.0
"""From here on a store that does not open is said to be away; the try goes on."""

STORE_ANSWER_S = 30.0
"""Longest a caller waits for the store; a panel that waits longer has been left."""

STORE_READ_S = 10.0
"""A read that takes longer is broken off, so that a costly search does not hold up the rest."""

STORE_CLOSE_S = 10.0
"""How long a closing store tries to commit what waits."""

METRIC_CHUNK_POINTS = 65_536
"""Points of a metric stored together at most: 1.5 MB, unpacked in some ten milliseconds."""

METRIC_WAIT_POINTS = 4_096
"""Points of one metric that are gathered while they wait for the store: 100 kB, so that
adding a few to them copies little."""

ARTIFACT_RESERVE_BYTES = 500_000_000
"""Room on the disk that artifacts leave: the database and the user's own files need some."""

BATCH_MAX_CHANGES = 2_000
"""Changes of one transaction at most: about half a second, in which others wait for the lock."""

BATCH_MAX_BYTES = 64_000_000
"""Outputs of one transaction at most; above, what waits goes in several."""

STORABLE_MAX_DEPTH = 100
"""Deepest nesting of JSON that is kept: encoders give up at about 1,000."""

STORED_KEY_MAX_CHARS = 200
"""Longest id, name or key in an index; PostgreSQL refuses index entries above 2,700 bytes."""

CODE_LINE_MAX_CHARS = 200
"""Characters of the line of code that lists show."""

STORED_WORDS_MAX_CHARS = 200_000
"""Characters of one run's code, error and note that can be searched; PostgreSQL's index
entry of a text ends at 1 MB."""

REWRITE_MAX_BYTES = 500_000_000
"""A SQLite file up to this size is rewritten after something was erased: a few seconds, in
which records wait in memory, and room for a second file."""

SEARCH_PROBE_ROWS = 2_000
"""Runs that are fetched and sorted when a term of a search matches so few; above, the runs
are walked newest first. Both cost about 10 ms here."""

SEARCH_WALK_ROWS = 10_000
"""Runs whose words are looked at one by one, instead of all hits of a word: about 40 ms."""

UNDO_DAYS = 7
"""Days a deleted run stays in the trash before it is erased."""

SERVER_HEARTBEAT_S = 60.0
"""How often a server says in the store that it is alive."""

SERVER_STALE_S = 180.0
"""A server of another host that was silent for so long is taken for dead."""

LINEAGE_MAX_STEPS = 5_000
"""Cell runs of a session that are looked through for the origins of a result."""

CHART_MAX_POINTS = 5_000
"""Points of one series in one answer at most; a screen has fewer pixels across."""

CHART_POINTS = 1_000
"""The same when the caller does not say."""

COMPARED_RUNS_MAX = 20
"""Runs side by side; more columns nobody reads."""

DIFF_MAX_CHARS = 200_000
"""Longest code diff that is made: beyond it, two cells have nothing in common."""

DIFF_MAX_STEPS = 1_000_000
"""Steps of the search for the shortest diff: about half a second. Beyond them the code is
shown as replaced; two cells with a thousand edits between them have little in common."""

STALE_FILES_MAX = 200
"""Files that a result read which are looked at to see whether they have changed."""

STALE_DIGEST_MAX_BYTES = 200_000_000
"""Content read for that in one answer, of files whose time is new and whose size is not:
about a fifth of a second. Beyond it their time alone decides."""

NOTEBOOK_READ_MAX_BYTES = 50_000_000
"""A larger notebook is not read to see whether its cells have been edited."""

DISK_LOOK_S = 5.0
"""Longest an answer waits for the disk; a network file system may hang."""

ORIGIN_DATA_MAX = 500
"""Cell versions of one lineage whose data are looked up."""

# Events

EVENT_INTERVAL_S = 0.25
"""A client gets events at most four times a second in the long run."""

EVENT_BURST = 8
"""Times that a client which was quiet is told at once: a cell that was sent and has ended is seven
changes of its job and its run within a tenth of a second, and the last of them is waited for."""

EVENT_IDS_MAX = 200
"""Ids in one event; beyond it the event says it is not complete and the client refetches."""

WATCH_REQUEST_MAX_BYTES = 10_000
"""Longest message a client of the events websocket may send; a real one has a hundred."""

WATCH_INTERVAL_S = 5.0
"""How often kernels and sessions are listed to catch what no event told."""

ACTIVITY_INTERVAL_S = 10.0
"""How often jobs at work are noted as activity: Jupyter and Hubs look once a minute at most."""

# Start and stop

START_DEADLINE_S = 20.0
"""One part of the extension has this long to start. A migration of a large store may take it."""

STOP_DEADLINE_S = 5.0
"""All parts together have this long to stop, and so has any thread of theirs; Jupyter itself gives
kernels about as long."""

STOP_LEAST_S = 1.0
"""What each part has to stop even after the deadline: the store, which is the last, commits."""

FIRST_ROUND_S = 2.0
"""How long kernels are not yet watched while the settings are being read at the start."""

HOUSEKEEPING_INTERVAL_S = 3_600.0
"""How often what is past its time is erased."""

DIFFERENCE_SENTENCES_MAX = 20
"""Sentences that say what differs between two runs: more of them nobody reads in a list."""

DIFFERENCE_VALUE_MAX_CHARS = 100
"""A value of a parameter within such a sentence."""

# What lies behind an alert

NEW_FILES_MAX = 20
"""New files that are named, the biggest."""

NEW_FILES_ENTRIES_MAX = 200_000
"""Entries of folders that are looked at for them: about two seconds of one CPU."""

NEW_FILES_S = 5.0
"""After so long the search ends with what it has found."""

ALERT_CPU_S = 0.5
"""Between the two readings that tell which processes are busy."""

ALERT_PROCESSES_MAX = 100
"""Processes that are named, the busiest."""

ALERT_DETAILS_PATIENCE_S = 10.0
"""For so long whoever asked waits: a file server may be away."""

ALERT_DETAILS_AT_ONCE_MAX = 2
"""Searches at once."""

ALERT_DETAILS_AGAIN_S = 10.0
"""Whoever asks again so soon is given what was found before."""
