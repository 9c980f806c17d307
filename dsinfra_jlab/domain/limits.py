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

STOP_DEADLINE_S = 5.0
"""How long the observer may take to end when the server stops."""

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

# Start and stop

START_DEADLINE_S = 20.0
"""One part of the extension has this long to start. A migration of a large store may take it."""

STOP_DEADLINE_S = 5.0
"""All parts together have this long to stop; Jupyter itself gives kernels about as long."""

STOP_LEAST_S = 1.0
"""What each part has to stop even after the deadline: the store, which is the last, commits."""

FIRST_ROUND_S = 2.0
"""How long kernels are not yet watched while the settings are being read at the start."""

HOUSEKEEPING_INTERVAL_S = 3_600.0
"""How often what is past its time is erased."""

# Errors

ERRORS_PER_RUN_MAX = 100
"""Errors of one run that become records; a cell that logs more fails in a loop."""

EXCEPTIONS_MAX = 50
"""Exceptions of one chain or group that are kept; further ones are counted."""

FRAMES_MAX = 100
"""Frames of one exception that are kept, half from each end of the stack."""

FRAME_SOURCE_MAX_CHARS = 2_000
"""Longest source of a statement kept with a frame."""

FRAME_VARIABLES_MAX = 30
"""Variables of one frame; the ones the failing statement names come first."""

VARIABLE_SUMMARY_MAX_CHARS = 500
"""Longest summary of a variable: one line of a table."""

ERROR_BASES_MAX = 20
"""Base classes of an exception's class; deeper trees are generated."""

ERROR_NOTES_MAX = 20
"""Notes of one exception."""

ERROR_NOTE_MAX_CHARS = 2_000
"""Longest of them."""

FACTS_MAX = 50
"""Facts of one error that advice is made of."""

FACTS_MAX_CHARS = 20_000
"""Facts of one error as JSON."""

TRACEBACK_MAX_CHARS = 200_000
"""Text of a traceback that is read, half from each end: about 2,000 frames."""

OPERATIONS_MAX = 20
"""Runs before an error that are named with it."""

IGNORE_COUNT_MAX = 1_000_000
"""A group is ignored for at most so many more occurrences; beyond it, ignore it for ever."""

GROUP_NOTEBOOKS_MAX = 5
"""Notebooks that a list names with a group."""

GROUP_TREND_BUCKETS = 24
"""Points of a group's sparkline."""

GROUP_NEW_S = 86_400.0
"""A group is new for a day, unless another run has it too; only then can it escalate."""

ESCALATION_LEAST = 5
"""Occurrences of the last hour without which nothing escalates: trying again is no trend."""

ESCALATION_FACTOR = 3.0
"""So many times more often than in the mean of the week before is much more often."""

ESCALATION_WEEK_HOURS = 168
"""Hours that the last one is compared with."""

ESCALATION_LASTS_S = 86_400.0
"""How long a group is shown as escalating after it was so last."""

ERROR_HOURS_KEPT_DAYS = 31
"""Occurrences are counted by hour for so long, and by day for as long as there are any."""

ERROR_TREND_BUCKETS_MAX = 1_000
"""Stretches of a trend in one answer; a screen has fewer pixels across."""

ERROR_HISTORY_SHARES_MAX = 100
"""Notebooks and environments that a group's history names, the newest first."""

ERROR_HISTORY_RUNS_MAX = 50
"""Newest runs of a group whose parameters are compared."""

ERROR_FAMILY_MAX = 20
"""Groups of the same trouble elsewhere that are named with a group."""

GROUP_TITLE_MAX_CHARS = 300
"""Longest title of a group: one line of a list."""

GROUP_WORDS_MAX_CHARS = 2_000
"""Characters of a group's message that can be searched."""

EXPORT_ERRORS_MAX = 10_000
"""Errors of one export: about 100 MB."""

RULE_PATTERN_MAX_CHARS = 500
"""Longest pattern of a rule."""

RULE_TEXT_MAX_CHARS = 2_000
"""Of class and message that a rule's pattern is tried on: patterns may be slow on long texts."""

LOST_COMPUTE_S = 600.0
"""An error after so many seconds weighs one level more: that much computing is lost."""

TEMPLATE_READ_MAX_CHARS = 10_000
"""Of a message that a template is made of."""

TEMPLATE_MAX_CHARS = 1_000
"""Longest template: beyond it messages hold data rather than words."""

STATEMENT_MAX_CHARS = 2_000
"""Longest normalised statement that takes part in grouping."""

RULES_MAX = 100
"""Rules at most: each is tried on each error."""

DIFFERENCE_SENTENCES_MAX = 20
"""Sentences that say what differs between two runs: more of them nobody reads in a list."""

DIFFERENCE_VALUE_MAX_CHARS = 100
"""A value of a parameter within such a sentence."""

ADVICE_MAX = 5
"""Pieces of advice with one error: the sixth is a guess."""

MEMORY_TRAIL_S = 60.0
"""What is told of the memory before an error."""

MEMORY_TRAIL_POINTS = 60
"""Readings that are kept for it."""

HISTORY_CELLS_MAX = 5_000
"""Versions of cells of one kernel whose names are remembered; an hour of hard work makes 500."""

HISTORY_NAMES_MAX = 200_000
"""Names of all of them: about 20 MB."""

SPELLING_MAX_CHARS = 80
"""Longer names are not compared letter by letter; nobody types them."""

SPELLINGS_MAX = 3
"""Names that are proposed for one that is missing."""

DIAGNOSIS_MAX_CHARS = 200
"""Longest diagnosis: two lines below a cell."""

