"""Fuzzing of AMQP 0-9-1: mutated streams of real clients, by the million, each replayable by its number."""
