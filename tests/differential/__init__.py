"""mrrc and pymarc side by side: every difference is in `differences.TABLE` or fails."""
