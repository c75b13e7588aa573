"""The broker process: the only sockets, the only clock, the only log. `broker.py` is its heart."""
