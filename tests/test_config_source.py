"""``messaging.toml`` as text: TOML, variables, and the lines of its keys."""

from pathlib import Path

import pytest

from wasi_messaging import Config, ConfigError
from wasi_messaging.config.lines import find_lines

MEMORY = '[clients.default]\nurl = "memory:"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a component file, which is the current one."""
    tmp_path.joinpath("alerts.wasm").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problem(text: str) -> str:
    """What is wrong with a text."""
    with pytest.raises(ConfigError) as caught:
        Config.parse(MEMORY + text)
    return str(caught.value)


def test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment, with defaults, and written plainly."""
    monkeypatch.setenv("TOKEN", "s3cret")
    monkeypatch.setenv("EMPTY", "")
    config = Config.parse(
        MEMORY + '[components.alerts]\npath = "${NAME:-alerts}.wasm"\n'
        'env = { A = "x${TOKEN}y", B = "${EMPTY:-default}", C = "$${TOKEN}", D = "$5" }\n'
    )
    env = config.components["alerts"].env
    assert env == {"A": "xs3crety", "B": "default", "C": "${TOKEN}", "D": "$5"}


def test_a_missing_variable() -> None:
    """Variable, key and both remedies are named."""
    assert problem('[clients.other]\nurl = "memory:${NOT_SET}"') == (
        "messaging.toml:4: clients.other.url: the environment variable NOT_SET is not set; "
        'set it, or write a default: "${NOT_SET:-…}"'
    )


@pytest.mark.parametrize("text", ["${", "${}", "${a b}", "${1}", "${A:default}"])
def test_what_is_no_variable(text: str) -> None:
    """A typo is no literal text."""
    words = problem(f'[clients.other]\nurl = "memory:{text}"')
    assert 'clients.other.url: not a variable; write "${NAME}" or "${NAME:-default}"' in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = \n", "messaging.toml:1, column 5: not valid TOML: Invalid value"),
        ("a = 1\nb\n", "messaging.toml:2, column 2: not valid TOML: Expected '='"),
        (f"a = {'9' * 5000}", "messaging.toml: not valid TOML: a number has thousands of digits"),
        ('a = """x', "messaging.toml:1, at the end: not valid TOML: "),
    ],
)
def test_what_is_not_toml(text: str, words: str) -> None:
    """Line and column are named."""
    with pytest.raises(ConfigError) as caught:
        Config.parse(text)
    assert str(caught.value).startswith(words)


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    """Each reason in its own words."""
    folder.joinpath("latin.toml").write_bytes(b'a = "\xe4"')
    for name, words in {
        "none.toml": "none.toml: no such file; name another one, or write it",
        "latin.toml": "latin.toml: not UTF-8 text (byte 5)",
        ".": ".: this is a folder; name the file in it",
    }.items():
        with pytest.raises(ConfigError) as caught:
            Config.load(name)
        assert str(caught.value).startswith(words)


def test_lines_of_keys() -> None:
    """Comments, strings and brackets over several lines do not confuse it."""
    lines = find_lines(
        '# a comment with [brackets]\na.b = [\n  "x]", # ]\n  2,\n]\n"c d" = """\n[not.a.table]\n'
        '"""\n[\'t\'."é"]\nx = \'y # z\'\n[[r]]\nk = 1\n[r.s]\nv = {w = 1}\n[[r]]\nk = 2\n'
    )
    assert lines == {
        ("a",): 2,
        ("a", "b"): 2,
        ("c d",): 6,
        ("t", "é"): 9,
        ("t", "é", "x"): 10,
        ("r",): 11,
        ("r", 0): 11,
        ("r", 0, "k"): 12,
        ("r", 0, "s"): 13,
        ("r", 0, "s", "v"): 14,
        ("r", 1): 15,
        ("r", 1, "k"): 16,
    }
