"""The ledger: every event, kept and found again. `base` is the interface, `memory` keeps it in RAM."""
