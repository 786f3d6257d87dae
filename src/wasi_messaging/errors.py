"""Every error of the package, in one tree.

    MessagingError
    ├── ConfigError              a configuration that cannot be used
    ├── ComponentError           a component that cannot be loaded
    │   └── UnsupportedWorldError    … because of the interfaces it imports or exports
    ├── SubscriptionStoppedError every subscription of a host has stopped
    ├── BrokerError              a broker could not do what it was asked
    │   ├── BrokerUnavailableError   not reachable, or the connection was lost
    │   ├── BrokerTimeoutError       no answer in time
    │   ├── BrokerPermissionError    the broker refused: credentials or rights
    │   └── MessageRejectedError     this message or topic is beyond what the broker can carry
    └── HandlingError            one message was not handled
        ├── GuestError               the guest answered with an error
        ├── GuestTrapError           the guest trapped
        │   └── LimitExceededError       … after it ran into a limit
        ├── DeadlineExceededError    the guest was stopped at its deadline
        ├── MessageTooLargeError     the message is over the component's limits
        ├── ReleaseError             the guest succeeded, but what it sent did not leave
        ├── HostStoppedError         the host was stopped before there was an outcome
        └── EngineError              the host failed, not the guest

A guest sees a broker's error as the variant of ``wasi:messaging/types.error`` that
:attr:`BrokerError.kind` names.
"""

from __future__ import annotations

from typing import ClassVar, Literal

ErrorKind = Literal["timeout", "connection", "permission-denied", "other"]
"""A case of the interface's ``error`` variant."""


class MessagingError(Exception):
    """Root of all errors raised by this package."""


class ConfigError(MessagingError):
    """A configuration cannot be used; the text says where and what to do."""


class ComponentError(MessagingError):
    """A component cannot be loaded; the text names the file and the reason."""


class UnsupportedWorldError(ComponentError):
    """A component imports or exports interfaces that this host cannot serve."""


class SubscriptionStoppedError(MessagingError):
    """Every subscription of a host has stopped because of a message; a line for each says why."""


class BrokerError(MessagingError):
    """A broker could not do what it was asked."""

    kind: ClassVar[ErrorKind] = "other"
    """What a guest that caused the call is told."""


class BrokerUnavailableError(BrokerError):
    """The broker cannot be reached, or the connection was lost before it confirmed."""

    kind = "connection"


class BrokerTimeoutError(BrokerError):
    """The broker, or the responder of a request, did not answer in time."""

    kind = "timeout"


class BrokerPermissionError(BrokerError):
    """The broker refused the credentials, or the topic to these credentials."""

    kind = "permission-denied"


class MessageRejectedError(BrokerError):
    """The broker cannot carry this message; the text names the limit it is over."""


class HandlingError(MessagingError):
    """A message was not handled; each subclass says by whose doing."""


class GuestError(HandlingError):
    """The guest returned an ``error``.

    Attributes:
        kind: the case of the variant.
        text: the guest's words; empty for ``timeout``, which carries none.
    """

    def __init__(self, kind: ErrorKind, text: str = "") -> None:
        super().__init__(f"{kind}: {text}" if text else kind)
        self.kind = kind
        self.text = text


class GuestTrapError(HandlingError):
    """The guest trapped; its instance is gone.

    Attributes:
        reason: what the engine says of the trap.
        backtrace: the WebAssembly frames, innermost first, a line each.
        stderr: the last lines the guest wrote to standard error, newest last.
    """

    def __init__(
        self, reason: str, backtrace: tuple[str, ...] = (), stderr: tuple[str, ...] = ()
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.backtrace = backtrace
        self.stderr = stderr


class LimitExceededError(GuestTrapError):
    """The guest trapped after it was refused more memory, tables, resources or fuel than it may
    have.
    """


class DeadlineExceededError(HandlingError):
    """The guest had not answered by its deadline and was stopped; its instance is gone."""


class MessageTooLargeError(HandlingError):
    """The message is over the component's ``max_message_size``, ``max_metadata_pairs`` or
    ``max_metadata_size``; the guest did not see it.
    """


class ReleaseError(HandlingError):
    """The guest returned ok, but what it sent on success did not leave, or not all of it.

    Attributes:
        kind: what the broker's error would have been to a guest.
    """

    def __init__(self, kind: ErrorKind, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class HostStoppedError(HandlingError):
    """The host was stopped before there was an outcome."""


class EngineError(HandlingError):
    """The engine itself failed. This is never the guest's doing: please report it."""
