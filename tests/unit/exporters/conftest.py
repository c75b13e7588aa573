"""Examples take as long as they take: how busy a machine is says nothing about formats."""

from hypothesis import settings

settings.register_profile("formats", deadline=None)
settings.load_profile("formats")
