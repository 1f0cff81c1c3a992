from __future__ import annotations

import pytest

from crossprompt.endpoints.connection import KeyVariableError, check_address, is_loopback, read_key


def test_addresses_of_this_machine() -> None:
    own = ("http://localhost:8000/v1", "http://127.0.0.1/v1", "http://[::1]:80/v1", "http://llm.localhost./v1")
    assert all(is_loopback(address) for address in own)
    assert not any(is_loopback(address) for address in ("https://api.example.org/v1", "http://10.0.0.7/v1"))


def test_an_address_holds_no_secret() -> None:
    assert check_address("https://api.example.org/v1") == "https://api.example.org/v1"
    for address in ("api.example.org", "ftp://example.org/v1"):
        with pytest.raises(ValueError, match="must look like https://host/v1"):
            check_address(address)
    for address in ("https://me:hush@example.org/v1", "https://example.org/v1?key=hush"):
        with pytest.raises(ValueError, match="may hold no user, password or query") as caught:
            check_address(address)
        assert "hush" not in str(caught.value)


def test_the_key_comes_from_the_environment_and_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_KEY", " sk-hush ")
    assert read_key("STUB_KEY").get_secret_value() == "sk-hush"
    assert "hush" not in repr(read_key("STUB_KEY"))
    for value in ("  ", "sk hush", "sk-h\u00fcsh"):
        monkeypatch.setenv("STUB_KEY", value)
        with pytest.raises(KeyVariableError, match="variable STUB_KEY") as caught:
            read_key("STUB_KEY")
        assert not value.strip() or value not in str(caught.value)
