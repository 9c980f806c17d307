"""Counts the messages of a kernel that were sent and never seen.

IOPub is lossy: a subscriber that falls behind is not told what it missed. Kernels built on
``jupyter_client`` number all they send, on every channel, so the holes can be counted. A
reply goes to whoever asked; one that went to somebody else leaves a hole too, which is
not a loss and is taken off the count. So is one number of a cell without a result: IPython
numbers a result before it knows whether there is anything to send.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field

from .messages import Envelope, Sender

_REMEMBERED_HOLES = 1_000
"""Holes of a process kept open for numbers that come late; older ones stay holes."""

_REMEMBERED_PARENTS = 2_000
"""Requests whose holes are counted apart; those of older ones go into the total."""

_REMEMBERED_AHEAD = 1_000
"""Numbers seen on other channels before IOPub came to them."""

_REMEMBERED_SESSIONS = 8
"""Processes of one kernel id told apart; more appear only when messages are forged."""


@dataclass(slots=True)
class _Hole:
    first: int
    last: int
    parent_id: str


@dataclass(slots=True)
class _Process:
    """What one kernel process has sent."""

    pid: int
    last: int
    busy_parent: str = ""
    holes: deque[_Hole] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_HOLES))
    ahead: OrderedDict[int, None] = field(default_factory=OrderedDict)


class MessageNumbers:
    """The running numbers of one kernel, process after process."""

    def __init__(self) -> None:
        self._processes: OrderedDict[str, _Process] = OrderedDict()
        self._missing: Counter[str] = Counter()
        self._unanswered: OrderedDict[str, None] = OrderedDict()
        self._resultless: OrderedDict[str, None] = OrderedDict()
        self._closed_total = 0

    def is_own(self, sender: Sender | None) -> bool:
        """Whether a message is the kernel's own and not that of a process it forked."""
        if sender is None:
            return True
        process = self._processes.get(sender.session)
        return process is None or process.pid == sender.pid

    def answered(self, envelope: Envelope) -> None:
        """Take note of a message seen on a channel other than IOPub."""
        self._unanswered.pop(envelope.parent_id, None)
        sender = envelope.sender
        process = self._processes.get(sender.session) if sender else None
        if sender is None or process is None or sender.pid != process.pid:
            return
        if sender.number <= process.last:
            self._fill(process, sender.number)
            return
        process.ahead[sender.number] = None
        if len(process.ahead) > _REMEMBERED_AHEAD:
            process.ahead.popitem(last=False)

    def published(self, envelope: Envelope, *, ends_parent: bool = False) -> str | None:
        """Take note of a message on IOPub; ``ends_parent`` if it closes what it belongs to.

        Returns
        -------
        The request during which messages were found missing, if any were.
        """
        sender = envelope.sender
        if sender is None:
            return None
        process = self._processes.get(sender.session)
        if process is None:
            process = self._add_process(sender)
        if sender.pid != process.pid:
            return None
        found = None
        if sender.number > process.last:
            found = self._open_holes(process, sender.number, envelope.parent_id)
            process.last = sender.number
        else:
            self._fill(process, sender.number)  # made before, sent after: IPython's results
        self._follow(process, envelope, ends_parent)
        return found

    def missed(self, parent_id: str) -> int | None:
        """Return how many messages of a request were never seen.

        ``None`` if the kernel does not number its messages.
        """
        if not self._processes:
            return None
        explained = (parent_id in self._unanswered) + (parent_id in self._resultless)
        return max(0, self._missing[parent_id] - explained)

    def total(self) -> int | None:
        """Return how many messages were never seen since the kernel is watched."""
        if not self._processes:
            return None
        return self._closed_total + sum(self.missed(parent) or 0 for parent in list(self._missing))

    def _add_process(self, sender: Sender) -> _Process:
        process = _Process(sender.pid, sender.number)
        self._processes[sender.session] = process
        if len(self._processes) > _REMEMBERED_SESSIONS:
            self._processes.popitem(last=False)
        return process

    def _follow(self, process: _Process, envelope: Envelope, ends_parent: bool) -> None:
        parent = envelope.parent_id
        is_begin = envelope.type == "status" and not ends_parent
        if is_begin and envelope.parent_type.endswith("_request"):
            _remember(self._unanswered, parent)
        if envelope.type == "execute_input":
            _remember(self._resultless, parent)
        elif envelope.type == "execute_result":
            self._resultless.pop(parent, None)
        process.busy_parent = "" if ends_parent else parent

    def _open_holes(self, process: _Process, number: int, next_parent: str) -> str | None:
        """Ascribe what is missing to what the kernel was busy with, else to what it turned to."""
        parent = process.busy_parent or next_parent
        first, count = process.last + 1, 0
        for known in sorted(ahead for ahead in process.ahead if ahead < number):
            del process.ahead[known]
            count += self._open_hole(process, first, known - 1, parent)
            first = known + 1
        count += self._open_hole(process, first, number - 1, parent)
        return parent if count else None

    def _open_hole(self, process: _Process, first: int, last: int, parent: str) -> int:
        count = last - first + 1
        if count <= 0:
            return 0
        process.holes.append(_Hole(first, last, parent))
        self._missing[parent] += count
        if len(self._missing) > _REMEMBERED_PARENTS:
            oldest = next(iter(self._missing))
            self._closed_total += self.missed(oldest) or 0
            del self._missing[oldest]
        return count

    def _fill(self, process: _Process, number: int) -> None:
        for hole in reversed(process.holes):
            if hole.first <= number <= hole.last:
                break
        else:
            return
        self._missing[hole.parent_id] -= 1
        rest = _Hole(number + 1, hole.last, hole.parent_id)
        hole.last = number - 1
        if rest.first <= rest.last:
            process.holes.append(rest)
        if hole.first > hole.last:
            process.holes.remove(hole)


def _remember(parents: OrderedDict[str, None], parent_id: str) -> None:
    parents[parent_id] = None
    if len(parents) > _REMEMBERED_PARENTS:
        parents.popitem(last=False)
