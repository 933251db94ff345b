"""How many are needed, who works when, and how well it goes. Knows neither web, database nor queue."""
