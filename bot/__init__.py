"""Repère: a discreet orientation bot. The rooms and the arrows between them are drawn in docs/architecture.md."""
