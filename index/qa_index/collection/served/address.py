"""What the addresses of servers have in common: how they are told without their secrets."""

import hashlib
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import SplitResult, quote, unquote


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


def host_of(parts: SplitResult) -> str:
    """The host of an address as it is written; an IPv6 address without its brackets."""
    # ``hostname`` would make it lower case, which the name of a folder of sockets is not.
    _, _, host = parts.netloc.rpartition("@")
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return unquote(host.partition(":")[0])
