"""Texts that may be a configuration: valid ones, changed at random."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

from wasi_messaging import Config, ConfigError

from .tally import REFUSED, Tally
from .trial import SLACK

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ("README.md", "docs/configuration.md", "docs/delivery.md", "docs/brokers/nats.md")
VALUES = (
    *("0", "-1", "1", "1e9", "1e400", "nan", "inf", "-inf", "9" * 400, "0x10", "true", "false"),
    *('""', '"5s"', '"-5s"', '"1e9s"', '"NaNs"', '"64MiB"', '"1e30GiB"', '"${HOME}"', '"${"'),
    *('"${NOBODY_SETS_THIS}"', '"${A:-b}"', '"\\u0000"', '"\\u00e9"', "'''x\ny'''", '"memory:"'),
    *('"nats://a:b@[::1"', '"nats://h:99999"', '"embedded:"', '"what://ever"', '"in.*"', '">"'),
    *("[]", "{}", "[[]]", "[1, 'a']", "{ a = 1 }", "2026-01-01", "12:00:00", "[{}, {}]"),
)
LINES = (
    *("[clients]", "[components]", "[[components]]", "[clients.default]", "[components.'']"),
    *("[components.a]", "[[components.a.subscriptions]]", "drain = 1", "nonsense", "a.b.c = 1"),
    *("[components.a.permissions]", 'default.send = ["x"]', '"" = 1', "\ufeff", "\x00", "#"),
)


def originals() -> list[str]:
    """The examples of the documentation."""
    found = []
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        found += re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    return found


def changed(seed: int, number: int, texts: list[str]) -> str:
    """A random text."""
    chance = random.Random(f"configuration {seed} {number}")
    lines = chance.choice(texts).splitlines()
    for _ in range(chance.choice((1, 1, 2, 4, 10))):
        _change(lines, chance, texts)
    text = "\n".join(lines)
    if chance.random() < 0.1:
        at = chance.randrange(len(text) + 1)
        odd = chance.choice(("\0", "\ud800", '"', "'", "[", "]", "=", "\r", "\x7f", "${", "é"))
        text = text[:at] + odd + text[at + chance.choice((0, 1, 5)) :]
    return text


def _change(lines: list[str], chance: random.Random, texts: list[str]) -> None:
    """One line is another."""
    at = chance.randrange(len(lines) + 1)
    roll = chance.random()
    if roll < 0.15:
        lines.insert(at, chance.choice(LINES))
    elif roll < 0.3:
        lines.insert(at, chance.choice(chance.choice(texts).splitlines() or [""]))
    elif at == len(lines):
        return
    elif roll < 0.4:
        del lines[at]
    elif roll < 0.5:
        lines.insert(at, lines[at])
    elif roll < 0.9:
        key, equals, _ = lines[at].partition("=")
        if equals:
            lines[at] = f"{key}= {chance.choice(VALUES)}"
    else:
        letters = list(lines[at])
        chance.shuffle(letters)
        lines[at] = "".join(letters)


def read(text: str, tally: Tally, folder: Path) -> None:
    """What the configuration's reader makes of it."""
    began = time.monotonic()
    try:
        Config.parse(text, folder=folder)
    except ConfigError as error:
        tally.outcomes[REFUSED] += 1
        if not str(error).strip():
            tally.problems.append("refused without a word")
    except Exception as error:
        tally.problems.append(f"reading it raised {error!r}")
    else:
        tally.outcomes["ok"] += 1
    if time.monotonic() - began > SLACK:
        tally.problems.append(f"reading it took {time.monotonic() - began:.1f} s")
