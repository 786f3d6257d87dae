"""``run --workers`` with ``[metrics]``: one endpoint for all, whatever becomes of one of them."""

from __future__ import annotations

import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from shell import Shell

from .test_workers import CONFIG, Log, echo, run

__all__ = ["echo", "run"]

METRICS = '[metrics]\nlisten = "127.0.0.1:0"\n'


def started(echo: Shell, run: Callable[..., Log]) -> tuple[Log, str]:
    """Two workers, and where their metrics are."""
    echo.write("messaging.toml", CONFIG.format(client=METRICS))
    log = run()
    text = log.wait("running 1 component", 2)
    [url] = re.findall(r"metrics: (http://\S+)", text)  # one, not one for each worker
    return log, url


def read(url: str) -> list[Sample]:
    """What is served."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        return [sample for family in families for sample in family.samples]


def value(samples: list[Sample], name: str, **labels: str) -> float:
    """The sum over the samples that have these labels."""
    found = [
        sample.value
        for sample in samples
        if sample.name == f"wasi_messaging_{name}" and labels.items() <= sample.labels.items()
    ]
    assert found, (name, labels)
    return sum(found)


def until(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_one_endpoint_for_all(echo: Shell, run: Callable[..., Log]) -> None:
    """What each worker counted has its number; together they handled every message once."""
    log, url = started(echo, run)
    lines = "".join(f'{{"topic": "in.{n}", "data": ""}}\n' for n in range(200))
    echo.ok("publish", "-q", "--jsonl", "-", text=lines)
    until(lambda: value(read(url), "messages_total", outcome="ok") == 200)
    samples = read(url)
    for worker in "12":
        assert value(samples, "worker_up", worker=worker) == 1
        assert value(samples, "worker_restarts_total", worker=worker) == 0
        assert value(samples, "subscription_attached", worker=worker, topic="in.>") == 1
    memory = [one for one in samples if one.name == "process_resident_memory_bytes"]
    assert sorted(one.labels["worker"] for one in memory) == ["1", "2"]
    assert log.stop() == 0


def test_a_worker_that_hangs_or_is_dead_shows_as_down(echo: Shell, run: Callable[..., Log]) -> None:
    """Nothing waits for it for long, and late answers are not taken for others."""
    log, url = started(echo, run)
    hanging = log.workers()[0]
    [number] = re.findall(rf"worker (\d): process {hanging}\b", log.path.read_text())
    other = "21"[int(number) - 1]
    os.kill(hanging, signal.SIGSTOP)
    try:
        for _ in range(2):
            began = time.monotonic()
            samples = read(url)
            assert time.monotonic() - began < 8
            assert value(samples, "worker_up", worker=number) == 0
            assert value(samples, "worker_up", worker=other) == 1
    finally:
        os.kill(hanging, signal.SIGCONT)
    until(lambda: value(read(url), "worker_up", worker=number) == 1)
    os.kill(hanging, signal.SIGKILL)
    log.wait("ended (by SIGKILL)")
    assert value(read(url), "worker_up", worker=number) == 0
    log.wait("running 1 component", 3)
    until(lambda: value(read(url), "worker_up", worker=number) == 1)
    assert value(read(url), "worker_restarts_total", worker=number) == 1
    assert log.stop() == 0
    assert "Traceback" not in log.path.read_text()


def test_a_port_that_is_taken(echo: Shell, run: Callable[..., Log]) -> None:
    """Ends it before a worker is started."""
    _, url = started(echo, run)
    listen = url.removeprefix("http://").removesuffix("/metrics")
    echo.write("messaging.toml", CONFIG.format(client=METRICS.replace("127.0.0.1:0", listen)))
    errors = echo.fails(3, "run", "--workers", "2")
    assert f"metrics.listen: cannot listen on {listen}" in errors
    assert "process" not in errors


def test_without_workers(echo: Shell, run: Callable[..., Log]) -> None:
    """The process serves its own, without a number."""
    echo.write("messaging.toml", CONFIG.format(client=METRICS))
    log = run("--workers", "1")
    [url] = re.findall(r"metrics: (http://\S+)", log.wait("running 1 component"))
    samples = read(url)
    assert value(samples, "instances") == 1
    assert not any("worker" in sample.labels for sample in samples)
    assert log.stop() == 0


def test_a_cold_cache_is_filled_once(echo: Shell, run: Callable[..., Log]) -> None:
    """Not by every worker."""
    assert not Path(echo.environment["XDG_CACHE_HOME"]).exists()
    log = run()
    log.wait("running 1 component", 2)
    assert log.path.read_text().count("compiling") == 1
    assert log.stop() == 0


def test_nothing_is_imported_from_the_current_folder(echo: Shell, run: Callable[..., Log]) -> None:
    """A file there that is called as a module of ours or of Python is nobody's module."""
    for name in ("signal", "nats", "wasi_messaging"):
        echo.write(f"{name}.py", "raise SystemExit('imported from the current folder')")
    log = run()
    log.wait("running 1 component", 2)
    assert log.stop() == 0
