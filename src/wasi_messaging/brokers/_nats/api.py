"""JetStream's API: a request with JSON, and an answer with JSON."""

from __future__ import annotations

import json
from typing import Any

from ...errors import BrokerTimeoutError, BrokerUnavailableError
from .client import RawClient
from .errors import ApiError, not_connected
from .pulse import Pulse
from .replies import Requests
from .target import Target

TIMEOUT = 5.0


class Api:
    """The API of the server that a client is connected to."""

    def __init__(self, client: RawClient, target: Target, requests: Requests, pulse: Pulse) -> None:
        self._client = client
        self._target = target
        self._requests = requests
        self._pulse = pulse

    async def __call__(self, call: str, body: object = None) -> dict[str, Any]:
        """Call it.

        Raises:
            ApiError: it answered with an error.
            BrokerError: it did not answer.
        """
        address = self._target.address
        if not self._client.is_connected:
            raise not_connected(address)
        topic = f"{self._target.api_prefix}.{call}"
        subject = topic.encode()
        answer_to, reply = self._requests.expect(topic, subject, 1)
        data = b"" if body is None else json.dumps(body).encode()
        self._client.send(subject, data, b"", answer_to)
        try:
            message, *_ = await self._requests.collect(answer_to, reply, TIMEOUT)
        except BrokerTimeoutError:
            self._pulse.doubt()
            raise
        except BrokerUnavailableError as error:
            if "listens" in str(error):
                raise BrokerUnavailableError(
                    f"{address} runs without JetStream (nats-server -js); remove `stream` "
                    "from the client to do without storage"
                ) from None
            raise
        answer: dict[str, Any] = json.loads(message.data)
        if "error" in answer:
            raise ApiError(answer["error"])
        return answer
