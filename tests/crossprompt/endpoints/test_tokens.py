from __future__ import annotations

from crossprompt.endpoints.tokens import estimate_tokens


def test_tokens_are_estimated_by_letters_and_bytes() -> None:
    assert [estimate_tokens(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]
    assert estimate_tokens("é") == 1  # 2 bytes
    assert estimate_tokens("六時") == 3  # 6 bytes
    assert estimate_tokens("ab六") == 3