# Resources

SAMPLES_WINDOW_MAX_S = 604_800.0
"""The past that is kept: seven days."""

SAMPLE_MEMORY_S = 21_600.0
"""The past that is held in memory: six hours."""

SAMPLE_HISTORY_STEPS_S = (60, 120, 300, 600, 900)
"""Between points of the past that is stored: a minute, or several in one."""

SAMPLE_HISTORY_POINTS = 720
"""Points of each series in an answer from the store: the pixels that a chart has for them."""

SAMPLE_HISTORY_KERNELS_MAX = 100
"""Kernels in an answer from the store, the newest: in a week there may be very many."""

SAMPLE_HISTORY_ROWS_MAX = 20_000
"""Hours of a machine, a kernel or a GPU that are read at once: 100 kernels that live a week."""

SAMPLE_INTERVAL_S = 1.0
"""Between looks while somebody looks on or something runs."""

SAMPLE_IDLE_INTERVAL_S = 10.0
"""The same otherwise."""

SAMPLE_RING_POINTS = 600
"""Points of each series at that rate: ten minutes."""

SAMPLE_COARSE_STEP_S = 10.0
"""Between points of the past before that."""

SAMPLE_COARSE_POINTS = 2_160
"""Of them: six hours."""

RUN_SAMPLES_MAX = 2_000
"""Points kept of one run; longer runs are thinned so that peaks stay."""

CELL_PEAK_RUNS = 20
"""Runs of a cell whose peaks say what it will take: code and data change over more of them."""

NOTEBOOK_PEAK_SESSIONS = 30
"""Sessions of a notebook whose peaks say in how much memory it fits."""

NOTEBOOK_PEAK_WALK = 2_000
"""Cells of a notebook among which they are looked for."""

CELL_PEAK_WALK = 500
"""Runs of a cell among which they are looked for, so that asking costs the same however many."""

SAMPLE_SERIES_MAX = 600
"""Series whose past is held: 11 kB each, a hundred kernels and eight GPUs."""

SAMPLER_COST_RATIO_MAX = 0.005
"""Part of one CPU that looking may take; above it there is a look half as often."""

SAMPLE_DISCOVERY_INTERVAL_S = 5.0
"""Between searches for new processes of kernels: each reads one file of every process."""

SAMPLE_DISCOVERY_IDLE_INTERVAL_S = 60.0
"""The same while nothing runs: idle kernels start few processes."""

SAMPLE_DISCOVERY_SOON_S = 1.0
"""After a run began such a search is due this soon, and then less and less often."""

SAMPLE_DISK_INTERVAL_S = 5.0
"""Between readings of disks, which cost more than all the rest of the machine."""

SAMPLE_DISK_IDLE_INTERVAL_S = 60.0
"""The same while nobody looks on and nothing runs: as often as a point of the past is stored."""

SAMPLED_RUNS_MAX = 1_000
"""Runs that are looked at at once; the end of an older one was missed."""

MUTED_ALERTS_MAX = 1_000
"""Alerts on the list of those that nobody wants to hear of."""

ALERTS_KEPT_MAX = 1_000
"""Alerts that are over and still told with the run they were about."""

SAMPLE_MARK_INTERVAL_S = 5.0
"""Between readings of the highest memory mark of a kernel in which nothing runs."""

SAMPLE_MARK_IDLE_INTERVAL_S = 30.0
"""The same while nobody looks on either. A mark never falls, so an old one only makes the peak of
the next run a bound where it could have been exact."""

EXACT_MEMORY_PROCESSES_MAX = 500
"""Processes of a kernel whose memory is read to the page, the largest first."""

EXACT_MEMORY_S = 2.0
"""After so long no further process is read: 200 GB are, at 9 ms for each."""

EXACT_MEMORY_PATIENCE_S = 5.0
"""For so long whoever asked waits. A process that is busy with its own memory holds up whoever
reads it."""

EXACT_MEMORY_AGAIN_S = 2.0
"""Whoever asks again so soon is given what was read before."""

EXACT_MEMORY_REST = 20
"""And so many times as long as it took: at most a twentieth of one CPU goes into it."""

EXACT_MEMORY_READERS_MAX = 4
"""Kernels that are read at once. A reader that the system holds up cannot be ended."""

# NVIDIA GPUs

GPU_LIST_INTERVAL_S = 2.0
"""Between lists of the processes on a GPU, which cost ten times as much as other readings."""

GPU_SLOW_INTERVAL_S = 4.0
"""Between readings of temperature, energy, use by process and what slows a GPU down: they take
turns, one call a look."""

GPU_POWER_LIMIT_INTERVAL_S = 60.0
"""Between readings of the power limit, which administrators change, nobody else."""

GPU_INSTANCES_INTERVAL_S = 30.0
"""Between looks for instances of divided GPUs, which are made and removed while in use."""

GPU_RETRY_S = 600.0
"""After a driver, device or call was found not to work it is tried again."""

GPU_HANG_S = 5.0
"""A call that takes longer hangs; to begin takes a second or more where no driver stays loaded."""

GPU_REST_AFTER_S = 30.0
"""A GPU that the system may put to sleep is left alone after nothing ran on it for so long."""

GPU_REST_S = 60.0
"""For how long it is left alone, unless somebody looks closely."""

GPU_LATENCIES_KEPT = 64
"""Latest durations of each call of each device, for the table of `doctor`."""

GPU_INSTANCES_MAX = 16
"""Instances of one GPU that are asked for; the hardware has at most seven."""

GPU_DEVICES_MAX = 64
"""GPUs that are read; machines have at most sixteen."""
