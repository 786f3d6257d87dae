"""Write the tables of metrics into docs/metrics.md, from where they are declared.

With ``--check`` nothing is written; the exit status is 1 if the file is not up to date.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

from wasi_messaging.metrics import host, workers
from wasi_messaging.metrics.families import Family

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"
BLOCK = re.compile(r"(<!-- families: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
MODULES = {"host": host, "workers": workers}


def table(module: ModuleType) -> str:
    """The families that a module declares: name, type, labels, meaning."""
    rows = ["| name | type | labels | meaning |", "|---|---|---|---|"]
    for family in vars(module).values():
        if isinstance(family, Family):
            labels = ", ".join(f"`{label}`" for label in family.labels) or "none"
            rows.append(f"| `{family.name}` | {family.kind} | {labels} | {family.meaning} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    """Write, or check, the page."""
    text = PAGE.read_text()
    new = BLOCK.sub(lambda block: f"{block[1]}{table(MODULES[block[2]])}{block[3]}", text)
    if "--check" in sys.argv[1:]:
        if new != text:
            print(f"{PAGE} is not up to date; run {sys.argv[0]}", file=sys.stderr)
        return int(new != text)
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
