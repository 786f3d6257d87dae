#!/usr/bin/env python3
"""Build the guests of tests and benchmarks: ``build/guests/SCENARIO/VARIANT.wasm``.

Each source file in a folder of ``guests/`` is one guest. Built components are kept in the user's
cache folder by the content of everything they are made from, so a second build only copies.
"""

from __future__ import annotations

import sys
from pathlib import Path

GUESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(GUESTS.parent / "conformance"))

from toolchain.catalog import Collection  # noqa: E402
from toolchain.command import main  # noqa: E402

if __name__ == "__main__":
    output = GUESTS.parent / "build" / "guests"
    sys.exit(main(Collection("guests", GUESTS, output), __doc__ or ""))
