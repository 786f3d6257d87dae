"""How the ``nats:`` and ``embedded:`` brokers speak to a server; nothing here is public.

broker.py      what both have in common: a broker, once it is known where the server is
capabilities.py  what core NATS and JetStream can do
settings.py    what ``[clients.NAME]`` may say
target.py      where to connect, and as whom
link.py        a connection that comes back, and every callback of nats-py
client.py      nats-py, with messages going out and coming in as bytes
transport.py   its socket
api.py         calls of JetStream's API
pulse.py       whether the other end is still there
headers.py     content type and metadata to and from a header block
confirms.py    publishes that a stream confirms
replies.py     requests and their replies
room.py        room in the buffer for what is sent, waited for only so long
core.py        plain subscriptions, at most once
stream.py      the stream that stores the topics
consumers.py   the durable consumer behind a group
pull.py        taking messages from a consumer
delivery.py    one message of a stream, and how it is settled
errors.py      the one place where errors are translated
folder.py      a process's share in the server of a folder
supervisor.py  the program that keeps that server running
"""
