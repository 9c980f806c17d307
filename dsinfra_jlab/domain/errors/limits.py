"""Every cap and default about errors: value, unit, reason."""

from __future__ import annotations

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

MESSAGE_HEAD_CHARS = 2_000
MESSAGE_TAIL_CHARS = 1_000
"""Of a message that is looked at for words: what says what happened stands at its ends."""

PRINTED_MAX_CHARS = 4_000
"""Of what a failed command printed that is looked at for the reason."""

LOST_COMPUTE_S = 600.0
"""An error after so many seconds weighs one level more: that much computing is lost."""

REPEATS_LEAST = 5
"""From this run of a kernel process on that fails in the same way, it weighs one level more: to
try again a few times is how cells are written."""

REPEATS_GROUPS_MAX = 2_000
"""Groups of kernel processes whose failures are counted; the one seen longest ago is forgotten."""

TEMPLATE_READ_MAX_CHARS = 10_000
"""Of a message that a template is made of."""

TEMPLATE_MAX_CHARS = 1_000
"""Longest template: beyond it messages hold data rather than words."""

STATEMENT_MAX_CHARS = 2_000
"""Longest normalised statement that takes part in grouping."""

RULES_MAX = 100
"""Rules at most: each is tried on each error."""

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
