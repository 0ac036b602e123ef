"""Old SGDD models, rebuilt number for number."""
