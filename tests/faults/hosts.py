"""The hosts: real ``wasi-messaging run`` processes, started again whenever they end."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

COMMAND = [sys.executable, "-m", "wasi_messaging.cli", "run"]
READY = b"; Ctrl-C stops"
"""In the line that a host writes when everything is attached."""
TRACEBACK = b"Traceback (most recent call last)"
BROKER_AWAY = 5
"""Exit status."""
LOOKING = 0.02
STARTS_WITHIN = 60.0
STOPS_WITHIN = 20.0
"""Seconds; the hosts' own ``drain`` is shorter."""


class HostProcess:
    """One host that comes back.

    Args:
        folder: with its ``messaging.toml``; its log goes there too.

    Attributes:
        starts: processes that were started.
        failed_starts: … that ended by themselves before they were attached: the broker was away.
        problems: what a host must not do, in words.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "host.log"
        self.starts = 0
        self.failed_starts = 0
        self.problems: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._sent: signal.Signals | None = None
        self._sent_at = 0.0
        self._read_from = 0
        self._ready = False
        self._ending = False

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid if self._process is not None else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep it running until the block ends; then it is ended, by SIGTERM if all went well."""
        keeper = asyncio.create_task(self._keep())
        try:
            yield
            self._ending = True
            self.strike(signal.SIGTERM)
            await keeper
            self._look_at_log()
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    async def working(self) -> None:
        """Wait until it is attached.

        Raises:
            TimeoutError: it does not come to that.
        """
        ends = time.monotonic() + STARTS_WITHIN
        while not (self._ready and self._sent is None):
            if time.monotonic() > ends:
                raise TimeoutError(
                    f"{self._name} was not attached within {STARTS_WITHIN:g} s; see {self.log}"
                )
            await asyncio.sleep(LOOKING)

    def strike(self, number: signal.Signals) -> bool:
        """Send a signal; whether there was anybody to get it."""
        if self._process is None or self._process.poll() is not None:
            return False
        if self._sent is not None and number is not signal.SIGKILL:
            return False  # it is stopping; a second signal would have it drop what it does
        self._sent, self._sent_at = number, time.monotonic()
        self._process.send_signal(number)
        return True

    async def _keep(self) -> None:
        while not self._ending:
            self._start()
            while (code := self._look()) is None:  # noqa: ASYNC110  # another process
                await asyncio.sleep(LOOKING)
            self._ended(code)
            if not self._ready:
                await asyncio.sleep(5 * LOOKING)

    def _start(self) -> None:
        self._sent, self._ready = None, False
        with self.log.open("ab") as log:
            log.write(b"--- started again ---\n" if self.starts else b"")
            log.flush()
            self._read_from = log.tell()
            self._process = subprocess.Popen(
                COMMAND, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.starts += 1

    def _look(self) -> int | None:
        """See how it fares; its exit status once it has ended."""
        assert self._process is not None
        code = self._process.poll()
        if not self._ready:
            with self.log.open("rb") as log:
                log.seek(self._read_from)
                self._ready = READY in log.read()
        late = time.monotonic() - self._sent_at > STOPS_WITHIN
        if code is None and self._sent is signal.SIGTERM and late:
            self.problems.append(f"{self._name} did not end within {STOPS_WITHIN:g} s of SIGTERM")
            self.strike(signal.SIGKILL)
        return code

    def _ended(self, code: int) -> None:
        sent, ready = self._sent, self._ready
        self._process = None
        if sent is None and not ready and code == BROKER_AWAY:
            self.failed_starts += 1
        elif sent is None:
            self.problems.append(f"{self._name} ended by itself with status {code}")
        elif sent is signal.SIGTERM and ready and code != 0:
            self.problems.append(f"{self._name} ended with status {code} after SIGTERM")

    def _look_at_log(self) -> None:
        with self.log.open("rb") as log:
            count = sum(TRACEBACK in line for line in log)
        if count:
            self.problems.append(f"{count} tracebacks in {self.log}")

    @property
    def _name(self) -> str:
        return f"{self.folder.name}, process {self.starts}"
