"""Database servers for tests: started on a free port in a folder of their own, and ended with the test session."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tenacity import Retrying, stop_after_delay, wait_fixed

HOST = "127.0.0.1"
PASSWORD = "a-password-of-tests"
SECONDS = 60.0


class DatabaseMissingError(RuntimeError):
    """A database server is not installed, or does not start."""


@dataclass(frozen=True)
class DatabaseServer:
    """A server and how it is reached: ``scheme://user:password@host:port``."""

    scheme: str
    user: str
    port: int
    first: str
    """A database that is there from the start."""

    def create(self, database: str) -> str:
        """Make a database; its address."""
        engine = create_engine(self.address(self.first), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {database}"))
        engine.dispose()
        return self.address(database)

    def wait_until_it_answers(self) -> None:
        """A server listens before it answers: PostgreSQL says meanwhile that it is starting up."""
        engine = create_engine(self.address(self.first))
        for attempt in Retrying(stop=stop_after_delay(SECONDS), wait=wait_fixed(0.1), reraise=True):
            with attempt, engine.connect():
                pass
        engine.dispose()

    def address(self, database: str, password: str = PASSWORD, scheme: str | None = None) -> str:
        """The SQLAlchemy address of a database."""
        return f"{scheme or self.scheme}://{self.user}:{password}@{HOST}:{self.port}/{database}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[DatabaseServer]:
    """A PostgreSQL server whose clock, as many have it, is not that of UTC."""
    with private_folder("postgresql", account("postgres")) as folder, started_postgresql(folder) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[DatabaseServer]:
    """A MariaDB server, which speaks MySQL's protocol."""
    with private_folder("mariadb", account("mysql")) as folder, started_mariadb(folder) as server:
        yield server


@contextmanager
def started_postgresql(folder: Path) -> Iterator[DatabaseServer]:
    """PostgreSQL with a new cluster in ``folder``; a superuser ``tests`` and no database but the usual ones."""
    user, data, secret = account("postgres"), folder / "data", folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    initdb, postgres = find_server("initdb", "postgresql"), find_server("postgres", "postgresql")
    made = [initdb, "--username=tests", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-sync"]
    run([*made, "--locale=C.UTF-8", f"--pgdata={data}"], user)
    port = free_port()
    fast = [f"-c{name}=off" for name in ("fsync", "synchronous_commit", "full_page_writes")]
    options = [f"-cport={port}", f"-clisten_addresses={HOST}", f"-cunix_socket_directories={folder}", *fast]
    with running([postgres, "-D", str(data), "-ctimezone=Asia/Tokyo", *options], folder, user, port):
        server = DatabaseServer("postgresql+pg8000", "tests", port, "postgres")
        server.wait_until_it_answers()
        yield server


@contextmanager
def started_mariadb(folder: Path) -> Iterator[DatabaseServer]:
    """MariaDB with new tables in ``folder``, and a user ``tests`` who may do everything."""
    user, data, first = account("mysql"), folder / "data", folder / "first.sql"
    first.write_text(
        f"CREATE USER 'tests'@'{HOST}' IDENTIFIED BY '{PASSWORD}';\n"
        f"GRANT ALL PRIVILEGES ON *.* TO 'tests'@'{HOST}' WITH GRANT OPTION;\n"
    )
    first.chmod(0o644)
    install, server = find_server("mariadb-install-db", "mariadb"), find_server("mariadbd", "mariadb")
    run(
        [install, "--no-defaults", f"--datadir={data}", "--skip-test-db", "--auth-root-authentication-method=normal"],
        user,
    )
    port = free_port()
    options = [f"--port={port}", f"--bind-address={HOST}", f"--socket={folder}/socket", f"--init-file={first}"]
    started = [server, "--no-defaults", f"--datadir={data}", "--skip-name-resolve", *options]
    with running(started, folder, user, port):
        database = DatabaseServer("mysql+pymysql", "tests", port, "mysql")
        database.wait_until_it_answers()
        yield database


@contextmanager
def private_folder(name: str, user: str | None) -> Iterator[Path]:
    """A short path that the servers' user can reach; pytest's own folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix=f"crossprompt-{name}-"))
    if user is not None:
        shutil.chown(folder, user)
        folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(command: list[str], folder: Path, user: str | None, port: int) -> Iterator[None]:
    """Run a server until the block is left; the block begins when the server listens."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=user,
            cwd=folder,
            start_new_session=True,
        )
    try:
        wait_until_listening(process, port, log)
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when somebody listens at the port.

    Raises:
        DatabaseMissingError: The server ended, or is too slow; the message has the end of its log.
    """
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    lines = log.read_text(errors="replace").splitlines()[-15:]
    raise DatabaseMissingError("the server did not start:\n" + "\n".join(lines))


def run(command: list[str], user: str | None) -> None:
    """A command of the set-up of a server, as its user."""
    ended = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    if ended.returncode:
        raise DatabaseMissingError(f"{command[0]} failed:\n{(ended.stdout + ended.stderr)[-2000:]}")


def account(name: str) -> str | None:
    """The account that Debian's package made, for root must not run a database; None: the tests' own does it."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam(name).pw_name
    except KeyError:
        raise DatabaseMissingError(
            f"there is no account {name}: install Debian's packages (tools/databases.sh)"
        ) from None


def find_server(program: str, package: str) -> str:
    """The path of a server's program; Debian keeps PostgreSQL's off the path, by version.

    Raises:
        DatabaseMissingError: It is not installed.
    """
    places = [f"/usr/lib/postgresql/{version}/bin" for version in range(30, 12, -1)]
    found = shutil.which(program, path=os.pathsep.join([*places, os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is None:
        raise DatabaseMissingError(f"{program} was not found: install {package} (Debian: tools/databases.sh {package})")
    return found


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
