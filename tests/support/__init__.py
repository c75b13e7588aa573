"""What tests share: real brokers as processes, drivers for what does no I/O, waiting without guessing."""
