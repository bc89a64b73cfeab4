"""Modules as node has them before ECMAScript's: `require`, `module`, `exports`, and the object `process`."""
