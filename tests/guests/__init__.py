"""Each folder in guests/ is a scenario: the guest asserts, the test of the same name arranges."""
