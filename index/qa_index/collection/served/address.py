"""What the addresses of servers have in common: how they are read, and told without secrets."""

import difflib
import hashlib
import re
from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from qa_index.errors import InputError


class Address(Protocol):
    """Where an index is on a server. Its ``str`` holds no secret."""

    @property
    def secrets(self) -> tuple[tuple[str, str], ...]:
        """Names and values that nothing may tell or keep."""
        ...

    @property
    def identity(self) -> str:
        """A name for a file, the same for all ways of writing this address but its secrets."""
        ...


class Given(NamedTuple):
    """An address in its parts, as far as all engines write it alike."""

    parts: SplitResult
    """With the first server alone."""
    servers: tuple[tuple[str, int | None], ...]
    """Host and port of each; an IPv6 address without its brackets."""
    parameters: dict[str, str]
    """Those behind the question mark."""


def read(text: str, schemes: Collection[str], *, form: str) -> Given:
    """Read an address of one of these schemes; between its servers stand commas.

    Raises ``InputError``, which does not repeat the text: it may hold a password.
    """
    before, slashes, rest = text.partition("//")
    netloc = re.split("[/?#]", rest, maxsplit=1)[0]
    user, at, hosts = netloc.rpartition("@")
    # Messages of urllib repeat what they cannot parse.
    try:
        each_alone = [
            urlsplit(f"{before}{slashes}{user}{at}{host}{rest[len(netloc) :]}")
            for host in hosts.split(",")
        ]
        servers = tuple((_host_of(each), each.port) for each in each_alone)
        parts = each_alone[0]
        parameters = dict(
            parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
            if parts.query
            else []
        )
    except ValueError:
        raise InputError(f"the address is not of the form {form}") from None
    if parts.scheme not in schemes or not text.startswith(f"{parts.scheme}://"):
        raise InputError(f"the address is not of the form {form}")
    return Given(parts, servers, parameters)


def secrets_of(given: Given, names: Collection[str]) -> dict[str, str]:
    """Take the secrets of these names out of the parameters; the password before the host wins."""
    found = {each: given.parameters.pop(each) for each in names & given.parameters.keys()}
    if given.parts.password:
        found["password"] = unquote(given.parts.password)
    return found


def refuse_nul(values: Iterable[str]) -> None:
    """Raise ``InputError`` if any part of an address holds a NUL character."""
    if any("\0" in each for each in values):
        raise InputError("the address holds a NUL character")


def meant(name: str, known: Iterable[str], *, such_as: str) -> str:
    """The end of a message about a parameter that is not ``known``.

    It tells neither its name nor its value: both may be parts of a password with ``?`` or ``&``.
    """
    [*near] = difflib.get_close_matches(name.lower(), known, 1)
    return f"; did you mean {near[0]}?" if near else f", such as {such_as}"


def identity_of(told: str) -> str:
    """A name for a file that stands for an address, given as it is told."""
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def masked(text: str, secrets: Iterable[str]) -> str:
    """``text`` with every secret replaced by asterisks, also where it is written as in a URI."""
    for secret in secrets:
        for form in {secret, quote(secret, safe=""), quote(secret)}:
            if form:
                text = text.replace(form, "***")
    return text


def _host_of(parts: SplitResult) -> str:
    """The host of an address as it is written; an IPv6 address without its brackets."""
    # ``hostname`` would make it lower case, which the name of a folder of sockets is not.
    _, _, host = parts.netloc.rpartition("@")
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return unquote(host.partition(":")[0])
