"""What a configuration may grant of the machine: files, HTTP, sockets, settings."""

import os
from pathlib import Path

import pytest

from wasi_messaging import Config, ConfigError
from wasi_messaging.config.grants import endpoint, http_host


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a component and a folder to grant."""
    (tmp_path / "alerts.wasm").touch()
    (tmp_path / "data").mkdir()
    return tmp_path


def parse(folder: Path, text: str) -> Config:
    """A configuration with these lines for its component."""
    head = "clients.default.url = 'memory:'\n[components.alerts]\npath = 'alerts.wasm'\n"
    return Config.parse(head + text, folder=folder)


def test_nothing_is_granted_that_is_not_said(folder: Path) -> None:
    """No list of hosts is not the same as an empty one."""
    component = parse(folder, "").components["alerts"]
    assert (component.files, component.sockets, component.config) == ((), (), {})
    assert component.http is None
    assert parse(folder, "http = []").components["alerts"].http == ()


def test_everything_that_may_be_granted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders start at the file; settings may come from the environment."""
    monkeypatch.setenv("TOKEN", "hunter22")
    config = parse(
        folder,
        """
        files = [{ path = "data", guest = "/data/", write = true }, { path = "/", guest = "/root" }]
        http = ["api.example.org", "localhost:8080", "*.internal", "[::1]:80"]
        sockets = ["db.example.org:5432"]
        [components.alerts.config]
        region = "eu"
        "with.dots" = "${TOKEN}"
        """,
    )
    component = config.components["alerts"]
    first, second = component.files
    assert (first.path, first.guest, first.write) == (folder / "data", "/data", True)
    assert (second.path, second.guest, second.write) == (Path("/"), "/root", False)
    assert component.http == ("api.example.org", "localhost:8080", "*.internal", "[::1]:80")
    assert component.sockets == ("db.example.org:5432",)
    assert component.config == {"region": "eu", "with.dots": "hunter22"}


HTTP_HELP = (
    'expected a host and no more, such as "api.example.org", "localhost:8080", "[::1]:8080" or '
    '"*.internal"'
)
SOCKET_HELP = 'expected a host and a port, such as "db.example.org:5432" or "[::1]:5432"'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("files = [{ path = 'none', guest = '/a' }]", "files[0].path: no such folder: {0}/none; m"),
        ("files = [{ path = 'alerts.wasm', guest = '/a' }]", "path: not a folder: {0}/alerts.wasm"),
        ("files = [{ path = 'data' }]", 'files[0].guest: missing; for example: guest = "/data"'),
        (
            "files = [{ path = 'data', guest = 'data' }]",
            "guest: expected a path from the root, such",
        ),
        ("files = [{ path = 'data', guest = '/a/../b' }]", "guest: expected a path from the root"),
        ("files = [{ path = 'data', guest = '/a', wirte = true }]", 'did you mean "write"?'),
        (
            "files = [{ path = 'data', guest = '/a' }, { path = '.', guest = '/a/' }]",
            "files[1].guest: the same name as in components.alerts.files[0]; give it another",
        ),
        ("files = 'data'", "files: expected a list"),
        ("http = ['http://api.example.org']", f"http[0]: {HTTP_HELP}"),
        ("http = ['api.example.org/v1']", f"http[0]: {HTTP_HELP}"),
        ("http = ['me@api.example.org']", f"http[0]: {HTTP_HELP}"),
        ("http = ['*']", f"http[0]: {HTTP_HELP}"),
        ("http = ['*.*.a']", f"http[0]: {HTTP_HELP}"),
        ("http = ['a.*']", f"http[0]: {HTTP_HELP}"),
        ("http = ['']", f"http[0]: {HTTP_HELP}"),
        ("http = ['::1']", f"http[0]: {HTTP_HELP}"),
        ("http = ['[::zz]']", f"http[0]: {HTTP_HELP}"),
        ("http = ['[1.2.3.4]']", f"http[0]: {HTTP_HELP}"),
        ("http = ['bücher.example']", f"http[0]: {HTTP_HELP}"),
        ("http = ['a:0']", "http[0]: expected a port from 1 to 65535"),
        ("http = ['a:65536']", "http[0]: expected a port from 1 to 65535"),
        ("http = 'a'", "http: expected a list"),
        ("sockets = ['db.example.org']", f"sockets[0]: {SOCKET_HELP}"),
        ("sockets = ['*.example.org:5432']", f"sockets[0]: {SOCKET_HELP}"),
        ("sockets = ['tcp://a:1']", f"sockets[0]: {SOCKET_HELP}"),
        ("sockets = ['a:99999']", "sockets[0]: expected a port from 1 to 65535"),
        ("config = { retries = 3 }", "config.retries: expected text, got a number; put it in quo"),
        ("config = { on = true }", "config.on: expected text, got true or false; put it in quotes"),
        ("config = []", "config: expected a table"),
    ],
)
def test_a_mistake(folder: Path, text: str, problem: str) -> None:
    """Place, what was expected, what to do."""
    with pytest.raises(ConfigError) as caught:
        parse(folder, text)
    (line,) = str(caught.value).splitlines()
    assert line.startswith("messaging.toml:4: components.alerts.")
    assert problem.format(folder) in line


