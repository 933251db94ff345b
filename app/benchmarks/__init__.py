"""Measurements on a season of the real size, printed as tables. Nothing of the running site imports them."""
