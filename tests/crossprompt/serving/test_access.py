"""Tokens, and where one may listen without one."""

from __future__ import annotations

import pytest

from crossprompt.serving.access import TOKEN_VARIABLE, Access, check_exposure, is_loopback, read_token
from crossprompt.serving.errors import ServingError
from crossprompt.serving.settings import ServingSettings

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER   {TOKEN} "])
def test_the_token_is_let_in(header):
    assert Access(TOKEN).allows(header)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        TOKEN,
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}0",
        f"Basic {TOKEN}",
        "Bearer ÿ\udcff",
    ],
)
def test_nothing_else_is(header):
    assert not Access(TOKEN).allows(header)


def test_without_a_token_everybody_is():
    assert Access(None).allows(None)
    assert not Access(None).needed


def test_the_token_comes_from_the_environment():
    assert read_token({TOKEN_VARIABLE: TOKEN}) == TOKEN
    assert read_token({}) is read_token({TOKEN_VARIABLE: ""}) is None


@pytest.mark.parametrize(
    "token", ["short", "with blanks inside it", "sixteen letters\n", "sechzehn Zeichen", "ünîcödé-ünîcödé-"]
)
def test_a_token_that_no_secret_is_made_of_is_refused(token):
    with pytest.raises(ServingError, match="openssl rand"):
        read_token({TOKEN_VARIABLE: token})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_token(host):
    assert is_loopback(host)
    check_exposure(ServingSettings(host=host), None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_addresses_need_one_unless_told(host):
    assert not is_loopback(host)
    with pytest.raises(ServingError, match=f"set {TOKEN_VARIABLE}"):
        check_exposure(ServingSettings(host=host), None)
    check_exposure(ServingSettings(host=host), TOKEN)
    check_exposure(ServingSettings(host=host, allow_anonymous=True), None)


@pytest.mark.parametrize("host", ["no such host", "256.1.1.1.1", "a" * 300, "nul\0"])
def test_what_is_no_address_is_told(host):
    with pytest.raises(ServingError, match="no address"):
        is_loopback(host)
