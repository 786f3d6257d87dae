#!/usr/bin/env python3
"""Build the components of the suite: ``conformance/build/FOLDER/LANGUAGE.wasm``.

Each source file in a folder of ``components/`` is one component. Built ones are kept in the user's
cache folder by the content of everything they are made from, so a second build only copies.
"""

from __future__ import annotations

import sys
from pathlib import Path

from toolchain.catalog import Collection
from toolchain.command import main

SUITE = Path(__file__).resolve().parent

if __name__ == "__main__":
    collection = Collection("conformance", SUITE / "components", SUITE / "build")
    sys.exit(main(collection, __doc__ or ""))
