"""One process's share in the server of a folder; :mod:`.supervisor` is the other side."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ...errors import BrokerError, BrokerUnavailableError
from ..nats_server import find_server
from . import supervisor

log = logging.getLogger("wasi_messaging.brokers.embedded")

ROOM = 16 * 2**20
"""Bytes that must be free for the server to start."""


@dataclass(frozen=True, slots=True)
class Running:
    """The server of a folder: where it listens on 127.0.0.1, and the token it asks for."""

    port: int
    token: str


class ServerFolder:
    """Starts the server of a folder if it does not run, and keeps it running until :meth:`leave`.

    Args:
        path: the folder; made if it does not exist.
        server: the program, if not the one that is found.
        max_payload: bytes of a message.
        sync: how often the server has the disk write, or ``always``.
        timeout: seconds it may take.
    """

    def __init__(
        self, path: Path, *, server: Path | None, max_payload: int, sync: str, timeout: float
    ) -> None:
        self.path = path.absolute()
        self._server = server
        self._max_payload = max_payload
        self._sync = sync
        self._timeout = timeout
        self._users: int | None = None
        self._started = False

    async def join(self) -> Running:
        """Use the server; it runs when this returns.

        Raises:
            BrokerUnavailableError: the folder cannot be used, or the server does not start.
        """
        await asyncio.to_thread(self._make)
        try:
            if self._users is None:
                await self._share()
            self._started = False
            return await self.running()
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Use it no more. The server stops when the last user has left."""
        if self._users is not None:
            os.close(self._users)
            self._users = None

    async def running(self) -> Running:
        """The server that runs now; start it again if it and its supervisor are gone."""
        ends = time.monotonic() + self._timeout
        while True:
            state = await asyncio.to_thread(self._look)
            port, token = state.get("port"), state.get("token")
            if isinstance(port, int) and isinstance(token, str):
                return Running(port, token)
            if time.monotonic() > ends:
                raise BrokerUnavailableError(
                    f"the nats-server in {self.path} did not start within {self._timeout:g} s; "
                    f"see {self.path / 'nats-server.log'}"
                )
            await asyncio.sleep(0.01)

    def _make(self) -> None:
        path = self.path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            owner = path.stat().st_uid
            if owner == os.geteuid():
                path.chmod(0o700)
            (path / ".gitignore").write_text("*\n", encoding="ascii")
            free = shutil.disk_usage(path).free
        except OSError as error:
            raise self._unusable(error) from error
        if owner != os.geteuid():
            raise BrokerUnavailableError(
                f"{path} belongs to another user (uid {owner}), and the server in it answers only "
                "to that one; set `directory` to a folder of your own"
            )
        if free < ROOM and (path / "jetstream").exists():
            # What is stored must still be readable, and acknowledging it makes room.
            log.warning("only %s bytes are free where %s is; publishing will fail", free, path)
        elif free < ROOM:
            raise BrokerUnavailableError(
                f"only {free:,} bytes are free where {path} is; the embedded broker needs at least "
                f"{ROOM:,}: free some, or set `directory` to a folder on another disk"
            )

    def _unusable(self, error: OSError) -> BrokerUnavailableError:
        return BrokerUnavailableError(
            f"cannot write to {self.path}: {error.strerror or error}; the embedded broker keeps "
            "its messages there: make it writable, or set `directory` to another folder"
        )

    async def _share(self) -> None:
        """Be counted as a user; waits while a supervisor stops the server of users before."""
        try:
            self._users = os.open(
                self.path / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise self._unusable(error) from error
        ends = time.monotonic() + self._timeout
        while True:
            try:
                fcntl.flock(self._users, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > ends:
                    raise BrokerUnavailableError(
                        f"the nats-server in {self.path} is stopping and does not come to an end"
                    ) from None
                await asyncio.sleep(0.01)
            except OSError as error:
                raise BrokerUnavailableError(
                    f"cannot lock files in {self.path}: {error.strerror}; set `directory` to a "
                    "folder on a local disk"
                ) from error
            else:
                return

    def _look(self) -> dict[str, object]:
        """What is known of the server. Start a supervisor if there is none."""
        state = self.path / "server.json"
        try:
            lock = supervisor.take(self.path / "supervisor.lock", wait=False)
            if lock is None:
                return supervisor.read_json(state)
            try:
                known = supervisor.read_json(state)
                if "error" in known and self._started:
                    raise BrokerUnavailableError(
                        f"the nats-server in {self.path} does not start; its log "
                        f"({self.path / 'nats-server.log'}) ends with:\n{known['error']}"
                    )
                if "port" in known:
                    state.replace(self.path / "previous.json")
                with contextlib.suppress(FileNotFoundError):
                    state.unlink()
            finally:
                os.close(lock)
            self._start()
        except OSError as error:
            raise self._unusable(error) from error
        return {}

    def _start(self) -> None:
        server = find_server(self._server)
        started = subprocess.run(
            [
                sys.executable,
                "-I",
                supervisor.__file__,
                str(self.path),
                str(server),
                str(self._max_payload),
                self._sync,
            ],
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in the terminal is not for it
            check=False,
        )
        if started.returncode != 0:
            text = started.stderr.decode(errors="replace").strip()
            raise BrokerError(f"the supervisor of the embedded server does not start: {text}")
        self._started = True
