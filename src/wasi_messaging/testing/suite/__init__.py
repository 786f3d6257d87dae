"""The behaviour every broker has, as tests: derive a class for each broker.

    class TestMyBroker(BrokerSuite):
        def make_broker(self, *, lease: float | None = None) -> Broker:
            return MyBroker(MySettings(url="my://localhost", lease=lease or 30))

It needs pytest with pytest-asyncio, and hypothesis. What a broker claims in its capabilities must
show; where the suite can tell, what it does not claim must not.

Waiting is bounded by :attr:`BrokerSuite.timeout`. Only what must *not* happen is waited for by the
clock, for :attr:`BrokerSuite.quiet` seconds. A broker that is a server gives ``server_address`` and
``make_broker_at`` too: it is then tested through a network that fails in all ways.
"""

from __future__ import annotations

from .faults import FaultTests
from .flow import FlowTests
from .groups import GroupTests
from .identity import IdentityTests
from .inbox import Inbox, done
from .messages import MessageTests
from .replies import ReplyTests
from .requests import RequestTests
from .restarts import RestartTests
from .settling import SettlingTests
from .topics import TopicTests

__all__ = ["BrokerSuite", "Inbox", "done"]


class BrokerSuite(
    # pytest runs the last of them first
    FaultTests,
    RestartTests,
    ReplyTests,
    RequestTests,
    FlowTests,
    IdentityTests,
    SettlingTests,
    GroupTests,
    TopicTests,
    MessageTests,
):
    """Derive from it; give :meth:`make_broker`, and what else differs.

    Attributes:
        timeout: seconds that anything which must happen may take.
        quiet: seconds for which nothing must happen.
        short_lease: what tests that wait for the end of a lease ask for, in seconds.
        short_timeout: seconds after which a broker of ``make_broker_at`` gives a publish up.
        separator: between the tokens of a topic.
        any_token: pattern for one token.
        any_rest: pattern for one or more tokens at the end.
        illegal_topics: cannot be published to.
        illegal_patterns: cannot be subscribed to.
    """
