"""How long people stay, whether they come, and how well the work goes; every figure with its uncertainty."""
