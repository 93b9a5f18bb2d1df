"""Addresses of indexes in Milvus, and that they tell no secrets."""

import pytest

from qa_index.collection.milvus.address import Address, is_address
from qa_index.errors import InputError

SECRETS = ("s3cret", "h1dden")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MILVUS_TOKEN", "MILVUS_USER", "MILVUS_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("milvus://db/library", "milvus://db:19530/library"),
        ("milvus://db:443/x?tls=true", "milvus://db:443/x?tls=true"),
        ("milvus://db/x?tls=false&connect_timeout=0", "milvus://db:19530/x"),
        ("milvus://me:s3cret@db/x?token=h1dden", "milvus://me@db:19530/x"),
        ("milvus://[::1]:1/x?database=team", "milvus://[::1]:1/x?database=team"),
        (
            "milvus://db/x?root=/a/b&tls=true&ca=/c.pem",
            "milvus://db:19530/x?ca=/c.pem&root=/a/b&tls=true",
        ),
    ],
)
def test_an_address_is_told_without_its_secrets(text: str, told: str) -> None:
    address = Address.parse(text)
    assert str(address) == told
    assert not any(secret in repr(address) for secret in SECRETS)
    again = Address.parse(told)
    assert str(again) == told
    assert again.identity == address.identity


@pytest.mark.parametrize(
    "text",
    [
        "milvus:db/x",
        "milvus://db",
        "milvus:///x",
        "milvus://db/",
        "milvus://db/a/b",
        "milvus://db/1st",
        "milvus://db/a-b",
        "milvus://db:port/x",
        "milvus://me:s3cret@[::1/x",
        "milvus://me:s3cret@a,b/x",
        "milvus://me:s3cret@a..b/x",
        "milvus://.db/x",
        f"milvus://{'a' * 64}/x",
        "milvus://:s3cret@db/x",
        "milvus://db/x?password=s3cret",
        "milvus://db/x?tls=yes",
        "milvus://db/x?ca=/c.pem",
        "milvus://db/x?tls=false&server_name=db",
        "milvus://db/x?connect_timeout=soon",
        "milvus://db/x?Token=s3cret",
        "milvus://db/x?passwort=s3cret",
        "milvus://db/x?database=a;b",
        "milvus://db/x#s3cret",
        "milvus://db/x?root=%00s3cret",
    ],
)
def test_what_is_no_address_is_told_without_repeating_it(text: str) -> None:
    assert is_address(text)
    with pytest.raises(InputError) as told:
        Address.parse(text)
    assert not any(secret in str(told.value) for secret in SECRETS)
    assert "\n" not in str(told.value)


def test_a_password_needs_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="holds a password and names no user"):
        Address.parse("milvus://:s3cret@db/x")
    assert Address.parse("milvus://:s3cret@db/x?token=h1dden").token == "h1dden"
    monkeypatch.setenv("MILVUS_USER", "root")
    assert Address.parse("milvus://:s3cret@db/x").token == "root:s3cret"


def test_a_misspelt_parameter_is_guessed() -> None:
    with pytest.raises(InputError, match="did you mean token"):
        Address.parse("milvus://db/x?Tokn=s3cret")


def test_secrets_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, named = Address.parse("milvus://db/x"), Address.parse("milvus://me@db/x")
    assert plain.token == named.token == ""
    monkeypatch.setenv("MILVUS_PASSWORD", "s3cret")
    assert plain.token == ""
    assert named.token == "me:s3cret"
    monkeypatch.setenv("MILVUS_USER", "root")
    assert plain.token == "root:s3cret"
    assert named.token == "me:s3cret"
    monkeypatch.setenv("MILVUS_TOKEN", "h1dden")
    assert plain.token == named.token == "h1dden"
    assert Address.parse("milvus://me:own@db/x").token == "me:own"
    assert Address.parse("milvus://db/x?token=mine").token == "mine"
    told = plain.without_secrets("the token h1dden of aDE= was refused")
    assert told == "the token *** of aDE= was refused"
