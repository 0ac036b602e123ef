"""What a notebook types: one function a command, and the command calls the same function.

`latentlab` offers them (`import latentlab as ll`); there errors name arguments instead of options.
"""
