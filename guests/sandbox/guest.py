"""A guest has nothing but what the configuration grants: one variable of the environment, here."""
# ruff: noqa: S101

import encodings.idna  # noqa: F401 - what socket would import when it is too late
import os
import random
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from wit_world import exports
from wit_world.imports.types import Message


def refuses(action: Callable[[], object]) -> bool:
    try:
        action()
    except OSError:
        return True
    return False


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        assert dict(os.environ) == {"GRANTED": "yes"}, dict(os.environ)
        assert sys.argv[1:] == [], sys.argv
        assert sys.stdin.read() == ""
        assert refuses(lambda: list(Path("/").iterdir()))
        assert refuses(lambda: Path("/etc/passwd").read_bytes())
        assert refuses(lambda: Path("written").write_bytes(b""))
        assert refuses(lambda: socket.create_connection(("127.0.0.1", 4222), timeout=1))
        assert time.time() > 1_700_000_000
        assert random.SystemRandom().random() != random.SystemRandom().random()
