"""From numbers to words: the collapse gate, grades, answers and the claim, each by a rule in one table."""
