"""The engines: each knows one kind of existing software, and is the only one that imports it."""
