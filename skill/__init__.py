"""The coach put together: use cases, storage, the command line, and what else a person meets.

`bootstrap` is the one place that names concrete classes. Nothing connects or reads the environment at import.
"""
