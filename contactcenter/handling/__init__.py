"""The life of an interaction: receive, calls, the one outbound path, dispatch, wrap-up."""
