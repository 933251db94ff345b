"""Reads: get_ raises NotFoundError, find_ may return None, list_ is ordered, count_ is a number."""
