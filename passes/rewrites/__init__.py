"""Rewrite rules, grouped by subject; each module has one `RuleSet`."""
