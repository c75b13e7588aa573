"""Rules that answer why, by facts made by hand."""
