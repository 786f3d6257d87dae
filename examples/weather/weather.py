"""Watches daily weather: warns of frost and storm, and sums up a month when it is complete.

A component for the world ``messaging-core`` of ``wasi:messaging``. It knows no broker: which one
the client ``default`` reaches, and what may be sent to it, is the host's business: messaging.toml.
"""

import json
import os
from calendar import monthrange
from math import fsum
from typing import Any

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Error_Other, Message

Day = dict[str, Any]

# An instance keeps its memory from message to message, and there is one (`instances = 1`). Days are
# kept by date, so a message that comes a second time, or late, does no harm.
months: dict[str, dict[str, Day]] = {}
finished: set[str] = set()


class IncomingHandler(exports.IncomingHandler):
    """What the host calls."""

    def handle(self, message: Message) -> None:
        """Handle one observation: a JSON object with the values of a day."""
        try:
            day = json.loads(message.data())
            date, low, wind = day["date"], day["temp_min"], day["wind"]
        except (ValueError, KeyError, TypeError) as error:
            raise Err(Error_Other(f"not an observation: {error!r}")) from None

        with Client.connect("default") as client:
            if low < float(os.environ["FROST_BELOW"]):
                send(client, "alerts.frost", {"date": date, "low": low})
            if wind >= float(os.environ["STORM_FROM"]):
                send(client, "alerts.storm", {"date": date, "wind": wind})
            month = date[:7]
            if month not in finished and complete(month, day):
                send(client, "summaries.monthly", summary(month))
                finished.add(month)
                del months[month]


def complete(month: str, day: Day) -> bool:
    """Keep a day of a month; whether that was the last one missing."""
    days = months.setdefault(month, {})
    days[day["date"]] = day
    return len(days) == monthrange(int(month[:4]), int(month[5:]))[1]


def summary(month: str) -> Day:
    """Means in °C, the sum in mm."""
    days = months[month].values()
    return {
        "month": month,
        "days": len(days),
        "high": round(fsum(day["temp_max"] for day in days) / len(days), 1),
        "low": round(fsum(day["temp_min"] for day in days) / len(days), 1),
        "rain": round(fsum(day["precipitation"] for day in days), 1),
        "wettest": max(days, key=lambda day: day["precipitation"])["date"],
    }


def send(client: Client, topic: str, value: Day) -> None:
    """Send a value as JSON."""
    message = Message(json.dumps(value).encode())
    message.set_content_type("application/json")
    producer.send(client, topic, message)
