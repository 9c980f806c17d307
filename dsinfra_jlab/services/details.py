"""What was measured and seen of one run."""

from __future__ import annotations

from dataclasses import replace

from ..domain.exceptions import NotFound
from ..domain.ids import RunId
from ..domain.runs.capture import DataItem, DataKind, RunCapture, RunData
from ..domain.runs.metrics import MetricQuery, RunMetrics
from .contents_paths import ContentsPaths
from .ports import RecordStore


class RunDetails:
    """Metrics, data and names of a run; files come out as the file browser says them."""

    def __init__(self, store: RecordStore, paths: ContentsPaths) -> None:
        self._store = store
        self._paths = paths

    async def metrics(self, run_id: RunId, query: MetricQuery) -> RunMetrics:
        """Return the series of a run; raises ``NotFound``."""
        return await self._store.metrics(run_id, query.key or None, query.max_points)

    async def data(self, run_id: RunId) -> RunData:
        """Return the data a run touched; raises ``NotFound``."""
        data = await self._store.data(run_id)
        return replace(data, items=[located_item(item, self._paths) for item in data.items])

    async def capture(self, run_id: RunId) -> RunCapture:
        """Return which names a run used.

        Raises
        ------
        NotFound
            There is no such run, or no probe looked.
        """
        capture = await self._store.capture(run_id)
        if capture is None:
            raise NotFound("It is not known which names this run used: no probe was in its kernel.")
        return capture


def located_item(item: DataItem, paths: ContentsPaths) -> DataItem:
    """Return an item with the path of its file as the file browser says it."""
    if item.kind is not DataKind.file:
        return item
    return replace(item, name=paths.to_contents(item.name))
