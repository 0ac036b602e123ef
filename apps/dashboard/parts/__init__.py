"""What the pages share: the choice of checkpoints, caches, colours, charts."""
