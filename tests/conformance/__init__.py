"""The conformance suite: its scenarios, its judgement, and hosts that do not conform."""
