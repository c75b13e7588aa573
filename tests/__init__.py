"""Everything that shows that MQ Studio does what it says."""
