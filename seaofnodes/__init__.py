"""A speculative optimizing compiler that you can take apart."""
