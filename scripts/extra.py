"""Print the requirements of one extra of pyproject.toml, one a line, for pip."""

import sys
import tomllib
from pathlib import Path

pyproject = Path(__file__).parent.parent / "pyproject.toml"
extras = tomllib.loads(pyproject.read_text())["project"]["optional-dependencies"]
print("\n".join(requirement.replace(" ", "") for requirement in extras[sys.argv[1]]))
