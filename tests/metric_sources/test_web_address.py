"""What addresses and headers may be, and what of them is shown."""

from __future__ import annotations

import pytest

from bot.domain.errors import Refused
from bot.domain.metric import Secret
from bot.metric_sources.web_address import basic, check_header_name, check_header_value, fill_in, read_address
from tests.metric_sources.secrecy import assert_carries_no

TOKEN = Secret("TOKEN", "t0p-secret-token")


def test_what_is_shown_of_an_address_is_its_server_alone() -> None:
    address = read_address("https://me:pass%40word@metrics.example.org:8443/hooks/token/?key=secret#there")
    assert address.shown == "https://metrics.example.org:8443"
    assert address.login == ("me", "pass@word")
    assert "pass" not in str(address.url)
    assert str(address.url).endswith("/hooks/token/?key=secret")


def test_an_address_of_ip_version_6_keeps_its_brackets() -> None:
    assert read_address("http://[::1]:9090/").shown == "http://[::1]:9090"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "metrics:9090",
        "/metrics",
        "ftp://metrics",
        "http://",
        "http://me:hidden@metrics:port/",
        "http://\x00hidden",
        "http://[::hidden",
    ],
)
def test_what_is_no_address_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_address(text)
    assert_carries_no("hidden", refusal.value)


def test_a_header_gets_its_secrets() -> None:
    assert fill_in("Authorization", "Bearer ${TOKEN}", [TOKEN]) == "Bearer t0p-secret-token"
    assert fill_in("X-Key", "${TOKEN}:${TOKEN}", [TOKEN]) == "t0p-secret-token:t0p-secret-token"
    assert fill_in("X-Plain", "$TOKEN {TOKEN}", [TOKEN]) == "$TOKEN {TOKEN}"


@pytest.mark.parametrize("secrets", [(), (TOKEN,), (Secret("OTHER", ""),)])
def test_a_secret_that_is_not_there_is_named(secrets: tuple[Secret, ...]) -> None:
    with pytest.raises(Refused, match=r"needs \$\{OTHER\}, which is not set"):
        fill_in("X-Key", "${OTHER}", secrets)


def test_a_secret_that_no_header_can_hold_is_refused_without_being_shown() -> None:
    broken = Secret("TOKEN", TOKEN.value + "\n")
    with pytest.raises(Refused, match=r"\$\{TOKEN\} holds a line break") as refusal:
        fill_in("X-Key", "${TOKEN}", [broken])
    assert_carries_no(TOKEN.value, refusal.value)


@pytest.mark.parametrize("name", ["", "Two Words", "Host", "content-length", "Transfer-Encoding", "X:", "X\n"])
def test_headers_that_belong_to_the_connection_are_refused(name: str) -> None:
    with pytest.raises(Refused):
        check_header_name(name)


def test_other_headers_are_fine() -> None:
    check_header_name("X-Scope-OrgID")
    check_header_value("X-Scope-OrgID", "shop")


def test_basic_authentication_is_written_as_its_standard_says() -> None:
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
