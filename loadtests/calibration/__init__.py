"""Measures what one replica carries, and writes it to capacity.json: `make calibrate SERVICE=embedder`."""
