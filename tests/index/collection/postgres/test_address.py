"""Addresses, and what is told of them."""

import getpass

import pytest

from qa_index.collection.postgres.address import Address
from qa_index.errors import InputError

SECRET = "s3cret-pa55"


@pytest.mark.parametrize(
    "name",
    ["password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"],
)
def test_what_authenticates_is_used_and_not_told(name: str) -> None:
    address = Address.parse(f"postgresql://me@127.0.0.1/db?{name}={SECRET}&sslmode=prefer")
    assert address.parameters[name] == SECRET
    assert address.parameters["sslmode"] == "prefer"
    assert SECRET not in f"{address} {address!r}"
    assert SECRET not in address.without_secrets(f"it says {SECRET}")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Password", "; did you mean password?"),
        ("scram_client_kay", "; did you mean scram_client_key?"),
        ("sslmod", "; did you mean sslmode?"),
        ("passfile_password", ""),
        (f"x{SECRET}", ", such as sslmode or connect_timeout"),
        ("replication", ""),
    ],
)
def test_other_parameters_are_refused_and_not_repeated(name: str, told: str) -> None:
    with pytest.raises(InputError, match="sets a parameter that is none of libpq's") as error:
        Address.parse(f"postgresql://me@127.0.0.1/db?{name}={SECRET}")
    assert SECRET not in str(error.value)
    assert str(error.value).endswith(told)


def test_user_host_and_root_may_be_parameters() -> None:
    address = Address.parse("postgresql:///db?host=/run/sockets&user=me&root=/docs&port=5433")
    assert (address.host, address.user, address.root) == ("/run/sockets", "me", "/docs")
    assert address.parameters["port"] == "5433"
    # Those before the host win.
    twice = Address.parse("postgresql://one@here/db?host=there&user=other")
    assert (twice.host, twice.user) == ("here", "one")
    for text in ("host=%00", "root=%00", "user=%00", "passfile=%00"):
        with pytest.raises(InputError, match="NUL"):
            Address.parse(f"postgresql:///db?{text}")


@pytest.mark.parametrize("error", [KeyError("uid not found: 4711"), OSError("no username set")])
def test_the_role_of_a_user_without_a_name(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nobody)
    monkeypatch.delenv("PGUSER", raising=False)
    address = Address.parse("postgresql://127.0.0.1/db")
    assert address.role == "this role"
    monkeypatch.setenv("PGUSER", "reader")
    assert address.role == "reader"
    assert Address.parse("postgresql://me@127.0.0.1/db").role == "me"


@pytest.mark.parametrize(
    ("text", "host", "port", "told"),
    [
        ("postgresql://a,b/db", "a,b", "", "postgresql://a,b/db"),
        ("postgresql://me@a:1,b/db?schema=x", "a,b", "1,", "postgresql://me@a:1,b/db?schema=x"),
        ("postgresql://me:a,b@c:1,[::1]:2/db", "c,::1", "1,2", "postgresql://me@c:1,[::1]:2/db"),
        ("postgresql:///db?host=a,b&port=1,2", "a,b", "1,2", "postgresql://a:1,b:2/db"),
        ("postgresql://:1/db?host=a,b", "a,b", "1", "postgresql://a:1,b:1/db"),
        ("postgresql://a/db?port=5", "a", "5", "postgresql://a:5/db"),
        ("postgresql://:5433/db?host=/run", "/run", "5433", "postgresql://:5433/db?host=/run"),
        (
            "postgresql://%2Frun,%2Ftmp/db?port=1,2",
            "/run,/tmp",
            "1,2",
            "postgresql:///db?host=/run%2C/tmp&port=1%2C2",
        ),
    ],
)
def test_several_servers_are_those_that_libpq_is_told(
    text: str, host: str, port: str, told: str
) -> None:
    address = Address.parse(text)
    assert address.parameters["host"] == host
    assert address.parameters.get("port", "") == port
    assert str(address) == told
    assert str(Address.parse(told)) == told


@pytest.mark.parametrize(
    "servers",
    [
        ",",
        "a,",
        ",b",
        "a%2Cb:1,c:2",
        "a:1,:2",
        "a:1,b:port",
        "a,b:99999",
        "[::1],[::2",
        f"me:{SECRET},/@a",
        "/db?host=a,",
        "/db?host=a,,b",
        "/db?host=a,b&port=1,2,3",
        "/db?host=a&port=x",
    ],
)
def test_a_list_that_lacks_a_server_is_refused(servers: str) -> None:
    with pytest.raises(InputError) as error:
        Address.parse(f"postgresql://{servers}" + ("" if "/db" in servers else "/db"))
    assert SECRET not in str(error.value)
