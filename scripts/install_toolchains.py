"""Install a Rust compiler for WebAssembly where there is none; quiet where there is one.

Everything else that builds components comes from PyPI and npm.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "conformance"))

from toolchain import rust  # noqa: E402
from toolchain.tools import BuildError  # noqa: E402

PACKAGES = ["rustc-web", "cargo-web", "rust-web-src"]


def main() -> None:
    """Try rustup, then Debian's packages; what is still missing is said, and the builds fail."""
    if not missing():
        return
    if shutil.which("rustup"):
        run("rustup", "--quiet", "target", "add", rust.TARGET)
    if missing() and os.geteuid() == 0 and shutil.which("apt-get"):
        install_debian()
    if words := missing():
        print(words, file=sys.stderr)


def missing() -> str:
    """Why guests cannot be compiled; empty: they can."""
    try:
        rust.compiler()
    except BuildError as error:
        return str(error)
    return ""


def install_debian() -> None:
    """Install Debian's compiler, its library's source and, if need be, its newest linker.

    Raises:
        SystemExit: the rest of the project would be compiled by another compiler than before.
    """
    before = shutil.which("rustc")
    run("apt-get", "-qq", "update")
    options = ("-qq", "install", "-y", "--no-install-recommends")
    run("apt-get", *options, *PACKAGES)
    if missing():
        run("apt-get", *options, newest_linker())
    after = shutil.which("rustc")
    if before not in (None, after):
        sys.exit(f"rustc on PATH was {before} and is {after} now: put the former's folder first")


def newest_linker() -> str:
    """The newest package ``lld-NUMBER``: ``lld`` may be older than the compiler."""
    search = ["apt-cache", "search", "--names-only", "^lld-[0-9]+$"]
    found = subprocess.run(search, check=False, capture_output=True, text=True).stdout
    numbers = [int(number) for number in re.findall(r"^lld-(\d+) ", found, re.MULTILINE)]
    return f"lld-{max(numbers)}" if numbers else "lld"


def run(*command: str) -> None:
    """Run an installer; where it fails its words are shown, and the next way is tried."""
    print("installing a Rust compiler for WebAssembly:", *command, file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="", end="", file=sys.stderr)


if __name__ == "__main__":
    main()
