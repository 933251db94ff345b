"""`python -m app.cli` is `zuoxi`."""

from app.cli import main

main()
