"""The first tier: a template compiler from bytecode to machine code, which gathers feedback."""
