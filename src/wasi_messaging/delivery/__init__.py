"""What becomes of a message: admission, order, retry, dead letters, settlement.

    broker ─▶ attachment ─▶ admission, order ─▶ dispatch ─▶ guest
      ▲           │                                          │
      └─ settling ◀── policy: outcome → action ◀─────────────┘

Nothing here knows a client library or the engine.
"""
