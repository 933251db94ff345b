"""Services of others that the site uses through an interface of its own."""
