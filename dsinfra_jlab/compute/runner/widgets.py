"""Shows widgets as text.

What draws a widget talks to the kernel that made it, and nobody can talk to that of a job. So its
place is taken by text, which follows what the widget says: progress bars such as those of
``tqdm.notebook`` read as they do in a terminal.
"""

from __future__ import annotations

import html
import re
import time
from typing import Any

from . import limits
from .wire import JsonObject, Message

VIEW = "application/vnd.jupyter.widget-view+json"
"""The type of what a page draws with the help of the kernel."""

_PROGRESS = ("IntProgressModel", "FloatProgressModel")
_TEXTS = ("HTMLModel", "HTMLMathModel", "LabelModel")
_BOXES = {"HBoxModel": " ", "BoxModel": " ", "VBoxModel": "\n"}
"""Boxes, and what stands between their children."""
_KEPT = ("_model_name", "value", "min", "max", "description", "children")
_CHILD = "IPY_MODEL_"
_PARTS = " ▏▎▍▌▋▊▉█"
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


class WidgetTexts:
    """The widgets of one job, as they stand."""

    def __init__(self) -> None:
        self._states: dict[str, JsonObject] = {}
        self._shown: dict[str, dict[str, _Place]] = {}
        """Where each widget is shown, by the id of the display."""
        self._news_at: float | None = None

    @property
    def due_at(self) -> float | None:
        """When the text of some widget has to be made again; ``None`` while it is up to date."""
        return self._news_at

    def take(self, message: Message) -> None:
        """Take in what a widget says of itself."""
        content = message.content
        id_ = str(content.get("comm_id"))
        if message.type == "comm_close":
            if self._states.pop(id_, None) is not None:
                self._note_news()
            return
        data = content.get("data")
        state = data.get("state") if isinstance(data, dict) else None
        if not isinstance(state, dict):
            return
        if message.type == "comm_open" and len(self._states) < limits.WIDGETS_MAX:
            self._states[id_] = {}
        known = self._states.get(id_)
        if known is not None:
            known.update({key: state[key] for key in _KEPT if key in state})
            self._note_news()

    def as_text(self, message: Message) -> Message:
        """Return a message without what cannot be drawn; any other one as it is."""
        content = message.content
        data = content.get("data")
        view = data.get(VIEW) if isinstance(data, dict) else None
        if data is None or view is None:
            return message
        id_ = str(view.get("model_id")) if isinstance(view, dict) else ""
        data = {key: value for key, value in data.items() if key != VIEW}
        data.setdefault("text/plain", "")
        text = self._text(id_)
        content = {**content, "data": data}
        if text is not None:
            data["text/plain"] = text
            transient = dict(content.get("transient") or {})
            display_id = str(transient.setdefault("display_id", f"widget-{id_}"))
            content["transient"] = transient
            place = _Place(message._replace(content={}), text)
            self._shown.setdefault(id_, {})[display_id] = place
        return message._replace(content=content)

    def news(self) -> list[Message]:
        """Return messages that bring what is shown up to date."""
        self._news_at = None
        found = []
        for id_, places in self._shown.items():
            text = self._text(id_) or ""
            for display_id, place in places.items():
                if place.text != text:
                    place.text = text
                    found.append(_update(place.message, display_id, text))
        return found

    def _note_news(self) -> None:
        if self._shown and self._news_at is None:
            self._news_at = time.monotonic() + limits.WIDGET_TEXT_S

    def _text(self, id_: str, depth: int = 0) -> str | None:
        """Return the text of a widget; ``None`` if it is none that reads as text."""
        state = self._states.get(id_)
        if state is None or depth > limits.WIDGET_DEPTH_MAX:
            return None
        kind = state.get("_model_name")
        if kind in _PROGRESS:
            return _with_description(state, _percent(state) + _bar(state))
        if kind in _TEXTS:
            value = _BREAK.sub("\n", str(state.get("value") or "")[: limits.WIDGET_TEXT_MAX_CHARS])
            return _with_description(state, html.unescape(_TAG.sub("", value)))
        between = _BOXES.get(str(kind))
        return None if between is None else self._box(state, between, depth)

    def _box(self, state: JsonObject, between: str, depth: int) -> str | None:
        children = state.get("children")
        if not isinstance(children, list):
            return None
        ids = [str(each).removeprefix(_CHILD) for each in children[: limits.WIDGET_CHILDREN_MAX]]
        texts = {each: self._text(each, depth + 1) for each in ids}
        if not any(texts.values()):
            return None
        says_percent = any("%" in (text or "") for text in texts.values() if not _is_bar(text))
        parts = []
        for id_, text in texts.items():
            own = self._states.get(id_, {})
            if says_percent and own.get("_model_name") in _PROGRESS:
                text = _bar(own)
            if text and text.strip():
                parts.append(text.strip() if between == " " else text)
        return between.join(parts).replace("% |", "%|")


class _Place:
    """Where a widget is shown, and what stands there."""

    def __init__(self, message: Message, text: str) -> None:
        self.message = message
        self.text = text


def _update(shown: Message, display_id: str, text: str) -> Message:
    header = {**shown.header, "msg_type": "update_display_data"}
    header["msg_id"] = f"{header.get('msg_id', '')}-{time.monotonic_ns()}"
    content = {
        "data": {"text/plain": text},
        "metadata": {},
        "transient": {"display_id": display_id},
    }
    return Message(header, shown.parent_header, shown.metadata, content, [], len(text))


def _ratio(state: JsonObject) -> float:
    low, high, value = (_number(state.get(key)) for key in ("min", "max", "value"))
    return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.0


def _percent(state: JsonObject) -> str:
    return f"{_ratio(state):4.0%}"


def _bar(state: JsonObject) -> str:
    """Return a bar as wide as those of tqdm."""
    eighths = round(_ratio(state) * limits.WIDGET_BAR_CHARS * 8)
    drawn = "█" * (eighths // 8) + (_PARTS[eighths % 8] if eighths % 8 else "")
    return f"|{drawn:<{limits.WIDGET_BAR_CHARS}}|"


def _is_bar(text: str | None) -> bool:
    return text is not None and text.endswith("|")


def _with_description(state: JsonObject, text: str) -> str:
    description = str(state.get("description") or "")[: limits.WIDGET_TEXT_MAX_CHARS]
    return f"{description} {text}" if description else text


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
