"""Use cases: asyncio, no HTTP, no SQL."""
