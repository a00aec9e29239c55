"""Who helps, where, when: pure, compiled from knowledge/ before the bot speaks."""
