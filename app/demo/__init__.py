"""A made-up season to look at: people, shops, bookings and a history. The same seed makes the same."""
