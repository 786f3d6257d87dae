"""sandbox: a guest has nothing that the configuration does not grant."""

from .hosting import COMPILES, handle, hosting

pytestmark = COMPILES


async def test_nothing_but_the_granted_variable() -> None:
    """No files, network, arguments or environment; clocks and random are there."""
    async with hosting("sandbox/python", env={"GRANTED": "yes"}) as host:
        await handle(host)
