"""How many contacts come, how many seats they need, and how a day would go: arrivals, staffing, queue."""
