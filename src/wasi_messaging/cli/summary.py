"""What ``publish`` says at its end."""

from __future__ import annotations

import json
import time

import click

from ..abc import Broker
from .failures import Failure, note
from .pipeline import Pipeline


class Report:
    """Counts the time from its making, and puts into words what a pipeline did.

    Args:
        broker: where the messages went.
        pipeline: what sent them.
        client: the name of the broker's client.
        as_json: print an object to standard output, also where something went wrong.
        quiet: print nothing where all went well.
    """

    def __init__(
        self, broker: Broker, pipeline: Pipeline, client: str, *, as_json: bool, quiet: bool
    ) -> None:
        self._broker = broker
        self._pipeline = pipeline
        self._client = client
        self._as_json = as_json
        self._quiet = quiet
        self._begin = time.monotonic()

    def done(self) -> None:
        """All went well."""
        seconds = time.monotonic() - self._begin
        if self._as_json:
            self._print(seconds, None)
        elif not self._quiet:
            verb = "published" if self._broker.capabilities.confirms else "sent"
            rate = f" in {seconds:.1f} s" if seconds >= 1 else ""
            click.echo(f"{verb} {self._messages()}{rate} to {self._broker.summary()}")

    def interrupted(self) -> None:
        """A signal came before the end."""
        if self._as_json:
            self._print(time.monotonic() - self._begin, "interrupted")
            return
        left = self._pipeline.started - self._pipeline.confirmed
        more = f"; {left:,} more were on their way and may have arrived" if left else ""
        note(f"interrupted: {self._counted()} by then{more}")

    def failed(self, reason: Failure, *, many: bool) -> Failure:
        """The error to raise; ``many``: it says how many messages were sent before."""
        if self._as_json:
            self._print(time.monotonic() - self._begin, str(reason))
        more = f"\n{self._counted()}; nothing after that was sent" if many else ""
        return Failure(f"{reason}{more}", reason.status)

    def _messages(self) -> str:
        count = self._pipeline.confirmed
        return f"{count:,} message{'' if count == 1 else 's'}"

    def _counted(self) -> str:
        if self._broker.capabilities.confirms:
            return f"{self._messages()} published and confirmed"
        return f"{self._messages()} sent (this broker does not confirm)"

    def _print(self, seconds: float, error: str | None) -> None:
        summary: dict[str, object] = {
            "published": self._pipeline.confirmed,
            "confirmed": self._broker.capabilities.confirms,
            "bytes": self._pipeline.confirmed_bytes,
            "seconds": round(seconds, 6),
            "client": self._client,
        }
        if error is not None:
            summary["error"] = error
        click.echo(json.dumps(summary))
