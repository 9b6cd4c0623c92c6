"""Where trio lives: one task per symbol, bounded queues between tasks."""
