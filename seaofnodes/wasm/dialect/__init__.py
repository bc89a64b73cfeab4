"""The operators of WebAssembly: what an instance has, and how the back end lowers it."""
