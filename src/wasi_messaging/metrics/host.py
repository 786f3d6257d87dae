"""The metrics of one host; ``docs/metrics.md`` is about these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version

from prometheus_client.metrics_core import Metric

from ..abc import Broker
from ..component import Component
from ..delivery.attachment import Attachment
from .families import Readings, counter, gauge

VERSION = version("wasi-messaging")
"""Looked up once: it is read from a file."""

BUILD = gauge("build_info", "Always 1; its labels are versions.", "version", "wasmtime")

MESSAGES = counter(
    "messages",
    "Handlings of messages that ended, by outcome. A message that is tried again counts each time.",
    *("component", "outcome"),
)
RETRIES = counter("retries", "Messages given another attempt.", "component")
DEAD_LETTERS = counter(
    "dead_letters", "Messages given up, whose dead letter the broker confirmed.", "component"
)
DROPPED = counter(
    "messages_dropped", "Messages given up without a dead letter, as configured.", "component"
)
LOST = counter(
    "messages_lost",
    "Messages not handled, from a broker that delivers at most once.",
    "component",
)
SENDS = counter(
    "sends",
    "Sends, requests and replies of guests: taken by a broker, failed, or denied by a permission; "
    "denied connects too.",
    *("component", "result"),
)
RUNNING = gauge("handlings_running", "Messages that guests are working on.", "component")
WAITING = gauge("handlings_waiting", "Messages that wait for an instance.", "component")
INSTANCES = gauge("instances", "Instances of a component that there are.", "component")
IDLE = gauge("instances_idle", "Instances that wait for a message.", "component")
CREATED = counter("instances_created", "Instances ever made.", "component")

_SUBSCRIPTION = ("component", "client", "topic", "group")
ATTACHED = gauge(
    "subscription_attached",
    "1 while messages come by it, 0 after a message, or the end of the host, has stopped it.",
    *_SUBSCRIPTION,
)
PAUSED = gauge(
    "subscription_paused",
    "1 while nothing is fetched because the host holds enough bytes.",
    *_SUBSCRIPTION,
)
IN_FLIGHT = gauge(
    "subscription_in_flight_messages", "Messages fetched and not settled yet.", *_SUBSCRIPTION
)
IN_FLIGHT_BYTES = gauge(
    "subscription_in_flight_bytes",
    "Bytes that these take, counted as for max_bytes_in_flight.",
    *_SUBSCRIPTION,
)
MISSED = counter(
    "subscription_missed_messages",
    "Messages that the client of an at-most-once broker dropped before the host took them, as the "
    "component did not keep up or the subscription stopped.",
    *_SUBSCRIPTION,
)
GAPS = counter(
    "subscription_gaps",
    "Times the connection was lost under a subscription for which nothing is stored: what was "
    "published meanwhile is lost uncounted.",
    *_SUBSCRIPTION,
)
MAX_BYTES = gauge("max_in_flight_bytes", "The bound on the bytes in flight of all subscriptions.")

CONNECTED = gauge("client_connected", "1 while the client is connected to its broker.", "client")
LOSSES = counter("client_connection_losses", "Times its connection was lost.", "client")
UNCONFIRMED = gauge(
    "client_unconfirmed_publishes", "Publishes that its broker has not confirmed yet.", "client"
)

OUTCOMES = {
    "ok": "handled",
    "error": "errors",
    "trap": "traps",
    "deadline": "deadlines",
    "failure": "failures",
    "cancelled": "cancelled",
}
"""Value of the label → which of :class:`~wasi_messaging.component.Counters`."""
RESULTS = {"ok": "sent", "error": "send_errors", "denied": "denied"}
_COUNTED = {
    RETRIES: "retried",
    DEAD_LETTERS: "dead_lettered",
    DROPPED: "dropped",
    LOST: "lost",
}
_COUNTED_BY_ENGINE = {
    RUNNING: "running",
    WAITING: "waiting",
    INSTANCES: "instances",
    IDLE: "idle",
    CREATED: "created",
}


def collect(
    *,
    components: Iterable[Component],
    attachments: Iterable[Attachment],
    clients: Mapping[str, Broker],
    max_bytes_in_flight: int,
    statistics: Callable[[int], Mapping[str, int]],
    wasmtime: str,
) -> list[Metric]:
    """Read everything that a host counts.

    Args:
        components: of the host.
        attachments: its subscriptions.
        clients: name → broker.
        max_bytes_in_flight: as configured.
        statistics: what the engine says of a component, by its id.
        wasmtime: version of the engine.
    """
    readings = Readings()
    readings.add(BUILD, 1, VERSION, wasmtime)
    readings.add(MAX_BYTES, max_bytes_in_flight)
    for component in components:
        _component(readings, component, statistics(component.id))
    for attachment in attachments:
        _subscription(readings, attachment)
    for name, broker in clients.items():
        readings.add(CONNECTED, broker.connected, name)
        readings.add(LOSSES, broker.connection_losses, name)
        readings.add(UNCONFIRMED, broker.unconfirmed, name)
    return readings.families()


def _component(readings: Readings, component: Component, engine: Mapping[str, int]) -> None:
    name, counters = component.name, component.counters
    for outcome, attribute in OUTCOMES.items():
        readings.add(MESSAGES, getattr(counters, attribute), name, outcome)
    for result, attribute in RESULTS.items():
        readings.add(SENDS, getattr(counters, attribute), name, result)
    for family, attribute in _COUNTED.items():
        readings.add(family, getattr(counters, attribute), name)
    for family, key in _COUNTED_BY_ENGINE.items():
        readings.add(family, engine[key], name)


def _subscription(readings: Readings, attachment: Attachment) -> None:
    deliveries = attachment.deliveries
    config = deliveries.config
    labels = (deliveries.component.name, config.client, config.topic, deliveries.group)
    readings.add(ATTACHED, attachment.attached, *labels)
    readings.add(PAUSED, attachment.paused, *labels)
    readings.add(IN_FLIGHT, len(deliveries.unsettled), *labels)
    readings.add(IN_FLIGHT_BYTES, attachment.bytes_held, *labels)
    readings.add(MISSED, attachment.dropped, *labels)
    readings.add(GAPS, attachment.gaps, *labels)
