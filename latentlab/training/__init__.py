"""From sentences to a checkpoint: cached vectors, losses, schedules, the loop."""
