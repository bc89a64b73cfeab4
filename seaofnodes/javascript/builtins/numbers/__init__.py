"""Number, Math and BigInt (ECMA-262, chapter 21)."""
