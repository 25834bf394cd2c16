"""The aiohttp application: JSON API, live socket, webhooks, pages."""
