"""The conversation as a pure function: no clock, no network, no file, no randomness (docs/architecture.md)."""
