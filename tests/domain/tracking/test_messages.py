"""Reading messages: real ones, damaged ones, hostile ones and huge ones."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.tracking.message_reading import (
    _READERS,
    decode_dict,
    decode_parts,
    decode_zmq,
    sender_of,
)
from dsinfra_jlab.domain.tracking.messages import (
    DELIMITER,
    ExecuteRequest,
    MalformedMessage,
    Oversized,
    Sender,
    Signature,
    Stream,
)
from tests.domain.replay import TRANSCRIPTS, transcript

KEY = b"a key"
HEADER = {"msg_id": "s_1_1", "msg_type": "stream"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def frames(*parts: Any, key: bytes = KEY) -> list[bytes]:
    """Return the frames of a signed message."""
    raw = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in parts]
    signature = hmac.new(key, b"".join(raw), hashlib.sha256).hexdigest().encode()
    return [b"topic", DELIMITER, signature, *raw]


def test_a_signed_message_is_read() -> None:
    content = {"name": "stderr", "text": "hello"}
    message = decode_zmq(frames(HEADER, {"msg_id": "p"}, {}, content), Signature(KEY))
    assert isinstance(message, Stream)
    assert (message.name, message.text) == ("stderr", "hello")
    assert message.envelope.parent_id == "p"
    assert message.envelope.sender == Sender("s", 1, 1)


def test_a_wrong_signature_is_refused_and_without_a_key_none_is_asked_for() -> None:
    forged = frames(HEADER, {}, {}, {}, key=b"another key")
    with pytest.raises(MalformedMessage, match="signature"):
        decode_zmq(forged, Signature(KEY))
    assert decode_zmq(forged, Signature(b"")).envelope.id == "s_1_1"


@pytest.mark.parametrize(
    "broken",
    [
        [],
        [b"x"],
        [DELIMITER],
        [DELIMITER, b"", b"{}", b"{}"],
        [DELIMITER, b"", b"{}", b"{}", b"{}", b"{}"],
        [DELIMITER, b"", b"[]", b"{}", b"{}", b"{}"],
        [DELIMITER, b"", b'{"msg_id": 1, "msg_type": "status"}', b"{}", b"{}", b"{}"],
        [DELIMITER, b"", b"\xff\xfe", b"{}", b"{}", b"{}"],
        [DELIMITER, b"", b"[" * 100_000, b"{}", b"{}", b"{}"],
        [DELIMITER, b"", json.dumps(HEADER).encode(), b"{}", b"{}", b"[" * 100_000],
        [DELIMITER, b"", b"x" * (limits.FRAME_MAX_BYTES + 1), b"{}", b"{}", b"{}"],
    ],
)
def test_what_is_no_message_is_malformed(broken: list[bytes]) -> None:
    with pytest.raises(MalformedMessage):
        decode_zmq(broken, Signature(b""))


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_no_bytes_at_all_can_do_worse_than_malformed(parts: list[bytes]) -> None:
    for read in (decode_parts, lambda raw: decode_zmq([DELIMITER, b"", *raw], Signature(b""))):
        try:
            read(parts)
        except MalformedMessage:
            continue


@given(
    st.sampled_from([*_READERS, "unheard_of"]),
    JSON,
    JSON,
    JSON,
)
@settings(max_examples=500, deadline=None)
def test_wrong_types_in_any_field_are_read_or_malformed(
    message_type: str, parent: Any, metadata: Any, content: Any
) -> None:
    header = {"msg_id": "s_1_1", "msg_type": message_type}
    parts = [json.dumps(part).encode() for part in (header, parent, metadata, content)]
    message = {
        "header": header,
        "parent_header": parent,
        "metadata": metadata,
        "content": content,
    }
    for read in (lambda: decode_parts(parts), lambda: decode_dict(message)):
        try:
            assert read().envelope.type == message_type
        except MalformedMessage:
            continue


@given(
    st.dictionaries(
        st.sampled_from(["execution_state", "code", "execution_count", "name", "text", "data"]),
        JSON,
    )
)
def test_fields_of_wrong_types_become_empty_ones(content: dict[str, Any]) -> None:
    for message_type in ("execute_input", "display_data", "stream", "status"):
        header = {"msg_id": "s_1_1", "msg_type": message_type}
        message = decode_dict({"header": header, "content": content})
        for name in getattr(message, "__slots__", ()):
            value = getattr(message, name)
            assert name != "text" or isinstance(value, str)
            assert name != "data" or isinstance(value, dict)
            assert name != "execution_count" or value is None or isinstance(value, int)


@pytest.mark.parametrize("name", sorted(path.stem for path in TRANSCRIPTS.glob("*.jsonl")))
def test_both_wire_forms_of_recorded_messages_read_the_same(name: str) -> None:
    for line in transcript(name):
        if "header" not in line:
            continue
        names = ("header", "parent_header", "metadata", "content")
        parts = [json.dumps(line[part]).encode() for part in names]
        assert decode_parts(parts) == decode_dict(line)


def test_the_cell_of_a_request_is_in_its_metadata() -> None:
    request = transcript("ok")[0]
    message = decode_dict(request)
    assert isinstance(message, ExecuteRequest)
    assert message.cell_id == request["metadata"]["cellId"]


def test_bytes_that_are_no_text_do_not_hide_a_message() -> None:
    raw = b'{"name": "stdout", "text": "a \x80 b"}'
    message = decode_parts([json.dumps(HEADER).encode(), b"{}", b"{}", raw])
    assert isinstance(message, Stream)
    assert message.text == "a � b"


@pytest.mark.parametrize(
    "text", ["x", "é", '\n\t"quoted"\\ \\u0041', "日本語", "\x1b[31m"], ids=ascii
)
def test_a_huge_stream_keeps_head_tail_length_and_hash(text: str) -> None:
    whole = text * (limits.FRAME_MAX_BYTES // (len(json.dumps(text)) - 2) + 1)
    content = json.dumps({"name": "stderr", "text": whole}).encode()
    message = decode_parts([json.dumps(HEADER).encode(), b"{}", b"{}", content])
    assert isinstance(message, Oversized)
    assert message.stream_name == "stderr"
    assert message.size_bytes == len(content)
    assert message.sha256 == hashlib.sha256(content).hexdigest()
    assert len(message.head) > 5_000 and whole.startswith(message.head)
    assert len(message.tail) > 5_000 and whole.endswith(message.tail)


def test_a_huge_display_is_named_and_not_decoded() -> None:
    header = {"msg_id": "s_1_1", "msg_type": "display_data"}
    content = b'{"data": {"text/html": "' + b"x" * limits.FRAME_MAX_BYTES + b'"}}'
    message = decode_parts([json.dumps(header).encode(), b"{}", b"{}", content])
    assert isinstance(message, Oversized)
    assert (message.stream_name, message.head, message.tail) == ("", "", "")


@pytest.mark.parametrize("message_id", ["", "abc", "a_b_c", "a_1_", "_1_2", "a_1_-2", "a_9e9_1"])
def test_ids_of_other_forms_tell_nothing(message_id: str) -> None:
    assert sender_of(message_id) is None
