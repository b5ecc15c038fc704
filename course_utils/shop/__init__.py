"""The shop's closed world: what it sells, what is said about it, and what the lessons fine-tune for."""
