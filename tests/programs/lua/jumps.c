/* What clang's -wasm-enable-sjlj calls. A function that calls setjmp has a table of the places it may come back to;
   longjmp throws, and each such function on the way looks the number in the jmp_buf up in its table. */
#include <stdint.h>
#include <stdlib.h>

typedef struct {
  uintptr_t id; /* 0 ends the table */
  uint32_t label;
} Place;

typedef struct {
  void *environment;
  int value;
} Jump;

enum { LONGJMP_TAG = 1 }; /* clang's number of the tag __c_longjmp */

static uint32_t second_result;

void setTempRet0(uint32_t value) { second_result = value; }
uint32_t getTempRet0(void) { return second_result; }

/* Notes that a setjmp was here; gives the table, which may have moved, and its size as the second result. */
Place *saveSetjmp(uintptr_t *environment, uint32_t label, Place *table, uint32_t size) {
  static uintptr_t last;
  uint32_t count = 0;
  while (count < size && table[count].id) count++;
  if (count + 1 >= size) {
    size *= 2;
    table = realloc(table, sizeof *table * (size + 1));
    if (!table) abort();
  }
  *environment = ++last;
  table[count] = (Place){last, label};
  table[count + 1].id = 0;
  setTempRet0(size);
  return table;
}

/* The label to go on at, or 0 if the jump goes further out. */
uint32_t testSetjmp(uintptr_t id, const Place *table, uint32_t size) {
  for (uint32_t i = 0; i < size && table[i].id; i++)
    if (table[i].id == id) return table[i].label;
  return 0;
}

_Noreturn void __wasm_longjmp(void *environment, int value) {
  static Jump jump;
  jump = (Jump){environment, value ? value : 1};
  __builtin_wasm_throw(LONGJMP_TAG, &jump);
}
