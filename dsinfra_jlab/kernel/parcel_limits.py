"""Every cap of what is sent to a target and brought back: value, unit, reason."""

from __future__ import annotations

CHUNK_BYTES = 8_000_000
"""Bytes that one thread hashes and writes at a time: enough that the hand-over costs nothing."""

PIECE_BYTES = 262_144
"""Bytes of a stretch that are hashed and written at once: they are still in the processor's cache
when the second of the two takes them."""

PROBE_BYTES = 262_144
"""Bytes by which the methods of hashing are compared; a third of a millisecond each."""

PROBE_TURNS = 3
"""The best of so many counts: another process may come between."""

SEAL_MIN_BYTES = 32_000_000
"""Smaller files are hashed again, which takes no longer than two ticks of the clock."""

TICK_NS = 20_000_000
"""The clock of file times moves on in steps of 10 ms at most; twice that is past the next one."""

FINE_TIMES_NS = 1_000_000
"""Disks that keep times in milliseconds or seconds give multiples of it; others one in a million.
"""

THREADS_MAX = 4
"""Threads that hash and copy; more only wait for the same memory."""

REGION_ALIGN_BYTES = 4_096
"""Larger buffers begin at a page, so that a page that was written to tells which one changed."""

SMALL_ALIGN_BYTES = 64
"""Buffers below a page begin at a line of the processor's cache, as numpy's own memory does."""

ANONYMOUS_MIN_BYTES = 1_000_000
"""From here on memory comes from the system, which clears it only when it is touched."""

HUGE_MIN_BYTES = 4_194_304
"""From here on it is asked for in large pages, of 2 MiB on most machines; as numpy does."""

STAY_MIN_BYTES = 16_777_216
"""From here on an array of results stays in its file instead of being copied: each holds a number
of an open file, and less is copied in 10 ms."""

DIGEST_MAX_BYTES = 256_000_000
"""A name whose pickle, without its buffers, is longer has no digest: it would be felt twice."""

MARK_MAX_BYTES = 1_000_000
"""The same for names that a job may only overwrite: of larger ones the identity has to do."""

MARK_MAX_MEMORY_BYTES = 64_000_000
"""And this for their memory: hashing it takes 20 to 70 ms."""

SEARCH_S = 2.0
"""How long the place of a value that cannot be pickled is looked for, in the thread's time."""

SEARCH_MOST_S = 10.0
"""The same by the clock on the wall."""

SEARCH_DEPTH = 40
"""Deepest path to such a value; nobody reads a longer one."""

SEARCH_GROUP = 32
"""Parts of a container that are tried together at first: one that fails is halved."""

UNPICKLABLE_MAX = 20
"""Names that are reported as not picklable."""

LARGE_NAMES_MAX = 5
"""Names that are named when much is to be sent."""

PARCEL_JSON_MAX_BYTES = 64_000_000
"""Longest ``parcel.json``; 10,000 names with 10,000 buffers take about 4 MB."""

LOCAL_FILES_MAX = 5_000
"""Files of local modules; a folder with more is no package of a notebook's."""

LOCAL_MAX_BYTES = 50_000_000
"""Bytes of local modules."""

LOCAL_FILE_MAX_BYTES = 5_000_000
"""Larger files inside of packages are data, and left out; they are better read from a store."""

SOURCES_MAX = 500
"""Cells whose source goes along with the functions that come from them."""

SOURCES_MAX_CHARS = 1_000_000
"""Characters of them in all."""

JOBS_KEPT = 1_000
"""Jobs of which it is known what was here when they were sent."""

CODE_MAX_CHARS = 200_000
"""Longer code is not analysed: every name that occurs in it is sent."""

WALK_USES_MAX = 200_000
"""Uses of names that are followed into functions, against generated code."""

TEXT_MAX_CHARS = 500
"""Longest message of an exception that is told on."""

SETTINGS_MAX = 1_000
"""Settings of one library that go along with a cell; matplotlib has 300."""

SETTING_MAX_CHARS = 1_000
"""A longer setting is none about looks."""
