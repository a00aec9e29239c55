"""What people type, and what Repère should understand of it."""
