"""Every format both ways: what `mrrc.open`, `read`, `write` and `convert` are made of."""
