"""The contract suites of the ports. An adapter's tests subclass them and give a ``rig`` fixture.

They need pytest with pytest-asyncio to run, and nothing beyond the product to import.
"""
