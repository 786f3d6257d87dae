"""Keeps one nats-server running for a folder as long as anybody uses it; a program of its own.

    python -I supervisor.py FOLDER SERVER MAX_PAYLOAD SYNC

Run as a file, so that it starts in milliseconds and needs nothing but the standard library. In the
folder:

    users.lock        every process that uses the server holds it shared; the supervisor waits for
                      it exclusively, and gets it when the last of them is gone, however it went
    supervisor.lock   held by the supervisor: there is one
    server.json       while the server runs: port, token, process ids; or why it did not start
    previous.json     what server.json was when a supervisor was killed
    nats-server.conf  written anew for each start
    nats-server.log   of the server, cut at 1 MiB
    jetstream/        the messages

The server is started on a port of its own choice and restarted on the same one. On Linux it dies
with the supervisor; elsewhere the next supervisor ends it.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

READY_WITHIN = 30.0
STOP_WITHIN = 10.0
SAME_PORT_WITHIN = 1.0
"""Seconds the port is tried for: a server that was killed holds it for a moment longer."""
LOOKING = 0.2
"""Seconds a lock is tried for: users hold it for a moment, to see whether there is a supervisor."""
LOG_SIZE = 2**20
LOG_LINES = 8
PR_SET_PDEATHSIG = 1


def take(path: Path, *, wait: bool) -> int | None:
    """Lock a file exclusively; the descriptor, or ``None`` if somebody else has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def write(path: Path, text: str) -> None:
    """Replace a file that only the user may read."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


def read_json(path: Path) -> dict[str, object]:
    """What is in the file; nothing if it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def command_line(pid: int) -> str:
    """Of a process; empty if there is none."""
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    except OSError:
        if Path("/proc/self").exists():
            return ""
    shown = subprocess.run(
        ["/bin/ps", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False
    )
    return shown.stdout


class Supervisor:
    """One server, started again whenever it ends."""

    def __init__(self, folder: Path, server: str, max_payload: int, sync: str) -> None:
        self.folder = folder
        self.server = server
        self.max_payload = max_payload
        self.sync = sync
        self.config = folder / "nats-server.conf"
        self.state = folder / "server.json"
        self.previous = folder / "previous.json"
        self.log = folder / "nats-server.log"
        before = read_json(self.previous)
        port = before.get("port")
        token = before.get("token")
        self.port = port if isinstance(port, int) else -1
        self.token = token if isinstance(token, str) else secrets.token_urlsafe(32)
        self.leaving = threading.Event()
        self.child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        self.end_orphan()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.leave())
        threading.Thread(target=self.wait_for_last_user, daemon=True).start()
        pause, was_ready = 0.1, False
        taken_since: float | None = None
        while not self.leaving.is_set():
            started = time.monotonic()
            problem = self.run_once()
            if problem is None:
                was_ready, taken_since = True, None
            elif self.port != -1 and "address already in use" in problem:
                taken_since = taken_since or started
                if time.monotonic() - taken_since > SAME_PORT_WITHIN:
                    self.port = -1
                self.leaving.wait(0.05)
                continue
            elif not was_ready:
                write(self.state, json.dumps({"error": problem}))
                return
            lasted = time.monotonic() - started
            pause = 0.1 if lasted > READY_WITHIN else min(pause * 2, 5.0)
            self.leaving.wait(pause)
        self.previous.unlink(missing_ok=True)
        self.state.unlink(missing_ok=True)
        self.config.unlink(missing_ok=True)

    def run_once(self) -> str | None:
        """Run the server until it ends; why it did not become ready, if so."""
        for old in self.folder.glob("*.ports"):
            old.unlink(missing_ok=True)
        write(self.config, self.configuration())
        log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            child = self.child = subprocess.Popen(
                [self.server, "-c", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )
        ready = self.wait_until_ready(child)
        if not ready and child.poll() is None:
            stop(child)
        if ready:
            state = {"port": self.port, "token": self.token, "server": child.pid}
            write(self.state, json.dumps({**state, "supervisor": os.getpid()}))
        if self.leaving.is_set():
            stop(child)
        child.wait()
        return None if ready or self.leaving.is_set() else self.last_lines(log_start)

    def wait_until_ready(self, child: subprocess.Popen[bytes]) -> bool:
        """Whether the server listens; it writes its ports to a file then."""
        ends = time.monotonic() + READY_WITHIN
        while time.monotonic() < ends and child.poll() is None and not self.leaving.is_set():
            for file in self.folder.glob(f"*_{child.pid}.ports"):
                ports = read_json(file).get("nats")
                if isinstance(ports, list) and ports:
                    self.port = int(str(ports[0]).rpartition(":")[2])
                    return True
            time.sleep(0.005)
        return False

    def configuration(self) -> str:
        def text(value: str) -> str:
            return json.dumps(value, ensure_ascii=False)  # the same in this language

        return f"""\
server_name: "wasi-messaging"
host: "127.0.0.1"
port: {self.port}
authorization {{ token: {text(self.token)} }}
ports_file_dir: {text(str(self.folder))}
log_file: {text(str(self.log))}
logfile_size_limit: {LOG_SIZE}
logfile_max_num: 2
max_payload: {self.max_payload}
max_pending: {max(64 * 2**20, 2 * self.max_payload)}
jetstream {{
  store_dir: {text(str(self.folder))}
  max_file_store: 1TiB
  sync_interval: {text(self.sync)}
}}
"""

    def last_lines(self, start: int) -> str:
        """The end of what the server logged since ``start``."""
        with contextlib.suppress(OSError), self.log.open("rb") as log:
            log.seek(start if start <= self.log.stat().st_size else 0)
            lines = log.read(LOG_SIZE).decode(errors="replace").splitlines()
            return "\n".join(lines[-LOG_LINES:])
        return ""

    def end_orphan(self) -> None:
        """End the server of a supervisor that was killed, if that did not take it along."""
        pid = read_json(self.previous).get("server")
        if not isinstance(pid, int):
            return
        ends = time.monotonic() + STOP_WITHIN
        number = signal.SIGTERM
        while str(self.config) in command_line(pid):
            if time.monotonic() > ends:
                number = signal.SIGKILL
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            time.sleep(0.05)

    def wait_for_last_user(self) -> None:
        # Kept until the end of this process: nobody comes in while the server is being stopped.
        take(self.folder / "users.lock", wait=True)
        self.leave()

    def leave(self) -> None:
        self.leaving.set()
        child = self.child
        if child is not None and child.poll() is None:
            child.terminate()
            threading.Timer(STOP_WITHIN, child.kill).start()


def die_with_parent() -> None:
    """Between fork and exec: the server gets SIGKILL when the supervisor is gone."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def stop(child: subprocess.Popen[bytes]) -> None:
    """Let the server end, or end it."""
    child.terminate()
    try:
        child.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        child.kill()


def main() -> None:
    folder, server, max_payload, sync = sys.argv[1:]
    lock = Path(folder) / "supervisor.lock"
    ends = time.monotonic() + LOOKING
    supervisor_lock = take(lock, wait=False)
    while supervisor_lock is None and time.monotonic() < ends:
        time.sleep(0.01)
        supervisor_lock = take(lock, wait=False)
    if supervisor_lock is None:
        return  # there is a supervisor
    if os.fork():
        os._exit(0)  # with the lock held; whoever started this has no child to wait for
    supervisor = Supervisor(Path(folder), server, int(max_payload), sync)
    with supervisor.log.open("ab") as log:
        os.dup2(log.fileno(), 2)  # whoever started this waits for the end of its standard error
    supervisor.run()
    os.close(supervisor_lock)
    os._exit(0)  # the thread may still wait for the last user, after SIGTERM


if __name__ == "__main__":
    main()
