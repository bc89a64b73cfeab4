"""Builtins of WebAssembly, and the functions of Python that they call."""
