"""The messaging protocol, against the library that kernels use."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jupyter_client.session import Session

from dsinfra_jlab.compute.runner.wire import Wire, new_id, read_message

WORD = st.text(max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORD, inner, max_size=2),
    max_leaves=4,
)
CONTENT = st.dictionaries(WORD, JSON, max_size=3)

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a machine that is busy with other tests."""


class Frame:
    """As pyzmq gives what came."""

    def __init__(self, content: bytes) -> None:
        self.bytes = content

    def __len__(self) -> int:
        return len(self.bytes)


@UNHURRIED
@given(CONTENT, CONTENT)
def test_jupyter_reads_what_is_written(content: dict[str, Any], metadata: dict[str, Any]) -> None:
    wire = Wire()
    session = Session(key=wire.key.encode())
    header = wire.header("execute_request", new_id(), "ada")
    _, parts = session.feed_identities(wire.frames(header, metadata, content))
    message = session.deserialize(parts)
    assert message["content"] == content and message["metadata"] == metadata
    assert message["header"]["msg_id"] == header["msg_id"]
    assert message["header"]["username"] == "ada"


@UNHURRIED
@given(CONTENT, st.lists(st.binary(max_size=10), max_size=3))
def test_what_jupyter_writes_is_read(content: dict[str, Any], buffers: list[bytes]) -> None:
    session = Session(key=b"k")
    made = session.msg("stream", content, parent={"msg_id": "parent"})
    frames = [b"topic", *session.serialize(made), *buffers]
    message = read_message([Frame(each) for each in frames])
    assert message.type == "stream" and message.parent_id == "parent" and not message.is_own
    assert message.content == content and message.buffers == buffers
    assert isinstance(message.header["date"], str)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"a": "\\ud800"}', {"a": "\ufffd"}),
        (b'{"a": ["\\ud83d\\ude00", {"\\udfff": 1}]}', {"a": ["\U0001f600", {"\ufffd": 1}]}),
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
    ],
)
def test_what_no_encoding_carries_is_replaced(text: bytes, expected: Any) -> None:
    frames = [b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", text]
    assert read_message([Frame(each) for each in frames]).content == expected


@pytest.mark.parametrize("frames", [[], [b"x"], [b"<IDS|MSG>", b""], [b"<IDS|MSG>", b"", b"[]"]])
def test_what_is_no_message_is_refused(frames: list[bytes]) -> None:
    with pytest.raises((ValueError, StopIteration)):
        read_message([Frame(each) for each in frames])
