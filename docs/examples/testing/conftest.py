"""Gives tests a broker: the fixtures `mqstudio` and `mqstudio_session`."""

pytest_plugins = ["mqstudio.pytest_plugin"]
