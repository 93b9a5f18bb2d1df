"""What may be set, and what is refused before it listens."""

import socket
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")

import qa
from qa.cli.tokens import token_given, token_in
from qa.http.settings import (
    Settings,
    address_of,
    host_of,
    origin_of,
)

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_needs_no_token(host: str) -> None:
    assert address_of(Settings(host=host)).is_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_addresses_need_a_token(host: str) -> None:
    with pytest.raises(qa.InputError, match="--token-file or \\$QA_TOKEN"):
        address_of(Settings(host=host))
    assert not address_of(Settings(host=host, token=TOKEN)).is_loopback


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "Name or service not known"), UnicodeError()]
)
def test_what_is_no_address(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    host = "no such host"

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(qa.InputError, match="no address to listen at"):
        address_of(Settings(host=host))


def test_addresses_are_told_as_a_browser_takes_them() -> None:
    assert address_of(Settings()).url(8765) == "http://127.0.0.1:8765"
    assert address_of(Settings(host="::1")).url(1) == "http://[::1]:1"
    assert address_of(Settings(host="0.0.0.0", token=TOKEN)).url(1) == "http://127.0.0.1:1"


@pytest.mark.parametrize("text", ["", " ", "short", "a b" * 10, "ä" * 20, "x" * 15 + "\n"])
def test_weak_tokens_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(qa.InputError, match=r"the token in \$QA_TOKEN") as error:
        token_in(text, "$QA_TOKEN")
    assert not text.strip() or text.strip() not in str(error.value)


def test_a_token_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert token_given(str(file)) == TOKEN
    file.write_bytes(b"\xff" * 20)
    with pytest.raises(qa.InputError, match="may hold only"):
        token_given(str(file))
    with pytest.raises(qa.InputError, match=r"cannot read the token in .*: No such file"):
        token_given(str(tmp_path / "none"))
    with pytest.raises(qa.InputError, match="Is a directory"):
        token_given(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Intranet.example/", "https://intranet.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_origins(text: str, origin: str) -> None:
    assert origin_of(text) == origin


@pytest.mark.parametrize(
    "text", ["*", "null", "intranet.example", "https://a.example/x", "ftp://a", "http://[::1", ""]
)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(qa.InputError, match="is no origin"):
        origin_of(text)


def test_hosts() -> None:
    assert host_of("Answers.example") == "answers.example"
    assert host_of("[::1]") == "::1"
    for text in ("*", "a.example:80", "http://a.example", "a/b", ""):
        with pytest.raises(qa.InputError, match="is no name of a host"):
            host_of(text)