def test_a_folder_that_this_user_may_not_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found before the guest finds it; reading alone is no problem."""
    denied = folder / "data"
    access = os.access

    def without_writing(path: Path, mode: int, **options: bool) -> bool:
        return bool(access(path, mode, **options)) and not (path == denied and mode & 2)

    monkeypatch.setattr("os.access", without_writing)
    parse(folder, "files = [{ path = 'data', guest = '/a' }]")
    with pytest.raises(ConfigError, match=r"files\[0\].write: not writable by this user: .*/data"):
        parse(folder, "files = [{ path = 'data', guest = '/a', write = true }]")


WRITE = "grants with `write`: that guest could put something else in its place; move one of them"


def two(folder: Path, outer: str, inner: str, more: str = "") -> Config:
    """A component that writes in one folder, and another with another folder."""
    return parse(
        folder,
        f"""
        files = [{{ path = "{outer}", guest = "/data", write = true }}]
        [components.second]
        path = "alerts.wasm"
        files = [{{ path = "{inner}", guest = "/data"{more} }}]
        """,
    )


@pytest.mark.parametrize("inner", ["data/inner", "link", "data/inner/../../other", "data/out"])
def test_no_granted_folder_is_reached_through_one_that_guests_write_in(
    folder: Path, inner: str
) -> None:
    """Not directly, nor by a link into it, nor by one in it."""
    (folder / "data/inner").mkdir()
    (folder / "other").mkdir()
    (folder / "link").symlink_to("data/inner")
    (folder / "data/out").symlink_to(folder / "other")
    with pytest.raises(ConfigError) as caught:
        two(folder, "data", inner)
    (line,) = str(caught.value).splitlines()
    assert "components.second.files[0].path: " in line
    way = f"{folder / inner} is reached through {folder}/data, which components.alerts.files[0] "
    assert way + WRITE in line
    with pytest.raises(ConfigError, match="is reached through"):
        parse(
            folder,
            f"""files = [
                {{ path = "data", guest = "/a", write = true }},
                {{ path = "{inner}", guest = "/b", write = true }},
            ]""",
        )


def test_granted_folders_that_are_no_danger_to_each_other(folder: Path) -> None:
    """The same one, one beside another, and one that may only be read around another."""
    (folder / "data/inner").mkdir()
    (folder / "database").mkdir()
    (folder / "link").symlink_to("data")
    for other in ("data", "link", "database"):
        two(folder, "data", other, ", write = true")
    two(folder, "data/inner", "data")


def test_no_component_is_where_guests_write(folder: Path) -> None:
    """They could give themselves another one's grants."""
    (folder / "data/alerts.wasm").touch()
    (folder / "alerts.wasm").unlink()
    (folder / "alerts.wasm").symlink_to("data/alerts.wasm")
    with pytest.raises(ConfigError) as caught:
        parse(folder, "files = [{ path = 'data', guest = '/a', write = true }]")
    text = f"components.alerts.path: {folder}/alerts.wasm is reached through {folder}/data, which "
    assert text in str(caught.value)
    parse(folder, "files = [{ path = 'data', guest = '/a' }]")


@pytest.mark.parametrize(
    ("granted", "what"),
    [
        ("data", "the configuration ({}/data/messaging.toml)"),
        ("cache", "the folder of compiled components ({}/cache/wasi-messaging/components)"),
        ("broker", "the folder of the client 'default' ({}/broker)"),
        ("broker/streams", "the folder of the client 'default' ({}/broker)"),
    ],
)
def test_nothing_of_the_host_is_where_guests_write(
    folder: Path, granted: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading is no problem of this check."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    (folder / "cache").mkdir()
    (folder / "broker/streams").mkdir(parents=True)
    file = folder / "data/messaging.toml"

    def load(write: str) -> None:
        file.write_text(
            "[clients.default]\nurl = 'embedded:'\ndirectory = '../broker'\n"
            "[components.alerts]\npath = '../alerts.wasm'\n"
            f"files = [{{ path = '../{granted}', guest = '/a', write = {write} }}]\n"
        )
        Config.load(file)

    with pytest.raises(ConfigError) as caught:
        load("true")
    (line,) = str(caught.value).splitlines()
    assert "components.alerts.files[0].path: " in line
    what = what.format(folder).replace(f"{folder}/broker", f"{folder}/data/../broker")
    assert f"{what} must not be in the hands of a guest, and " in line
    assert "is granted with `write`; grant another folder, or grant without `write`" in line
    load("false")


def test_places_as_the_engine_wants_them() -> None:
    """In small letters; an address of version 6 in brackets as in a URL, or as itself."""
    assert http_host("API.Example.org") == ("api.example.org", None)
    assert http_host("*.Internal:8080") == ("*.internal", 8080)
    assert http_host("[::1]") == ("[::1]", None)
    assert endpoint("DB.example.org:5432") == ("db.example.org", 5432)
    assert endpoint("[::1]:53") == ("::1", 53)
