/* setjmp for WASI by exceptions, as clang's option -wasm-enable-sjlj compiles it; jumps.c has the rest. */
#ifndef SETJMP_H
#define SETJMP_H

typedef struct {
  void *words[8];
} jmp_buf[1];

int setjmp(jmp_buf) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf, int);

#endif
