"""Free text -> danger, topic, service: pure, deterministic, with no generative model."""
