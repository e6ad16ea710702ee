"""What every room may use and what knows no domain: languages, money, forms, refusals, locks, web helpers."""
