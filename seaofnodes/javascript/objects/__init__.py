"""JavaScript's values and objects on the engine's heap: words, shapes, strings, the essential internal methods."""
