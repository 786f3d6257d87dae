"""Files that the user may not read, folders that the user may not write."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from guests.hosting import built
from wasi_messaging import BrokerUnavailableError, Config, ConfigError
from wasi_messaging.brokers import broker_class

NOBODY = 65534


@pytest.fixture
def forbidden(tmp_path: Path) -> Iterator[Path]:
    """A folder of somebody else's; root, who may do everything, becomes nobody for the test."""
    folder = tmp_path / "forbidden"
    folder.mkdir()
    (folder / "guest.wasm").write_bytes(built("echo/c").read_bytes())
    Config.from_dict({})  # imports what it needs, while everything can be read
    importlib.import_module("concurrent.futures.thread")
    folder.chmod(0o000)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)


def test_a_component_that_cannot_be_read(forbidden: Path) -> None:
    """Named with its place in the configuration, before anything starts."""
    values = {"components": {"guest": {"path": str(forbidden / "guest.wasm")}}}
    with pytest.raises(ConfigError, match=r"components\.guest\.path") as caught:
        Config.from_dict(values)
    assert "guest.wasm" in str(caught.value)


async def test_a_data_folder_that_cannot_be_written(forbidden: Path) -> None:
    """The error says where, why, and which setting chooses another folder."""
    values = {"clients": {"default": {"url": "embedded:", "directory": str(forbidden / "data")}}}
    settings = Config.from_dict(values).clients["default"]
    broker = broker_class("embedded:")(settings)
    with pytest.raises(BrokerUnavailableError, match="directory") as caught:
        await broker.open()
    assert str(forbidden / "data") in str(caught.value)
