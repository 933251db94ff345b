"""A server from a wheel as our own child: its directory, its lock, its sockets, its life."""

from __future__ import annotations

import abc
import contextlib
import fcntl
import functools
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self

from app.child_process import end, processes_in, read_tail, spawn, wait_until
from app.service_account import (
    Account,
    AccountError,
    choose_account,
    choose_home,
    choose_programs,
    choose_temporary_directory,
)

# The longest path that the kernel takes for a Unix socket.
LONGEST_SOCKET_PATH = 107
# Recovery after a crash reads back the log of the last minutes of writing; on a slow disk that takes a while.
START_SECONDS = 300.0
# How long what is left of a killed server may take to go.
REMAINS_SECONDS = 30.0
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}


class EmbeddedServerError(Exception):
    """A server could not be started; the message is a sentence for the person at the terminal."""


class StateInUseError(EmbeddedServerError):
    """Another process runs a server on the same directory."""


class EmbeddedServer(abc.ABC):
    """One server over one directory, our own child from `start` to `stop`.

    `start` may be called again after the server died: it clears what is left and recovers, at the same URL.
    """

    title: str
    name: str
    package: str
    programs_folder: str
    socket_name: str
    death_signal: signal.Signals
    stop_steps: Sequence[tuple[signal.Signals, float]]

    def __init__(self, state_dir: Path, *, durable: bool = True) -> None:
        """Take `state_dir` for data and logs. What is not durable is fast, and gone after `stop`."""
        self._directory = state_dir.absolute() / self.name
        self._log = state_dir.absolute() / "log" / f"{self.name}.log"
        self._durable = durable
        self._home: Path | None = None
        self._programs: Path | None = None
        self._sockets: Path | None = None
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """Where clients of the application connect; known from `start` on."""

    @property
    def pid(self) -> int | None:
        """The server's process, or None when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def sockets(self) -> Path:
        """The directory of the server's socket, which only we and the server can enter."""
        if self._sockets is None:
            raise EmbeddedServerError(f"{self.title} has not been started.")
        return self._sockets

    def start(self) -> None:
        """Start the server if it does not run, and return when it answers.

        Raises StateInUseError when another process uses the directory, EmbeddedServerError when the server
        does not start or there is no user to run it as.
        """
        if self.pid is not None:
            return
        home = self._home = self._choose_home()
        try:
            self._take_lock(home)
            package = _find_package(self.package)
            libraries = f"{self.package}.libs"
            folders = [f"{self.package}/{self.programs_folder}"]
            folders += [libraries] if (package.parent / libraries).is_dir() else []
            self._programs = choose_programs(
                package.parent,
                folders,
                account=self._account,
                home=home,
                version=importlib.metadata.version(self.package),
            )
            self._sockets = self._sockets or self._make_socket_directory(home)
            self._clear_remains(home / "data")
            self._prepare(home / "data")
            self._launch(home / "data")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server if it runs; afterwards another process may start it."""
        if self._process:
            end(self._process, self.stop_steps)
            self._process = None
        if self._sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None
        if self._lock:
            if self._home and not self._durable:
                shutil.rmtree(self._home)
                if self._directory.is_symlink():
                    self._directory.unlink()
            self._lock.close()
            self._lock = None

    @abc.abstractmethod
    def _prepare(self, data: Path) -> None:
        """Bring the data directory into a state that the server can start on."""

    @abc.abstractmethod
    def _command(self, data: Path) -> list[str]:
        """The server's program and arguments; it must stay in the foreground."""

    @abc.abstractmethod
    def _is_ready(self, data: Path, pid: int) -> bool:
        """Whether the process with this pid answers clients."""

    @functools.cached_property
    def _account(self) -> Account:
        try:
            return choose_account()
        except AccountError as error:
            raise EmbeddedServerError(str(error)) from error

    def _choose_home(self) -> Path:
        try:
            return choose_home(self._directory, account=self._account, throwaway=not self._durable)
        except AccountError as error:
            raise EmbeddedServerError(str(error)) from error

    def _program(self, name: str) -> str:
        if self._programs is None:
            raise EmbeddedServerError(f"{self.title} has not been started.")
        return str(self._programs / self.package / self.programs_folder / name)

    def _take_lock(self, home: Path) -> None:
        """Hold the directory until `stop`, or until this process is gone, whatever ended it."""
        if self._lock:
            return
        lock = (home / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise StateInUseError(
                f"{self.title} in {self._directory} is already in use by process {holder}: "
                "it is running in another terminal. Stop that one first, or use another state directory."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _make_socket_directory(self, home: Path) -> Path:
        """Make a short and private directory; the data's own path may be too long for a socket."""
        note = home / "sockets"
        if note.is_file():
            # Left by a process that was killed.
            _remove_socket_directory(Path(note.read_text()), owner=self._account.uid)
        longest = LONGEST_SOCKET_PATH - len(f"/zuoxi-xxxxxxxx/{self.socket_name}")
        parent = choose_temporary_directory(account=self._account, longest=longest)
        sockets = Path(tempfile.mkdtemp(prefix="zuoxi-", dir=parent))
        self._account.own(sockets)
        note.write_text(str(sockets))
        return sockets

    def _clear_remains(self, data: Path) -> None:
        """Wait until what is left of a server on this directory is gone. We hold the lock: nobody needs it.

        A server whose parent was killed is just shutting down; the children of a killed one are leaving.
        """
        for pid in self._remaining_servers(data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, self.death_signal)
        if not wait_until(lambda: not processes_in(data), seconds=REMAINS_SECONDS):
            pids = ", ".join(map(str, processes_in(data)))
            raise EmbeddedServerError(f"Processes {pids} still use {data}. End them and start again.")
        for left in self.sockets.iterdir():
            left.unlink()

    def _remaining_servers(self, data: Path) -> list[int]:
        """The processes to tell that they should end."""
        return processes_in(data)

    def _launch(self, data: Path) -> None:
        log_start = self._log.stat().st_size if self._log.exists() else 0
        process = self._process = spawn(
            self._command(data),
            log=self._log,
            environ=ENVIRONMENT,
            cwd=Path("/"),
            parent_death_signal=self.death_signal,
            account=self._account,
        )
        came = wait_until(
            lambda: process.poll() is not None or self._is_ready(data, process.pid), seconds=START_SECONDS
        )
        if not came or process.poll() is not None:
            said = read_tail(self._log, start=log_start)
            raise EmbeddedServerError(f"{self.title} did not start. The end of {self._log}:\n{said}")


def _find_package(package: str) -> Path:
    """Return where a wheel is installed. It is not imported: that may warn, or start something."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            f"The package {package} is not installed, and no address of a server is set. "
            "Install the project with `make setup`, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])


def _remove_socket_directory(directory: Path, *, owner: int) -> None:
    """Remove a directory that a note calls ours, if it looks like it."""
    try:
        status = directory.lstat()
    except FileNotFoundError:
        return
    if directory.name.startswith("zuoxi-") and stat.S_ISDIR(status.st_mode) and status.st_uid == owner:
        shutil.rmtree(directory, ignore_errors=True)
