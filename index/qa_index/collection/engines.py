"""Which engine holds an index, and the folder that stands for an index elsewhere.

An index on a server is named by its address. On this machine a folder stands for it: it holds what
is kept beside the passages, such as a calibration or vectors of an interrupted build, and a file
with the address, without secrets.

    ~/.local/share/grounded-qa/indexes/3f9c…/    or below $QA_DATA
      engine.json      the address
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qa_index.collection.index import Engine, Index
from qa_index.collection.local import disk
from qa_index.collection.local.engine import LocalEngine
from qa_index.collection.milvus.address import Address as MilvusAddress
from qa_index.collection.milvus.address import is_address as is_milvus
from qa_index.collection.postgres.address import Address as PostgresAddress
from qa_index.collection.postgres.address import is_address as is_postgres
from qa_index.collection.served.address import Address
from qa_index.errors import IndexDamaged, IndexNotWritable, InputError

ENGINE = "engine.json"
SCHEMA = "qa.engine/1"

_servers: dict[Path, tuple[Address, Engine]] = {}
"""Engines in use by this process, which share connections and know the secrets."""
_changing = threading.Lock()


def folder_of(place: str | os.PathLike[str]) -> Path:
    """The folder of an index, or the one that stands for an address, which is made if missing.

    Secrets of the address are known to this process alone. Raises ``InputError`` for a malformed
    address, ``IndexNotWritable`` if the folder cannot be made.
    """
    address = _address_of(place)
    if address is None:
        return Path(place)
    folder = _data_folder() / "indexes" / address.identity
    if not (folder / ENGINE).is_file():
        try:
            disk.make_folder(folder)
            folder.chmod(0o700)
            kept = {"schema": SCHEMA, "address": str(address)}
            disk.write_whole(folder / ENGINE, json.dumps(kept).encode() + b"\n", synced=False)
        except OSError as error:
            raise IndexNotWritable(
                f"cannot write {error.filename or folder}: {error.strerror or error}; "
                "set QA_DATA to a folder that can be written"
            ) from error
    with _changing:
        known = _servers.get(folder)
        if known is None or (address.secrets and known[0].secrets != address.secrets):
            _servers[folder] = address, _server(address, folder)
    return folder


def _address_of(place: object) -> Address | None:
    """The address that a place is; ``None`` for a folder. Raises ``InputError``."""
    if isinstance(place, str) and is_postgres(place):
        return PostgresAddress.parse(place)
    if isinstance(place, str) and is_milvus(place):
        return MilvusAddress.parse(place)
    return None


def _data_folder() -> Path:
    """The folder of what is kept of indexes elsewhere: ``QA_DATA``, or the user's data."""
    if chosen := os.environ.get("QA_DATA"):
        return Path(os.path.abspath(chosen))  # noqa: PTH100 - links are kept
    from platformdirs import user_data_path

    return user_data_path("grounded-qa")


def engine_of(folder: str | os.PathLike[str]) -> Engine:
    """The engine of the index that ``folder`` holds or stands for."""
    local = LocalEngine(folder)
    pointer = local.folder / ENGINE
    if not pointer.is_file():
        return local
    with _changing:
        known = _servers.get(local.folder)
        if known is None:
            address = _address_in(pointer)
            known = _servers[local.folder] = address, _server(address, local.folder)
    return known[1]


def _server(address: Address, folder: Path) -> Engine:
    if isinstance(address, MilvusAddress):
        with _needing("pymilvus", "grpc", server="Milvus", extra="milvus"):
            from qa_index.collection.milvus.engine import MilvusEngine

            return MilvusEngine(address, folder)
    if isinstance(address, PostgresAddress):
        with _needing("psycopg", server="PostgreSQL", extra="postgres"):
            from qa_index.collection.postgres.engine import PostgresEngine

            return PostgresEngine(address, folder)
    raise TypeError(f"no engine has an address such as {type(address).__name__}")


@contextmanager
def _needing(*packages: str, server: str, extra: str) -> Iterator[None]:
    """Raises ``InputError`` if a package of an extra is missing; the first stands for all."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in packages:
            raise
        raise InputError(
            f"an index in {server} needs {packages[0]}: pip install 'grounded-qa[{extra}]'"
        ) from None


def _address_in(pointer: Path) -> Address:
    try:
        data: Any = json.loads(pointer.read_bytes())
        if data["schema"] != SCHEMA or not isinstance(data["address"], str):
            raise ValueError("another schema")
        address = _address_of(data["address"])
        if address is None:
            raise ValueError("no address")
        return address
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise IndexDamaged(f"{pointer} names no address; name the address itself") from error


def open_index(
    folder: str | os.PathLike[str], *, base: str | os.PathLike[str] | None = None
) -> Index:
    """The live generation of the index; ``base``: see ``Engine.open``. Raises an
    ``IndexProblem``."""
    return engine_of(folder).open(base=base)


def has_index(folder: str | os.PathLike[str]) -> bool:
    """Whether there is an index, sound or not."""
    return engine_of(folder).version() is not None


def name_of(folder: str | os.PathLike[str]) -> str:
    """What people call the index: its folder, or its address without secrets."""
    return engine_of(folder).name
