"""The command line that builds a collection of guests."""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from . import cache
from .catalog import Collection, Guest
from .tools import BuildError


def main(collection: Collection, description: str) -> int:
    """Run the command line; the exit status is 1 if a guest could not be built."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*", metavar="NAME", help="SCENARIO or SCENARIO/VARIANT")
    parser.add_argument("--list", action="store_true", help="list the guests and build nothing")
    parser.add_argument("--json", action="store_true", help="print JSON: guest → path")
    parser.add_argument("--force", action="store_true", help="build even what is in the cache")
    arguments = parser.parse_args()
    try:
        guests = collection.select(arguments.names)
    except BuildError as error:
        parser.error(str(error))
    if arguments.list:
        return show(guests, as_json=arguments.json)
    built, failed = build(guests, collection.name, force=arguments.force)
    if arguments.json:
        print(json.dumps(built, indent=2))
    return 1 if failed else 0


def show(guests: list[Guest], *, as_json: bool) -> int:
    """Print the guests."""
    if as_json:
        print(json.dumps({guest.name: str(guest.output) for guest in guests}, indent=2))
    else:
        print("\n".join(guest.name for guest in guests))
    return 0


def build(guests: list[Guest], collection: str, *, force: bool) -> tuple[dict[str, str], int]:
    """Build guests, two at a time; return the paths by name, and how many failed."""
    built: dict[str, str] = {}
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = pool.map(lambda guest: attempt(guest, collection, force=force), guests)
        for guest, outcome in zip(guests, outcomes, strict=True):
            if outcome is None:
                built[guest.name] = str(guest.output)
            else:
                failed += 1
                say(f"{guest.name}: {outcome}")
    return built, failed


def attempt(guest: Guest, collection: str, *, force: bool) -> BuildError | None:
    """Build one guest and report it; return what went wrong."""
    start = time.perf_counter()
    try:
        fresh = cache.provide(guest, collection, force=force)
    except BuildError as error:
        return error
    if fresh:
        size = guest.output.stat().st_size / 1024
        say(f"{guest.name}: {size:,.0f} KiB in {time.perf_counter() - start:.1f} s")
    return None


def say(line: str) -> None:
    """Report progress; standard output is for ``--json``."""
    print(line, file=sys.stderr, flush=True)
