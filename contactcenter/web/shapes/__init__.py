"""Typed requests and replies of ``/api/v1``: the OpenAPI document and the desks' types
come from here.

Times are RFC 3339 in UTC, durations seconds (``_s``), money a string, ids UUID strings.
"""
