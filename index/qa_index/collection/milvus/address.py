"""The address of an index in Milvus, and how it is told without its secrets."""

import os
import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlencode

from qa_index.collection.served import address
from qa_index.collection.served.address import identity_of, masked
from qa_index.errors import InputError

SCHEME = "milvus"
DEFAULT_PORT = 19530

_SECRETS = {"password", "token"}
_SETTINGS = {"ca", "connect_timeout", "database", "root", "server_name", "tls"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_FORM = "milvus://[USER@]HOST[:PORT]/NAME[?database=NAME&tls=true]"


def is_address(place: object) -> bool:
    """Whether a place is an address of this engine rather than a folder."""
    return isinstance(place, str) and place.startswith(f"{SCHEME}:")


@dataclass(frozen=True, slots=True)
class Address:
    """Where an index is: collections of one name on a server.

    Its ``str`` and ``repr`` hold no secret.
    """

    host: str
    port: int
    name: str
    """What the names of its collections begin with."""
    user: str
    database: str
    """Empty for the server's default."""
    root: str
    """Folder that stored paths start from on this machine; empty for the one the index names."""
    tls: bool
    ca: str
    """File of the certificates that sign the server's; empty for those that gRPC brings."""
    server_name: str
    """Name in the server's certificate; empty if it is the host's."""
    connect_timeout: int
    """Seconds; 0 for the default."""
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)
    """``password`` and ``token``, as far as the address tells them."""

    @staticmethod
    def parse(text: str) -> "Address":
        """Parse ``milvus://[USER[:PASSWORD]@]HOST[:PORT]/NAME`` with parameters.

        Raises ``InputError``, which does not repeat the text: it may hold a password.
        """
        read = address.read(text, {SCHEME}, form=_FORM)
        parts, servers, given = read
        if parts.fragment or len(servers) > 1:
            raise InputError(f"the address is not of the form {_FORM}")
        [(host, port)] = servers
        if not host:
            raise InputError(f"the address names no host; use {_FORM}")
        try:
            host.encode("idna")  # what looking it up begins with
        except UnicodeError:
            raise InputError(
                "the host of the address is no name: a part is empty or too long"
            ) from None
        name = unquote(parts.path.removeprefix("/"))
        if not _NAME.fullmatch(name):
            raise InputError(
                "the name of the index in the address must be letters, digits and _, "
                f"at most 200; use {_FORM}"
            )
        secrets = address.secrets_of(read, _SECRETS)
        for each in given.keys() - _SETTINGS:
            meant = address.meant(each, _SETTINGS | _SECRETS, such_as="database or tls")
            raise InputError(f"the address sets a parameter that is unknown here{meant}")
        user = unquote(parts.username or "")
        if "password" in secrets and "token" not in secrets and not _user(user):
            # Without one it would be a connection without login.
            raise InputError(f"the address holds a password and names no user; use {_FORM}")
        address.refuse_nul((user, host, *given.values(), *secrets.values()))
        if given.get("tls", "true") not in ("true", "false"):
            raise InputError("tls in the address must be true or false")
        if given.get("tls") != "true" and (given.get("ca") or given.get("server_name")):
            # Who names certificates means to encrypt; nothing is sent in the clear instead.
            raise InputError("ca and server_name in the address need tls=true")
        timeout = given.get("connect_timeout", "0")
        if not re.fullmatch("[0-9]{1,4}", timeout):
            raise InputError("connect_timeout in the address must be a number of seconds")
        database = given.get("database", "")
        if database and not _NAME.fullmatch(database):
            raise InputError("the database of the address is not a plain name: letters, digits, _")
        return Address(
            host=host,
            port=DEFAULT_PORT if port is None else port,
            name=name,
            user=user,
            database=database,
            root=given.get("root", ""),
            tls=given.get("tls") == "true",
            ca=given.get("ca", ""),
            server_name=given.get("server_name", ""),
            connect_timeout=int(timeout),
            secrets=tuple(sorted(secrets.items())),
        )

    def __str__(self) -> str:
        told = {
            name: str(getattr(self, name)).lower() if name == "tls" else str(getattr(self, name))
            for name in sorted(_SETTINGS)
            if getattr(self, name)
        }
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        query = f"?{urlencode(told, safe='/')}" if told else ""
        return f"{SCHEME}://{user}{host}:{self.port}/{self.name}{query}"

    @property
    def identity(self) -> str:
        """See ``served.Address``."""
        return identity_of(str(self))

    @property
    def token(self) -> str:
        """What the server is shown: a token, or user and password; empty for neither.

        What the address lacks is taken from ``MILVUS_TOKEN``, ``MILVUS_USER`` and
        ``MILVUS_PASSWORD``.
        """
        own = dict(self.secrets)
        if token := own.get("token"):
            return token
        user = _user(self.user)
        password = own.get("password") or os.environ.get("MILVUS_PASSWORD", "")
        if "password" not in own and (token := os.environ.get("MILVUS_TOKEN", "")):
            return token
        return f"{user}:{password}" if user and password else ""

    def without_secrets(self, text: str) -> str:
        """``text`` with every secret of this address or its environment replaced by asterisks."""
        token = self.token
        return masked(
            text, [*(secret for _, secret in self.secrets), token, token.partition(":")[2]]
        )


def _user(named: str) -> str:
    return named or os.environ.get("MILVUS_USER", "")
