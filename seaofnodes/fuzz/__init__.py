"""Differential testing: random modules, oracles that must agree, reduction and bisection of what fails."""
