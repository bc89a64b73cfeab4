"""What baseline compilers share: values, registers, the model of the operand stack, moves."""
