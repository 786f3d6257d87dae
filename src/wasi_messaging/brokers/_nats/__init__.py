"""How the ``nats:`` and ``embedded:`` brokers speak to a server; nothing here is public.

client.py      nats-py, with messages going out and coming in as bytes
link.py        a connection that comes back, and every callback of nats-py
headers.py     content type and metadata to and from a header block
replies.py     what answers a publish or a request
core.py        plain subscriptions, at most once
stream.py      the stream that stores the topics
consumers.py   the durable consumer behind a group
pull.py        taking messages from a consumer
errors.py      the one place where errors are translated
settings.py    what ``[clients.NAME]`` may say
"""
