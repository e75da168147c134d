"""The guard that keeps tests on this machine."""

from __future__ import annotations

import asyncio
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NetworkRefused, is_this_machine

# An address that is set aside for documentation: nothing answers there.
OUTSIDE = "192.0.2.1"


def test_a_connection_to_the_outside_is_refused(refused_hosts: list[object]) -> None:
    with socket.socket() as line, pytest.raises(NetworkRefused, match=OUTSIDE):
        line.connect((OUTSIDE, 80))
    refused_hosts.clear()


def test_a_datagram_to_the_outside_is_refused(refused_hosts: list[object]) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as line, pytest.raises(NetworkRefused):
        line.sendto(b"hello", (OUTSIDE, 80))
    refused_hosts.clear()


async def test_a_name_outside_is_not_even_looked_up(refused_hosts: list[object]) -> None:
    with pytest.raises(NetworkRefused, match=r"example\.invalid"):
        await asyncio.open_connection("example.invalid", 80)
    assert refused_hosts == ["example.invalid"]
    refused_hosts.clear()


async def test_this_machine_answers_itself() -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(greet, "127.0.0.1") as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await reader.read() == b"hello"
        writer.close()
        await writer.wait_closed()


@given(st.ip_addresses(v=4))
def test_of_all_addresses_only_the_loopback_is_this_machine(address: object) -> None:
    assert is_this_machine(str(address)) == str(address).startswith("127.")
