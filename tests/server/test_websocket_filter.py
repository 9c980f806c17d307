"""What passes between the server and its probe is kept from clients, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dsinfra_jlab.domain.ids import OWN_SESSION_PREFIX
from dsinfra_jlab.server.websocket import is_for_us

OURS = {"msg_id": f"{OWN_SESSION_PREFIX}ab_1_2", "session": f"{OWN_SESSION_PREFIX}ab"}
THEIRS = {"msg_id": "f00_1_2", "session": "f00", "username": "dsinfra"}


def frames(message_type: str, parent: dict[str, Any], content: Any = "") -> list[bytes]:
    header = {"msg_id": "k_1_2", "msg_type": message_type, "username": "kernel"}
    parts = [json.dumps(part).encode() for part in (header, parent, {}, content)]
    return [b"kernel.topic", b"<IDS|MSG>", b"signature", *parts]


@pytest.mark.parametrize("message_type", ["status", "execute_reply", "error"])
def test_what_a_kernel_says_to_our_requests_is_ours(message_type: str) -> None:
    assert is_for_us(frames(message_type, OURS))


def test_what_the_probe_says_is_ours_whoever_asked() -> None:
    assert is_for_us([*frames("dsinfra_event", THEIRS), b"a buffer"])


@pytest.mark.parametrize("message_type", ["status", "stream", "execute_result", "comm_msg"])
def test_everything_else_is_for_the_client(message_type: str) -> None:
    assert not is_for_us(frames(message_type, THEIRS))


def test_a_client_may_print_whatever_it_likes() -> None:
    content = {"text": f'"dsinfra_event" "{OWN_SESSION_PREFIX}'}
    assert not is_for_us(frames("stream", THEIRS, content))


@pytest.mark.parametrize("given", [[], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"sig"], [b"no delimiter"]])
def test_garbage_is_left_to_jupyter(given: list[bytes]) -> None:
    assert not is_for_us(given)
