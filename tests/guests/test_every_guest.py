"""No scenario without a test, and no test without its scenario."""

from pathlib import Path

from .hosting import SCENARIOS

NOT_SCENARIOS = {"__pycache__"}


def test_every_folder_has_a_test_of_its_name() -> None:
    """A guest that nothing runs proves nothing."""
    folders = {path.name for path in SCENARIOS.iterdir() if path.is_dir()} - NOT_SCENARIOS
    tests = {
        path.stem.removeprefix("test_").replace("_", "-")
        for path in Path(__file__).parent.glob("test_*.py")
    }
    assert folders == tests - {"every-guest"}


def test_every_folder_has_a_guest() -> None:
    """An empty folder would be a scenario by name only."""
    for folder in SCENARIOS.iterdir():
        if folder.is_dir() and folder.name not in NOT_SCENARIOS:
            sources = [path for path in folder.iterdir() if path.suffix != ".toml"]
            assert any(path.is_file() for path in sources), f"{folder.name} has no source"
