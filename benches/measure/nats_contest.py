"""What the brokers that speak the protocol of NATS have in common."""

from __future__ import annotations

from .child import python
from .contest import Contest, Contestant, Server
from .loads import ECHO, FAN_OUT, HEADERS, KIB, REPLY, TRANSFORM, Load
from .ours import WITHOUT_JSON
from .places import PROGRAMS, cache_folder, guest, load_generator, node, node_packages

REPLIES = "_INBOX.bench"
"""Where replies go to."""
JCO, WASMTIME = "jco on Node.js", "wasmtime for Python"
FOREIGN = {
    ECHO: "copy/c",
    HEADERS: "bench/c",
    TRANSFORM: "transform/rust",
    FAN_OUT: "fan-out/c",
    REPLY: "reply/c",
}
"""The guests that other engines run, by handler: in C where it can, in Rust where it cannot."""
OF_LANGUAGE = {"C": WITHOUT_JSON, "Rust": (TRANSFORM,)}
"""Language of the guests → handlers that are in it."""


class NatsContest(Contest):
    """A server that is put under load by ``benches/loadgen``.

    Its ``details`` are ``port``, and where they are needed ``token``, ``prefix`` of every subject
    and ``stream``.
    """

    def generator(self, server: Server, load: Load) -> list[str]:
        """The generator in Rust: a third of a microsecond of processor time a message."""
        details = server.details
        prefix = details.get("prefix", "")
        words = {
            "port": details["port"],
            "to": f"{prefix}in",
            "from": f"{prefix}out",
            "seconds": load.seconds,
            "copies": load.copies,
        }
        if load.rate is None:
            words["in-flight"] = load.in_flight
        else:
            words["rate"] = load.rate
        if "token" in details:
            words["token"] = details["token"]
        if load.handler == REPLY:
            words["from"] = REPLIES
            words["reply"] = "header" if "stream" in details else "address"
        return [str(load_generator()), *(f"{name}={value}" for name, value in words.items())]


def jco() -> dict[str, Contestant]:
    """Our components on jco and the official client of NATS for Node.js, by name."""

    def command(server: Server, load: Load) -> list[str]:
        program, packages = PROGRAMS / "jco_nats.mjs", node_packages()
        component = guest(FOREIGN[load.handler])
        words = (node(), program, component, packages, cache_folder() / "transpiled")
        return [*map(str, words), server.url, str(server.details.get("stream", ""))]

    return {
        f"{JCO}, {language}": Contestant(command, handlers)
        for language, handlers in OF_LANGUAGE.items()
    }


def wasmtime() -> dict[str, Contestant]:
    """Our components on wasmtime for Python and nats-py, on core NATS, by name."""

    def command(server: Server, load: Load) -> list[str]:
        return python("wasmtime_nats", guest(FOREIGN[load.handler]), server.url)

    # It takes and gives bodies byte by byte: one of 64 KiB takes a tenth of a second.
    return {
        f"{WASMTIME}, {language}": Contestant(command, handlers, largest=KIB)
        for language, handlers in OF_LANGUAGE.items()
    }
