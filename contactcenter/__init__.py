"""contactcenter: phone, SMS and e-mail in one interaction log tied to customer records."""

__version__ = "0.1.0"
