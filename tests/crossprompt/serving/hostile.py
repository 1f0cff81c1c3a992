"""Requests that mean harm, or are merely odd, drawn from a seed: each with what a service must make of it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from crossprompt.serving.records import MAX_CHARACTERS, MAX_UTTERANCES
from tests.crossprompt.serving.texts import odd_text

LIMIT = 1 << 20
"""Bytes of a body that the service takes."""
_JSON = {"Content-Type": "application/json"}
_LOCALES = ("sw-KE", "ar", "zh_hant", "he-IL", "de-DE", "ja-JP", None)
_NO_TEXTS = (None, True, 7, 1.5, [], ["wake me"], {}, {"text": "wake me"}, "", " ", "\n\t\u3000\u2028")
_NO_LOCALES = (
    7,
    True,
    [],
    {},
    "",
    "??",
    "xx-XX",
    "en-US-oed-x",
    "e" * 36,
    "\0",
    "en\0",
    "-",
    "日本",
    "en-US\u202e",
    " " * 40,
)
_NO_TOPS = (None, "3", 0, -1, 21, 10**30, 1.5, True, [], {})
_NO_LISTS = (
    None,
    True,
    7,
    "wake me",
    {},
    {"text": "wake me"},
    [],
    [None],
    [7],
    ["wake me"],
    [[]],
    [{}],
    [{"txt": "a"}],
)


@dataclass(frozen=True)
class HostileRequest:
    """A body with its headers; ``valid``: it must be answered, else refused with a reason."""

    body: bytes
    valid: bool
    kind: str
    headers: dict[str, str] = field(default_factory=lambda: dict(_JSON))


def hostile_requests(seed: int, count: int) -> Iterator[HostileRequest]:
    """About half of them odd but valid."""
    draw = random.Random(seed)
    kinds: tuple[Callable[[random.Random], HostileRequest], ...] = (
        *(_broken_json, _wrong_types, _lone_surrogate, _over_a_limit, _no_utf8, _other_media, _unknown_fields, _noise),
        *[_odd] * 8,
    )
    for _ in range(count):
        yield draw.choice(kinds)(draw)


def _odd(draw: random.Random) -> HostileRequest:
    longest = MAX_CHARACTERS if draw.random() < 0.01 else 100
    texts = [odd_text(draw, longest) for _ in range(1 if draw.random() < 0.8 else draw.randint(2, 6))]
    request: dict[str, Any] = {"utterances": [_utterance(draw, text) for text in texts]}
    if draw.random() < 0.2:
        request |= {"compare": draw.random() < 0.5, "top": draw.randint(1, 20)}
    return HostileRequest(json.dumps(request, ensure_ascii=draw.random() < 0.5).encode(), True, "odd")


def _utterance(draw: random.Random, text: str) -> dict[str, Any]:
    return {"text": text, "locale": draw.choice(_LOCALES)} if draw.random() < 0.4 else {"text": text}


def _good(draw: random.Random) -> dict[str, Any]:
    return {"utterances": [{"text": odd_text(draw), "locale": "sw-KE"}], "top": 3, "compare": False}


def _wrong_types(draw: random.Random) -> HostileRequest:
    request = _good(draw)
    place = draw.choice(["text", "locale", "top", "compare", "utterances", "all"])
    if place in ("text", "locale"):
        request["utterances"][0][place] = draw.choice(_NO_TEXTS if place == "text" else _NO_LOCALES)
    elif place == "all":
        request = draw.choice([[], [request], 7, "wake me", None, True, {}])
    else:
        request[place] = draw.choice({"top": _NO_TOPS, "compare": (None, 1, "true", [])}.get(place, _NO_LISTS))
    return HostileRequest(json.dumps(request).encode(), False, "wrong types")


def _unknown_fields(draw: random.Random) -> HostileRequest:
    request = _good(draw)
    into = draw.choice([request, request["utterances"][0]])
    into[draw.choice(["__class__", "", "Text", odd_text(draw), "a" * 5000])] = draw.choice([None, 1, "x", [[]]])
    return HostileRequest(json.dumps(request).encode(), False, "unknown fields")


def _broken_json(draw: random.Random) -> HostileRequest:
    good = json.dumps(_good(draw)).encode()
    broken = draw.choice(
        [
            *(b"", b" ", b"null,", b"{", b"[" * draw.randint(300, 50_000), b'{"a":' * 5000, good + good, good + b"}"),
            *(good[: draw.randint(0, len(good) - 1)], good.replace(b'"', b"'"), b"\xef\xbb\xbf" + good),
            *(good.replace(b"3", b"NaN"), good.replace(b"3", b"Infinity"), good.replace(b"3", b"03"), b"\0" + good),
            *(
                good.replace(b"[", b"[\n//x\n"),
                good.replace(b'"sw-KE"', b'"sw\nKE"'),
                good.replace(b'"sw-KE"', b'"\\x"'),
            ),
        ]
    )
    return HostileRequest(broken, False, "wrong JSON")


def _lone_surrogate(draw: random.Random) -> HostileRequest:
    lone = f"\\u{draw.choice([draw.randint(0xD800, 0xDBFF), draw.randint(0xDC00, 0xDFFF)]):04x}"
    text = draw.choice([lone, f"wake{lone}", f"{lone} me", lone * 2 if lone[3] in "cdef" else lone + "\\n"])
    if draw.random() < 0.2:
        return HostileRequest(f'{{"utterances": [{{"text": "a"}}], "{text}": 1}}'.encode(), False, "lone surrogate")
    return HostileRequest(f'{{"utterances": [{{"text": "{text}"}}]}}'.encode(), False, "lone surrogate")


def _no_utf8(draw: random.Random) -> HostileRequest:
    good = json.dumps(_good(draw), ensure_ascii=False)
    bad = draw.choice([b"\xed\xa0\x80", b"\xff", b"\xc0\xaf", b"\xf5\x80\x80\x80", b"\x80", b"\xe2\x82"])
    whole = draw.choice([good.encode("utf-16"), good.encode("utf-32"), good.encode().replace(b"sw-KE", b"sw" + bad)])
    return HostileRequest(whole, False, "no UTF-8")


def _over_a_limit(draw: random.Random) -> HostileRequest:
    request = _good(draw)
    which = draw.choice(["text", "utterances", "body", "body"])
    if which == "text":
        request["utterances"][0]["text"] = odd_text(draw, 5) + draw.choice("aع🙂") * MAX_CHARACTERS
    elif which == "utterances":
        request["utterances"] *= MAX_UTTERANCES + draw.randint(1, 500)
    body = json.dumps(request).encode()
    if which == "body":
        body += b" " * (LIMIT + draw.randint(0, 1 << 16))
    return HostileRequest(body, False, "over a limit")


def _other_media(draw: random.Random) -> HostileRequest:
    good = json.dumps(_good(draw)).encode()
    kinds = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "*/*", "json", ";")
    headers = draw.choice(
        [{"Content-Type": draw.choice(kinds)}, {**_JSON, "Content-Encoding": draw.choice(["gzip", "br"])}]
    )
    return HostileRequest(good, False, "another media type", headers)


def _noise(draw: random.Random) -> HostileRequest:
    return HostileRequest(b"\x00" + draw.randbytes(draw.randint(0, 3000)), False, "noise")
