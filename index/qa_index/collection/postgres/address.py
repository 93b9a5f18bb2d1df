"""The address of an index in PostgreSQL, and how it is told without its secrets."""

import getpass
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlencode

from qa_index.collection.served import address
from qa_index.collection.served.address import identity_of, masked
from qa_index.errors import InputError

SCHEMES = ("postgresql", "postgres")
DEFAULT_SCHEMA = "qa"

_SECRETS = {
    "oauth_client_secret",
    "password",
    "scram_client_key",
    "scram_server_key",
    "sslpassword",
}
_SETTINGS = {
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_issuer",
    "oauth_scope",
    "passfile",
    "require_auth",
    "requirepeer",
    "service",
    "servicefile",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
}
"""Parameters of libpq 18 that may be told and kept. Any other may be a secret: it is refused."""

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_FORM = "postgresql://[USER@]HOST[:PORT][,HOST[:PORT]]/DATABASE[?schema=NAME]"


def _check_servers(hosts: Sequence[str], ports: Sequence[str]) -> None:
    """Raises ``InputError`` unless each of several hosts is named, with one port or one each."""
    valid = all(not port or (port.isdecimal() and int(port) <= 65_535) for port in ports)
    if not valid or len(ports) not in {1, len(hosts)} or (len(hosts) > 1 and not all(hosts)):
        raise InputError(f"the address lacks a host, or its ports do not fit; use {_FORM}")


def is_address(place: object) -> bool:
    """Whether a place is an address of this engine rather than a folder."""
    return isinstance(place, str) and place.startswith(tuple(f"{each}:" for each in SCHEMES))


@dataclass(frozen=True, slots=True)
class Address:
    """Where an index is: a schema of a database. Its ``str`` and ``repr`` hold no secret."""

    host: str
    """Empty for the server that libpq connects to by default, which is a socket of this machine.

    Commas stand between several servers, which are tried in turn: a primary and its standbys.
    """
    port: str
    """Those of the hosts, in the same way; empty for the default."""
    database: str
    user: str
    schema: str
    root: str
    """Folder that stored paths start from on this machine; empty for the one the index names."""
    settings: tuple[tuple[str, str], ...]
    """Other parameters of libpq, such as ``sslmode``, except secrets."""
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)
    """Parameters of libpq that nothing may tell or keep."""

    @staticmethod
    def parse(text: str) -> "Address":
        """Parse a URI of libpq, with two more parameters: ``schema`` and ``root``.

        Raises ``InputError``, which does not repeat the text: it may hold a password.
        """
        read = address.read(text, SCHEMES, form=_FORM)
        parts, servers, given = read
        if parts.fragment or any("," in host for host, _ in servers):
            raise InputError(f"the address holds a fragment, or a comma in a host; use {_FORM}")
        schema = given.pop("schema", DEFAULT_SCHEMA)
        if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
            raise InputError(
                "the schema of the address is not a plain name: small letters, digits and _"
            )
        if "options" in given or "dbname" in given:
            raise InputError("the address must not set options or dbname")
        named_user, root = given.pop("user", ""), given.pop("root", "")
        named_host, named_port = given.pop("host", ""), given.pop("port", "")
        host = ",".join(host for host, _ in servers) or named_host
        ports = ["" if port is None else str(port) for _, port in servers]
        port = ",".join(ports) if any(ports) else named_port
        _check_servers(host.split(","), port.split(","))
        secrets = address.secrets_of(read, _SECRETS)
        database = unquote(parts.path.removeprefix("/"))
        if not database:
            raise InputError(f"the address names no database; use {_FORM}")
        for name in given.keys() - _SETTINGS:
            meant = address.meant(name, _SETTINGS | _SECRETS, such_as="sslmode or connect_timeout")
            raise InputError(f"the address sets a parameter that is none of libpq's{meant}")
        user = unquote(parts.username or "") or named_user
        address.refuse_nul((user, database, host, root, *given.values(), *secrets.values()))
        return Address(
            host=host,
            port=port,
            database=database,
            user=user,
            schema=schema,
            root=root,
            settings=tuple(sorted(given.items())),
            secrets=tuple(sorted(secrets.items())),
        )

    def __str__(self) -> str:
        query = dict(self.settings)
        hosts, ports = self.host.split(","), self.port.split(",")
        if len(ports) == 1:  # which is that of all hosts
            ports *= len(hosts)
        if "/" in self.host:  # a folder of sockets
            query["host"], several = self.host, len(hosts) > 1
            if several and self.port:
                query["port"] = self.port
            hosts, ports = [""], ["" if several else self.port]
        if self.schema != DEFAULT_SCHEMA:
            query["schema"] = self.schema
        if self.root:
            query["root"] = self.root
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        servers = ",".join(
            (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
            for host, port in zip(hosts, ports, strict=True)
        )
        told = urlencode(sorted(query.items()), safe="/")
        return f"postgresql://{user}{servers}/{quote(self.database, safe='')}" + (
            f"?{told}" if told else ""
        )

    @property
    def identity(self) -> str:
        """A name for a file, the same for all ways of writing this address but its secrets."""
        return identity_of(str(self))

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of a connection, secrets included."""
        found = {**dict(self.settings), **dict(self.secrets), "dbname": self.database}
        if self.host:
            found["host"] = self.host
        if self.port:
            found["port"] = self.port
        if self.user:
            found["user"] = self.user
        return found

    @property
    def role(self) -> str:
        """Name of the role that connects, as far as the address tells."""
        if named := self.user or os.environ.get("PGUSER", ""):
            return named
        try:
            return getpass.getuser()
        except (KeyError, OSError, ImportError):  # a user without a name, as in containers
            return "this role"

    def without_secrets(self, text: str) -> str:
        """``text`` with every secret of this address replaced by asterisks."""
        return masked(text, (secret for _, secret in self.secrets))
