"""What every call of the Python interface needs: inputs, options, warnings, spelling."""
