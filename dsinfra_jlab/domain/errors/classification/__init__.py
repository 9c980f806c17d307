"""What kind of error one is, and how much it costs."""
