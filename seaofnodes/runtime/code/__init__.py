"""Code space, stubs, and native addresses of Python objects."""
