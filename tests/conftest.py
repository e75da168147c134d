"""What holds for every test: no network but this machine, reproducible examples where a build runs, and what is not traced."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import coverage
import hypothesis
import hypothesis.configuration
import pytest

# Real servers, as fixtures: they start where a test asks for one.
pytest_plugins = ("tests.peers",)

hypothesis.configuration.set_hypothesis_home_dir(Path(__file__).parent.parent / ".cache" / "hypothesis")

# Neither profile has a deadline: how fast an example ran says something about the machine, not about the code.
hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# Hypothesis has chosen "ci" by itself where the environment says that a build is running.
hypothesis.settings.load_profile("ci" if hypothesis.settings.get_current_profile_name() == "ci" else "dev")


def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers `-n auto` means: one more than there are processors, because some tests wait for servers."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Trace the fixtures of a test no more than the test: where it is marked `no_cover`, pytest-cov traces them all the same."""
    tracing = coverage.Coverage.current() if item.get_closest_marker("no_cover") else None
    if tracing is None:
        yield
        return
    tracing.stop()
    try:
        yield
    finally:
        tracing.start()


class NetworkRefused(AssertionError):
    """A test tried to reach something outside this machine."""


def is_this_machine(host: object) -> bool:
    """Say whether a host, as given to the socket functions, is the loopback."""
    if isinstance(host, bytes | bytearray):
        host = host.decode()
    # No host at all means every address of this machine, to listen on.
    if host in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def host_of(address: object) -> object:
    """Return the host of a socket address; a path, which is a socket file, has none."""
    return address[0] if isinstance(address, tuple) else None


@pytest.fixture(scope="session")
def refused_hosts() -> Iterator[list[object]]:
    """Refuse every connection and look-up that would leave this machine, and keep the hosts that were asked for."""
    refused: list[object] = []
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    sendto, getaddrinfo = socket.socket.sendto, socket.getaddrinfo

    def insist_on_this_machine(host: object) -> None:
        if not is_this_machine(host):
            refused.append(host)
            raise NetworkRefused(f"tests talk to this machine only, and this one asked for {host!r}: use a fake")

    def guarded_connect(self: socket.socket, address: tuple[str, int]) -> None:
        insist_on_this_machine(host_of(address))
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: tuple[str, int]) -> int:
        insist_on_this_machine(host_of(address))
        return connect_ex(self, address)

    def guarded_sendto(self: socket.socket, *arguments: object) -> int:
        insist_on_this_machine(host_of(arguments[-1]))
        return sendto(self, *arguments)  # type: ignore[call-overload, no-any-return]  # It has two forms; both end with the address.

    def guarded_getaddrinfo(host: object, *arguments: object, **options: object) -> object:
        insist_on_this_machine(host)
        return getaddrinfo(host, *arguments, **options)  # type: ignore[arg-type]  # Passed on as it came.

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket.socket, "sendto", guarded_sendto)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield refused


@pytest.fixture(autouse=True)
def _no_network(refused_hosts: list[object]) -> Iterator[None]:
    """Fail a test that reached out, also where the code under test swallowed the refusal."""
    refused_hosts.clear()
    yield
    asked_for = list(refused_hosts)
    refused_hosts.clear()
    assert not asked_for, f"this test reached for {asked_for}"
