"""Nothing confirmed is ever lost: what crashes, power cuts and failing disks do to a profile."""
