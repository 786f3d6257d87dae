"""The page of the benchmark: what it shows of records, and that it is not older than its data."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from measure import page
from measure.figures import Verdict, measured
from measure.machine import Machine
from measure.part import Data, Part
from measure.places import MissingError
from measure.plots import Plots
from measure.record import Record, load_all, to_publish
from measure.run import Run
from measure.samples import Samples


class Sprint:
    """A part as those in ``benches/parts``: bars, lines, and one of its three figures missing."""

    NAME = "sprint"
    TITLE = "A sprint, 100 m"

    def measure(self, run: Run) -> Data:
        """Two contestants; the third is not there."""

        def start_the_hare() -> None:
            raise MissingError("asleep")

        run.attempt("hare", start_the_hare)
        return {"seconds": {"fox": [10.0, 12.0, 11.0], "snail": [90_000.0]}}

    def page(self, data: Data, plots: Plots) -> str:
        """A plot of each kind."""
        times = {name: Samples(values) for name, values in data["seconds"].items()}
        bars = plots.bars("sprint", "bars", {"100 m": times, "rest": {}}, unit="s", log=True)
        line = [(0.0, Samples([0.1])), (100.0, times["fox"])]
        lines = plots.lines("sprint-fox", "lines", {"fox": line, "cat": line}, x="m", y="s")
        return f"The method.\n\n{bars}\n\n{lines}"

    def figures(self, data: Data) -> list[Verdict]:
        """Of three contestants."""
        targets = {"fox": 20.0, "snail": 60.0, "hare": 5.0}
        return [
            Verdict(name, "at most", target, "s", _median(data, name))
            for name, target in targets.items()
        ]


class Marathon(Sprint):
    """A part that nobody has measured."""

    NAME = "marathon"
    TITLE = "A marathon"


PARTS: tuple[Part, ...] = (Sprint(), Marathon())
MACHINE = Machine("a processor", 2, 4 * 2**30, "a system", {"Python": "3.11"}, "abc1234", 0.01)


def _median(data: Data, name: str) -> float | None:
    return measured(lambda: Samples(data["seconds"][name]).median)


@pytest.fixture
def record() -> Record:
    """Of a run of the first part."""
    run = Run(lambda _: None)
    data = PARTS[0].measure(run)
    command = "benches/bench.py sprint"
    return Record("sprint", False, "2026-01-02", command, 0.5, MACHINE, run.missing, data)


def test_the_page_shows_figures_sections_and_what_is_missing(
    record: Record, tmp_path: Path
) -> None:
    """Everything that a reader needs to judge the figures."""
    text = page.write(PARTS, {"sprint": record}, tmp_path).read_text()
    assert "| fox | at most 20 s | 11 s | reached | [sprint](#a-sprint-100-m) |" in text
    assert "| snail | at most 60 s | 90,000 s | **not reached** |" in text
    assert "| hare | at most 5 s |  | not measured |" in text
    assert "Measured on 2026-01-02 at commit abc1234 by `benches/bench.py sprint`" in text
    assert "* hare: asleep" in text
    assert "Not measured yet: `benches/bench.py marathon`." in text
    assert "2 cores of a processor, 4.0 GiB of memory, a system; Python 3.11" in text
    assert "quick run:" not in text
    assert "Others used" not in text


def test_links_lead_somewhere(record: Record, tmp_path: Path) -> None:
    """Plots and data are written beside the page; anchors name headings as they are rendered."""
    text = page.write(PARTS, {"sprint": record}, tmp_path).read_text()
    links = re.findall(r"\]\(([^)]+)\)", text)
    files = {link for link in links if not link.startswith("#")}
    assert files == {
        f"performance/{name}" for name in ("sprint.json", "sprint.svg", "sprint-fox.svg")
    }
    assert all((tmp_path / link).exists() for link in files)
    assert {link for link in links if link.startswith("#")} == {"#a-sprint-100-m"}


def test_rough_and_disturbed_runs_say_so(record: Record, tmp_path: Path) -> None:
    """A figure that is off is not shown without a warning; machines that differ are told apart."""
    busy = replace(record, quick=True, machine=replace(MACHINE, cores=8, others=0.3))
    records = {"sprint": busy, "marathon": replace(record, part="marathon")}
    text = page.write(PARTS, records, tmp_path).read_text()
    assert "**A quick run: a rough idea only.** **Others used 30% of the machine meanwhile" in text
    assert "* sprint: 8 cores" in text
    assert "* marathon: 2 cores" in text
    assert "| fox | at most 20 s | 11 s | reached, quick run, disturbed |" in text
    assert "| hare | at most 5 s |  | not measured |" in text


def test_data_that_do_not_fit_give_no_page(record: Record, tmp_path: Path) -> None:
    """Whoever changes what a part records has to measure it again."""
    records = {"sprint": replace(record, data={"times": {}})}
    with pytest.raises(KeyError, match="seconds"):
        page.write(PARTS, records, tmp_path)


def test_a_host_that_failed_has_not_reached_what_is_promised(
    record: Record, tmp_path: Path
) -> None:
    """However good its value is, or if there is none; and why is beside it."""

    class Relay(Sprint):
        def figures(self, data: Data) -> list[Verdict]:
            return [
                Verdict.of_rounds("relay", "at most", 20, "s", rounds, failure="ours lost 3")
                for rounds in ([9.0, 11.0], None)
            ]

    text = page.write([Relay()], {"sprint": replace(record, quick=True)}, tmp_path).read_text()
    target, mark = "| relay | at most 20 s |", "| **not reached**, quick run |"
    assert f"{target} 10 s (9 to 11); ours lost 3 {mark}" in text
    assert f"{target} ours lost 3 {mark}" in text


def test_the_same_data_give_the_same_files(record: Record, tmp_path: Path) -> None:
    """So a plot changes in the history only when its figures did."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        page.write(PARTS, {"sprint": record}, tmp_path / folder)
    one, two = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}
        for folder in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two
    assert len(one) == 4


def test_records_are_read_back_as_they_were(record: Record, tmp_path: Path) -> None:
    """A page from files is that of the run."""
    record.save(tmp_path, indent=1)
    assert load_all(tmp_path, ["sprint", "marathon"]) == {"sprint": record}


def test_no_quick_run_takes_the_place_of_a_whole_one(record: Record) -> None:
    """Looking at something quickly does not cost the page what took hours."""
    quick, later = replace(record, quick=True), replace(record, date="2026-01-03")
    assert to_publish({}, {"sprint": quick}) == ({"sprint": quick}, [])
    assert to_publish({"sprint": record}, {"sprint": quick}) == ({"sprint": record}, ["sprint"])
    assert to_publish({"sprint": quick}, {"sprint": record}) == ({"sprint": record}, [])
    assert to_publish({"sprint": record}, {"sprint": later}) == ({"sprint": later}, [])


def test_what_is_missing_is_tried_once(record: Record) -> None:
    """A contestant that cannot take part is noted with the reason and left out from then on."""
    said: list[str] = []
    run = Run(said.append)
    for _ in range(run.rounds):
        PARTS[0].measure(run)
    assert run.missing == record.missing == {"hare": "asleep"}
    assert said == ["hare: asleep"]


def test_the_published_page_is_what_its_data_give(root: Path) -> None:
    """Nobody has edited it by hand, and no text or data changed since it was written."""
    command = [sys.executable, "benches/bench.py", "--check"]
    checked = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
