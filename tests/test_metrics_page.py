"""What docs/metrics.md says is what is exported."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from guests.hosting import NAME, component, hosting_all
from wasi_messaging import Config
from wasi_messaging.metrics import workers
from wasi_messaging.metrics.host import OUTCOMES, RESULTS
from wasi_messaging.metrics.process import with_process


async def test_every_metric_is_described(root: Path) -> None:
    """With its type and its labels, and none that there is not."""
    async with hosting_all({NAME: component("echo/c", subscriptions=[{"topic": "in"}])}) as host:
        served = workers.collect({1: 0}, {})
        served += with_process(host.metrics())
    exported = {
        (sample.name, family.type, tuple(sorted(sample.labels)))
        for family in served
        for sample in family.samples
        if sample.name.startswith("wasi_messaging_")
    }
    page = root.joinpath("docs/metrics.md").read_text()
    rows = re.findall(r"^\| `(wasi_messaging_\w+)` \| (\w+) \| (.*?) \| .+ \|$", page, re.MULTILINE)
    described = [
        (name, kind, tuple(sorted(re.findall(r"`(\w+)`", labels)))) for name, kind, labels in rows
    ]
    assert sorted(described) == sorted(exported)
    for family in served:
        for sample in family.samples:
            assert f"`{sample.name}`" in page


def test_the_page_is_up_to_date(root: Path) -> None:
    """Its tables are those of the declarations."""
    script = root / "scripts" / "document_metrics.py"
    checked = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_the_values_of_labels_are_described(root: Path) -> None:
    """Outcomes and results."""
    page = root.joinpath("docs/metrics.md").read_text()
    for value in {*OUTCOMES, *RESULTS}:
        assert f"`{value}`" in page


def test_the_configuration_is_valid(root: Path) -> None:
    """As it is shown."""
    page = root.joinpath("docs/metrics.md").read_text()
    [text] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    metrics = Config.parse(text).metrics
    assert metrics is not None
    assert metrics.address == ("127.0.0.1", 9464)
