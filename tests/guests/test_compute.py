"""compute: a guest whose work is its own, and can be checked."""

from wasi_messaging.testing import collect

from .hosting import handle, hosting

BASIS, PRIME = 2166136261, 16777619


def fnv(body: bytes, times: int) -> int:
    """FNV-1a of a body so many times over."""
    found = BASIS
    for byte in body * times:
        found = (found ^ byte) * PRIME % 2**32
    return found


async def test_computes_what_it_says() -> None:
    """The hash is that of another implementation, however often it is asked for."""
    bodies = [b"0 nothing", b"1 once", b"1000 a thousand times"]
    async with hosting("compute/c") as host, collect(host.broker(), "out") as sent:
        for body in bodies:
            await handle(host, "in", body)
        answers = await sent.wait(3)
    times = [int(body.split()[0]) for body in bodies]
    expected = [b"%d %s" % (fnv(body, n), body) for body, n in zip(bodies, times, strict=True)]
    assert [answer.data for answer in answers] == expected
