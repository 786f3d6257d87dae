"""``python -m wasi_messaging.cli``."""

from . import main

main()
