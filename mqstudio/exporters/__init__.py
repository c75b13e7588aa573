"""Messages and their lives → files. One format a module; each is found by its `EXPORTER`."""
