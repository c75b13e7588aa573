"""Fuzzing the AMQP 0-9-1 side of the broker: `make fuzz`, and a shorter run among the tests."""
