"""Where the screens are drawn: one module a channel, one library each, imported lazily."""
