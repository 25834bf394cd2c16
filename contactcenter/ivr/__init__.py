"""Menus: model, loader, checker, pure engine, node types and the terminal player."""
