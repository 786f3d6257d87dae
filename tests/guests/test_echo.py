"""echo: every part of a message comes through, in every language."""

from collections.abc import Mapping

import pytest

from wasi_messaging import GuestError, LimitExceededError, Message, MessageTooLargeError
from wasi_messaging.testing import collect
from wasi_messaging.testing.suite import done

from .conftest import Site
from .hosting import COMPILES, LANGUAGES, handle, hosting

pytestmark = COMPILES

ALL = [*LANGUAGES, "javascript", "wat"]
PAIRS = (("trace", "1"), ("é", "ü"), ("empty", ""))


@pytest.mark.parametrize("language", ALL)
async def test_copies_all_parts(language: str) -> None:
    """Body, content type and metadata are copied, and the topic is seen."""
    async with hosting(f"echo/{language}") as host, collect(host.broker(), ">") as sent:
        await handle(host, "in.a", b"\x00\xff body", content_type="text/plain", metadata=PAIRS)
        (copy,) = await sent.wait(1)
    assert copy.topic == "out"
    assert copy.data == b"\x00\xff body"
    assert copy.content_type == "text/plain"
    assert copy.metadata == (*PAIRS, ("from", "in.a"))


@pytest.mark.parametrize("language", ALL)
async def test_absent_parts_stay_absent(language: str) -> None:
    """No content type and no metadata are not the same as empty ones."""
    async with hosting(f"echo/{language}") as host, collect(host.broker(), ">") as sent:
        await handle(host, "in", b"")
        (copy,) = await sent.wait(1)
    assert copy.data == b""
    assert copy.content_type is None
    assert copy.metadata == (("from", "in"),)


@pytest.mark.parametrize("language", ALL)
async def test_error_and_then_the_next_message(language: str) -> None:
    """The guest's error reaches the caller; it is no reason to drop the instance."""
    async with hosting(f"echo/{language}") as host, collect(host.broker(), ">") as sent:
        with pytest.raises(GuestError, match="other: asked to fail") as caught:
            await handle(host, "fail")
        assert caught.value.kind == "other"
        assert len(sent) == 0
        await handle(host, "in", b"next")
        await sent.wait(1)
    assert host.counters("guest").errors == 1


@pytest.mark.parametrize("language", ALL)
async def test_a_large_body_many_times(language: str) -> None:
    """Memory that a call needed is free for the next one."""
    body = bytes(range(256)) * 4096
    async with hosting(f"echo/{language}") as host, collect(host.broker(), ">") as sent:
        for _ in range(50):
            await handle(host, "in", body)
        copies = await sent.wait(50)
    assert all(copy.data == body for copy in copies)


KEPT_BYTES = pytest.mark.xfail(
    raises=LimitExceededError,
    reason="componentize-py 0.25.1 keeps the bytes that are given to an import",
)


@pytest.mark.parametrize(
    "language", [pytest.param(it, marks=KEPT_BYTES if it == "python" else ()) for it in ALL]
)
async def test_bodies_of_the_past_take_no_memory(language: str) -> None:
    """Together they are several times as large as the memory of the only instance."""
    body = bytes(2**20)
    async with hosting(f"echo/{language}", instances=1, memory="64MiB") as host:
        for _ in range(200):
            await handle(host, "in", body)


LARGEST = 16 * 2**20
EVERY_BYTE = bytes(range(256))


@pytest.mark.parametrize("body", [b"", EVERY_BYTE, EVERY_BYTE * 2**16], ids=["0", "256", "16MiB"])
async def test_bodies(site: Site, body: bytes) -> None:
    """None is altered; one that the broker does not take is refused, with the limit."""
    async with (
        hosting("echo/c", memory="128MiB", clients=site.clients) as host,
        collect(host.broker(), "out") as sent,
    ):
        limit = host.broker().capabilities.max_message_size
        assert limit is not None
        if len(body) < limit:
            await handle(host, "in", body)
            (copy,) = await sent.wait(1)
            assert copy.data == body
        else:
            with pytest.raises(GuestError, match=rf"body {len(body):,}.* over the {limit:,} bytes"):
                await handle(host, "in", body)


async def test_a_body_over_the_largest() -> None:
    """One byte more than the component takes without being told so."""
    async with hosting("echo/c", memory="128MiB") as host:
        with pytest.raises(MessageTooLargeError, match=r"16,777,217 bytes .* limit of 16,777,216"):
            await handle(host, "in", bytes(LARGEST + 1))


LONG = "x" * 2**16
HEADERS = r"headers of 131,\d\d\d bytes are over the 65,535 that the embedded server .* stores$"
NO_NAME = "metadata: NATS has no headers with an empty name$"
ASCII = "metadata 'ключ': a NATS header's name is printable ASCII without space and colon$"


@pytest.mark.parametrize(
    ("pairs", "refusals"),
    [
        ((("z", "1"), ("a", "2"), ("z", "3"), ("z", "1")), {}),
        ((("key", ""),), {}),
        ((("key", "Grüße, мир, 😀"),), {}),
        (((LONG, LONG),), {"embedded": HEADERS}),
        ((("", "value"),), {"nats": NO_NAME, "embedded": NO_NAME}),
        ((("ключ", "value"),), {"nats": ASCII, "embedded": ASCII}),
    ],
    ids=["order", "empty-value", "value", "64KiB", "empty-key", "key"],
)
async def test_metadata(
    site: Site, pairs: tuple[tuple[str, str], ...], refusals: Mapping[str, str]
) -> None:
    """It arrives as it was, in its order; what the broker cannot carry is refused."""
    async with (
        hosting("echo/c", clients=site.clients) as host,
        collect(host.broker(), "out") as sent,
    ):
        if site.name in refusals:
            with pytest.raises(GuestError, match=f"^other: {refusals[site.name]}"):
                await handle(host, "in", metadata=pairs)
            pairs = ()
        await handle(host, "in", metadata=pairs)
        (copy,) = await sent.wait(1)
        assert copy.metadata == (*pairs, ("from", "in"))


@pytest.mark.parametrize("content_type", [None, "", "text/plain; charset=utf-8", "текст/прочее"])
async def test_content_types(site: Site, content_type: str | None) -> None:
    """Unset, empty, and any text are three things."""
    async with (
        hosting("echo/c", clients=site.clients) as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, "in", content_type=content_type)
        (copy,) = await sent.wait(1)
        assert copy.content_type == content_type


@pytest.mark.parametrize("topic", ["ünï.cödé", "😀", "x" * 900])
async def test_topics(site: Site, topic: str) -> None:
    """A topic is any text that the broker allows; the guest sees the one it was published to."""
    subscriptions = [{"topic": topic, "group": "g"}]
    async with (
        hosting("echo/c", subscriptions=subscriptions, clients=site.clients) as host,
        collect(host.broker(), "out") as sent,
    ):
        await done(host.broker().publish(topic, Message(b"")))
        (copy,) = await sent.wait(1)
        assert copy.metadata == (("from", topic),)
