"""Real servers for tests, on free loopback ports.

with NatsServer() as server:
    broker = NatsBroker(NatsSettings(url=server.url))
"""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from ..brokers.nats_server import find_server

__all__ = ["NatsServer"]


class NatsServer:
    """A nats-server in a folder of its own, which goes with it.

    Args:
        config: further lines of its configuration, for instance ``authorization { … }``.
        jetstream: with JetStream, or without.
        timeout: seconds it may take to start or to stop.
    """

    def __init__(self, config: str = "", *, jetstream: bool = True, timeout: float = 10.0) -> None:
        self.port = -1
        self._config = config
        self._jetstream = jetstream
        self._timeout = timeout
        self._folder = tempfile.TemporaryDirectory(prefix="nats-server-")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, without credentials."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the running process."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    @property
    def folder(self) -> Path:
        """Where configuration, log and messages are."""
        return Path(self._folder.name)

    def start(self) -> None:
        """Start it, on the port it had before if there was one; it serves when this returns.

        Raises:
            RuntimeError: it ended instead; the text is its log.
            TimeoutError: it does neither.
        """
        folder = self.folder
        for old in folder.glob("*.ports"):
            old.unlink()
        lines = [
            'host: "127.0.0.1"',
            f"port: {self.port}",
            f"ports_file_dir: {json.dumps(str(folder))}",
            self._config,
        ]
        if self._jetstream:
            lines.append(f"jetstream {{ store_dir: {json.dumps(str(folder))} }}")
        config = folder / "nats.conf"
        config.write_text("\n".join(lines), encoding="utf-8")
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [find_server(), "-c", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        ends = time.monotonic() + self._timeout
        while not self._ready(self._process):
            if self._process.poll() is not None:
                raise RuntimeError((folder / "log").read_text(encoding="utf-8", errors="replace"))
            if time.monotonic() > ends:
                self.kill()
                raise TimeoutError(f"nats-server did not start within {self._timeout:g} s")
            time.sleep(0.005)

    def _ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it greets whoever connects."""
        for file in self.folder.glob(f"*_{process.pid}.ports"):
            try:
                ports = json.loads(file.read_text(encoding="utf-8"))["nats"]
            except ValueError:
                return False  # half written
            self.port = int(ports[0].rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(5) == b"INFO "
        return False

    def stop(self) -> None:
        """Let it end."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(self._timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def restart(self, *, kill: bool = False) -> None:
        """End it and start it again, on the same port and with what it has stored."""
        if kill:
            self.kill()
        else:
            self.stop()
        self.start()

    def close(self) -> None:
        """End it and remove its folder."""
        self.stop()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
