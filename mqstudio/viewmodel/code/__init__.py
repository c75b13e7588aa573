"""Programs that publish a message again, in the languages people use: one file each, every byte escaped."""
