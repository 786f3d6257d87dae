"""The metrics of a host, as Prometheus reads them."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import Distribution
from typing import NoReturn

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.process_collector import PROCESS_COLLECTOR

from guests.hosting import NAME, component, handle, hosting_all, publish
from wasi_messaging import Config, ConfigError, GuestError, Host
from wasi_messaging.metrics import endpoint
from wasi_messaging.metrics.endpoint import Endpoint
from wasi_messaging.metrics.host import VERSION

OPEN_METRICS = "Accept: application/openmetrics-text; version=1.0.0\r\n"


@asynccontextmanager
async def measured(
    caplog: pytest.LogCaptureFixture, guest: str = "echo/c", **more: object
) -> AsyncIterator[tuple[Host, str]]:
    """A host that serves its metrics on a free port, and where."""
    caplog.set_level(logging.INFO, "wasi_messaging")
    metrics = {"listen": "127.0.0.1:0"}
    async with hosting_all({NAME: component(guest, **more)}, metrics=metrics) as host:  # type: ignore[arg-type]
        [url] = re.findall(r"metrics: (http://\S+)", caplog.text)
        yield host, url


async def fetch(url: str, headers: str = "", method: str = "GET") -> tuple[str, str]:
    """Head and body of the answer to a request."""
    found = re.fullmatch(r"http://([\d.]+):(\d+)(/.*)", url)
    assert found is not None
    reader, writer = await asyncio.open_connection(found[1], int(found[2]))
    writer.write(f"{method} {found[3]} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    return head, body


async def values(url: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample that is served, by its name and labels."""
    _, body = await fetch(url, OPEN_METRICS)
    families = text_string_to_metric_families(body)  # type: ignore[no-untyped-call]
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Of a sample."""
    return f"wasi_messaging_{name}", frozenset(labels.items())


async def test_what_is_counted_is_served(caplog: pytest.LogCaptureFixture) -> None:
    """Outcomes, sends, instances, the subscription, the client, the process."""
    subscriptions = [{"topic": "in"}]
    async with measured(caplog, subscriptions=subscriptions, send=("out",)) as (host, url):
        for _ in range(3):
            await publish(host, "in", b"x")
        while host.counters(NAME).handled < 3:  # noqa: ASYNC110 - counters have no event
            await asyncio.sleep(0.01)
        read = await values(url)
        assert read[key("messages_total", component=NAME, outcome="ok")] == 3
        assert read[key("messages_total", component=NAME, outcome="trap")] == 0
        assert read[key("sends_total", component=NAME, result="ok")] == 3
        assert read[key("instances", component=NAME)] >= 1
        where: Mapping[str, str] = {
            "component": NAME,
            "client": "default",
            "topic": "in",
            "group": NAME,
        }
        assert read[key("subscription_attached", **where)] == 1
        assert read[key("subscription_in_flight_messages", **where)] == 0
        assert read[key("client_connected", client="default")] == 1
        assert read["process_resident_memory_bytes", frozenset()] > 0
        host._subscriptions.end()
        await asyncio.sleep(0)
        assert (await values(url))[key("subscription_attached", **where)] == 0
    assert host.metrics() == []


def no_file(*_: object) -> NoReturn:
    """Stands for what reads a file."""
    raise AssertionError("a file was read on the event loop")


async def test_a_scrape_reads_no_file_on_the_event_loop(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither for the version nor for the process, of which a thread reads."""
    collect, loops = PROCESS_COLLECTOR.collect, threading.current_thread()
    threads: list[threading.Thread] = []

    def reading() -> Iterable[Metric]:
        threads.append(threading.current_thread())
        return collect()

    async with measured(caplog) as (host, url):
        await values(url)
        monkeypatch.setattr(PROCESS_COLLECTOR, "collect", reading)
        monkeypatch.setattr(Distribution, "from_name", no_file)
        read = await values(url)
        assert read["process_cpu_seconds_total", frozenset()] > 0
        [build] = [labels for name, labels in read if name.endswith("build_info")]
        assert dict(build)["version"] == VERSION
        assert len(threads) == 1
        host.metrics()  # a program that has its own endpoint calls it there
        assert len(threads) == 1
        assert loops not in threads


