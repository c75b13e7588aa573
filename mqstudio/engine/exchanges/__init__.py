"""Exchange kinds, one file each: how a message finds the bindings that match it."""
