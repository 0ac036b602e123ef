"""A controlled grammar of short English sentences: word tables, and the code that combines them."""
