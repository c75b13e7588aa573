"""Payload viewers, one file each: bytes to text, tree or hex, without Qt."""
