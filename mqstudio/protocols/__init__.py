"""Wire protocols: each package turns bytes into commands and events into bytes, without I/O."""
