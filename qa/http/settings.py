"""What may be set about the service, checked once."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from qa import InputError

DEFAULT_PORT = 8765

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?|\[?[0-9a-f:.]{2,45}\]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask for."""

    concurrency: int = 8
    """Requests in work at once."""
    queue: int = 4
    """Requests that may wait for each of them; a further one is refused."""
    seconds: float = 30.0
    """For an answer, waiting included."""
    body: int = 4 << 20
    """Bytes of a request's body. An answer to be verified has about 20 KB."""
    transfer: float = 10.0
    """Seconds to send the head of a request, and as many again for its body."""
    connections: int = 256
    """Open at once."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service is reached and by whom."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    """0 for any that is free."""
    token: str | None = None
    """What clients have to send; ``None`` to ask for none."""
    origins: frozenset[str] = frozenset()
    """Origins of pages of other sites that may use it, such as ``https://intranet.example``."""
    hosts: frozenset[str] = frozenset()
    """Names it may be called by, besides its address."""
    limits: Limits = Limits()
    log_questions: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """An address to bind to."""

    family: socket.AddressFamily
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def is_wildcard(self) -> bool:
        """Whether it stands for all addresses of this machine."""
        return ipaddress.ip_address(self.host).is_unspecified

    def url(self, port: int) -> str:
        """The address of the service on this machine."""
        host = self.host
        if self.is_wildcard:
            host = "::1" if self.family is socket.AF_INET6 else "127.0.0.1"
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def address_of(settings: Settings) -> Address:
    """Where to bind.

    Raises ``InputError`` for a name that is no address of a machine, and for an address that others
    can reach if there is no token.
    """
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        told = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"{settings.host} is no address to listen at: {told}") from None
    family, _, _, _, where = found[0]
    address = Address(family, str(where[0]).partition("%")[0], settings.port)
    if settings.token is None and not address.is_loopback:
        raise InputError(
            f"whoever reaches {settings.host} could read the documents; "
            "give a token with --token-file or $QA_TOKEN, or listen at 127.0.0.1"
        )
    return address


def origin_of(text: str) -> str:
    """An origin such as ``https://intranet.example``; raises ``InputError``."""
    try:
        parts = urlsplit(text.strip().lower().rstrip("/"))
        _ = parts.port  # raises for what is no number
        fine = parts.scheme in {"http", "https"} and bool(_HOST.fullmatch(parts.hostname or ""))
    except ValueError:
        fine = False
    if not fine or parts.path or parts.query or parts.fragment or parts.username:
        raise InputError(f"{text} is no origin; write it as https://intranet.example")
    return f"{parts.scheme}://{parts.netloc}"


def host_of(text: str) -> str:
    """The name of a host without a port; raises ``InputError``."""
    host = text.strip().lower().strip("[]")
    if not _HOST.fullmatch(host):
        raise InputError(
            f"{text} is no name of a host; write it as answers.example, without a port"
        )
    return host
