"""MQ Studio: a message broker with a window on everything that happens in it."""

__version__ = "0.1.0"
