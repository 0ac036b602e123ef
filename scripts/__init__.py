"""What keeps the packages under latentlab known: the lock files, and the audit of what they hold."""
