"""The address of a cluster."""

from typing import NamedTuple
from urllib.parse import urlsplit

from qa_index.errors import InputError

SCHEME = "ray"
PORT = 10001
"""Where the head of a cluster listens for clients, unless told otherwise."""


class Address(NamedTuple):
    """Host and port of the Ray Client server of a cluster."""

    host: str
    port: int

    @staticmethod
    def parse(text: str) -> "Address":
        """The address ``ray://HOST[:PORT]``. Raises ``InputError`` for anything else."""
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except (ValueError, AttributeError, TypeError):
            host = port = None
            parts = urlsplit("")
        rest = parts.path.rstrip("/") or parts.query or parts.fragment or parts.username
        if parts.scheme != SCHEME or not host or rest:
            raise InputError(
                f"workers are named by the address of a Ray cluster, {SCHEME}://HOST[:PORT], "
                "where HOST is its head"
            )
        return Address(host, port or PORT)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{SCHEME}://{host}:{self.port}"