async def test_errors_and_denials(caplog: pytest.LogCaptureFixture) -> None:
    """Each under its name."""
    async with measured(caplog, send=()) as (host, url):
        with pytest.raises(GuestError, match="permission-denied"):
            await handle(host)
        read = await values(url)
        assert read[key("messages_total", component=NAME, outcome="error")] == 1
        assert read[key("sends_total", component=NAME, result="denied")] == 1


async def test_the_formats(caplog: pytest.LogCaptureFixture) -> None:
    """Prometheus' own text unless OpenMetrics is asked for."""
    async with measured(caplog) as (_, url):
        head, body = await fetch(url)
        assert "200 OK" in head
        assert "Content-Type: text/plain; version=0.0.4; charset=utf-8" in head
        assert f"Content-Length: {len(body)}" in head
        assert "# TYPE wasi_messaging_messages_total counter" in body
        head, body = await fetch(f"{url}?x=1", OPEN_METRICS)
        assert "Content-Type: application/openmetrics-text" in head
        assert body.endswith("# EOF\n")
        head, body = await fetch(url, method="HEAD")
        assert "200 OK" in head
        assert not body
        head, _ = await fetch(url, "Accept: application/openmetrics-text; version=abc\r\n")
        assert "Content-Type: text/plain" in head


async def test_other_requests_are_refused(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other paths, other methods, too much, nothing at all; it goes on serving."""
    monkeypatch.setattr(endpoint, "PATIENCE", 0.2)
    async with measured(caplog) as (_, url):
        assert "404 Not Found" in (await fetch(url.replace("/metrics", "/other")))[0]
        assert "405 Method Not Allowed" in (await fetch(url, method="POST"))[0]
        assert "431 Request Header Fields Too Large" in (await fetch(url, "X: " + "y" * 50_000))[0]
        assert await fetch(url, "no end of the head") == ("", "")
        monkeypatch.setattr(endpoint, "MAX_CONNECTIONS", 0)
        assert "503 Service Unavailable" in (await fetch(url))[0]
        monkeypatch.undo()
        assert "200 OK" in (await fetch(url))[0]


async def test_a_failure_is_an_error_of_the_scrape_only(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged, and the host goes on."""
    async with measured(caplog) as (host, url):

        def fail() -> None:
            raise ZeroDivisionError("unthought")

        monkeypatch.setattr(host, "metrics", fail)
        assert "500 Internal Server Error" in (await fetch(url))[0]
        assert "unthought" in caplog.text
        await handle(host)


async def test_a_port_that_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    """An error at the start, before a message is taken."""
    async with measured(caplog) as (_, url):
        listen = url.removeprefix("http://").removesuffix("/metrics")
        with pytest.raises(ConfigError, match=rf"metrics\.listen: cannot listen on {listen}"):
            async with hosting_all({NAME: component("echo/c")}, metrics={"listen": listen}):
                pass


async def test_a_name_that_none_can_be() -> None:
    """As long as no part of a name may be: the same error as of any other that is not here."""
    listen = f"{'a' * 80}.example:0"
    with pytest.raises(ConfigError, match=r"metrics\.listen: cannot listen on a{80}\.example:0"):
        async with hosting_all({NAME: component("echo/c")}, metrics={"listen": listen}):
            pass


async def test_an_address_of_ipv6() -> None:
    """The URL has its brackets."""

    async def nothing() -> list[object]:
        return []

    try:
        async with Endpoint(("::1", 0), nothing) as one:  # type: ignore[arg-type]
            assert one.url.startswith("http://[::1]:")
    except ConfigError as error:
        pytest.skip(str(error))


async def test_a_request_under_way_does_not_hold_up_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Somebody has connected and says nothing."""
    async with asyncio.timeout(5):
        async with measured(caplog) as (_, url):
            port = int(url.split(":")[2].split("/")[0])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.05)
        assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(
    ("listen", "problem"),
    [
        ("9464", "expected a host and a port"),
        ("127.0.0.1:70000", "expected a port from 0 to 65535"),
        (None, "metrics.listen: missing; for example: listen = "),
    ],
)
def test_an_address_that_is_none(listen: str | None, problem: str) -> None:
    """Is an error of the configuration, as is a key that is not known."""
    with pytest.raises(ConfigError, match=problem):
        Config.from_dict({"metrics": {} if listen is None else {"listen": listen}})
    with pytest.raises(ConfigError, match='unknown key; did you mean "listen"'):
        Config.from_dict({"metrics": {"listn": ":1"}})
