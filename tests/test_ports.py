"""No two kernels of tests are given the same port, whichever processes they belong to."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from jupyter_client.connect import LocalPortCache

from tests.ports import PORTS, ReservedPorts

IP = "127.0.0.1"


def test_jupyter_asks_for_reserved_ports_in_tests() -> None:
    asked = LocalPortCache.instance()
    port = asked.find_available_port(IP)
    try:
        assert isinstance(asked, ReservedPorts) and port in PORTS
    finally:
        asked.return_port(port)


def test_what_one_hands_out_no_other_does(tmp_path: Path) -> None:
    ports = range(31_900, 31_908)
    one, other = ReservedPorts(ports, tmp_path), ReservedPorts(ports, tmp_path)
    with socket.socket() as taken:
        taken.bind((IP, ports[3]))
        mine = {one.find_available_port(IP) for _ in range(3)}
        theirs = {other.find_available_port(IP) for _ in range(4)}
        assert mine | theirs == set(ports) - {ports[3]}
        for full in (one, other):
            with pytest.raises(OSError, match="no port is left"):
                full.find_available_port(IP)
    given_back = mine.pop()
    one.return_port(given_back)
    assert {other.find_available_port(IP) for _ in range(2)} == {given_back, ports[3]}
    for port in (*mine, *theirs):
        one.return_port(port)
        other.return_port(port)
