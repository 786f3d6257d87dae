"""Dead letters for programs: held, handed back, replayed, discarded."""
