"""From the messages of a kernel to runs and errors."""
