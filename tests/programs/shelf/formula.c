/* Formulas over the numbers of a text: compiled for a stack machine, run once a text. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shelf.h"

enum { MOST_CODE = 128, MOST_STACK = 32 };

typedef enum { PUSH, LOAD, ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER, NEGATE, LESS, CHOOSE, CALL } Opcode;

typedef struct {
  Opcode opcode;
  int index;
  double number;
} Instruction;

typedef double Function(double);

static double cube(double x) { return x * x * x; }

static const struct {
  const char *name;
  Function *function;
} FUNCTIONS[] = {{"sqrt", sqrt}, {"log", log}, {"exp", exp}, {"floor", floor}, {"abs", fabs}, {"sin", sin}, {"cube", cube}};

static const char *const VARIABLES[] = {"bytes", "lines", "words", "letters", "longest"};
enum { FUNCTION_COUNT = sizeof FUNCTIONS / sizeof *FUNCTIONS, VARIABLE_COUNT = sizeof VARIABLES / sizeof *VARIABLES };

typedef struct {
  const char *at;
  Instruction code[MOST_CODE];
  int count;
} Compiler;

static void emit(Compiler *compiler, Opcode opcode, int index, double number) {
  if (compiler->count == MOST_CODE) fail("formula too long", compiler->at);
  compiler->code[compiler->count++] = (Instruction){opcode, index, number};
}

static bool accept(Compiler *compiler, char wanted) {
  while (isspace((unsigned char)*compiler->at)) compiler->at++;
  if (*compiler->at != wanted) return false;
  compiler->at++;
  return true;
}

static void expect(Compiler *compiler, char wanted) {
  errno = 0;
  if (!accept(compiler, wanted)) fail("formula not understood", compiler->at);
}

static void expression(Compiler *compiler);

static void name_or_call(Compiler *compiler) {
  char name[WORD_SIZE];
  int length = 0;
  while (isalpha((unsigned char)*compiler->at) && length < WORD_SIZE - 1) name[length++] = *compiler->at++;
  name[length] = 0;
  for (int i = 0; i < VARIABLE_COUNT; i++)
    if (strcmp(name, VARIABLES[i]) == 0) {
      emit(compiler, LOAD, i, 0);
      return;
    }
  for (int i = 0; i < FUNCTION_COUNT; i++)
    if (strcmp(name, FUNCTIONS[i].name) == 0) {
      expect(compiler, '(');
      expression(compiler);
      expect(compiler, ')');
      emit(compiler, CALL, i, 0);
      return;
    }
  errno = 0;
  fail("unknown name", name);
}

static void factor(Compiler *compiler) {
  if (accept(compiler, '-')) {
    factor(compiler);
    emit(compiler, NEGATE, 0, 0);
    return;
  }
  if (accept(compiler, '(')) {
    expression(compiler);
    expect(compiler, ')');
  } else if (isdigit((unsigned char)*compiler->at) || *compiler->at == '.') {
    char *end;
    emit(compiler, PUSH, 0, strtod(compiler->at, &end));
    compiler->at = end;
  } else {
    name_or_call(compiler);
  }
  if (accept(compiler, '^')) {
    factor(compiler);
    emit(compiler, POWER, 0, 0);
  }
}

static void term(Compiler *compiler) {
  factor(compiler);
  for (;;) {
    Opcode opcode = accept(compiler, '*') ? MULTIPLY : accept(compiler, '/') ? DIVIDE : PUSH;
    if (opcode == PUSH) return;
    factor(compiler);
    emit(compiler, opcode, 0, 0);
  }
}

static void sum(Compiler *compiler) {
  term(compiler);
  for (;;) {
    Opcode opcode = accept(compiler, '+') ? ADD : accept(compiler, '-') ? SUBTRACT : PUSH;
    if (opcode == PUSH) return;
    term(compiler);
    emit(compiler, opcode, 0, 0);
  }
}

/* sum [< sum [? expression : expression]] */
static void expression(Compiler *compiler) {
  sum(compiler);
  if (!accept(compiler, '<')) return;
  sum(compiler);
  emit(compiler, LESS, 0, 0);
  if (!accept(compiler, '?')) return;
  expression(compiler);
  expect(compiler, ':');
  expression(compiler);
  emit(compiler, CHOOSE, 0, 0);
}

static double execute(const Compiler *compiler, const double *variables) {
  double stack[MOST_STACK + 1], *top = stack;
  for (const Instruction *at = compiler->code, *end = at + compiler->count; at < end; at++) {
    errno = 0;
    if (top >= stack + MOST_STACK) fail("formula too deep", "stack");
    switch (at->opcode) {
      case PUSH: *++top = at->number; break;
      case LOAD: *++top = variables[at->index]; break;
      case ADD: top--; top[0] += top[1]; break;
      case SUBTRACT: top--; top[0] -= top[1]; break;
      case MULTIPLY: top--; top[0] *= top[1]; break;
      case DIVIDE: top--; top[0] /= top[1]; break;
      case POWER: top--; top[0] = pow(top[0], top[1]); break;
      case NEGATE: top[0] = -top[0]; break;
      case LESS: top--; top[0] = top[0] < top[1]; break;
      case CHOOSE: top -= 2; top[0] = top[0] != 0 ? top[1] : top[2]; break;
      case CALL: top[0] = FUNCTIONS[at->index].function(top[0]); break;
    }
  }
  return *top;
}

static void measure(const char *path, double *variables) {
  FILE *file = open_file(path, "r");
  memset(variables, 0, sizeof *variables * VARIABLE_COUNT);
  int length = 0;
  for (int c; (c = getc(file)) != EOF;) {
    variables[0]++;
    variables[1] += c == '\n';
    length = isalpha(c) ? length + 1 : 0;
    variables[2] += length == 1;
    variables[3] += length > 0;
    variables[4] = fmax(variables[4], length);
  }
  fclose(file);
}

void compute(const char *root, const char *formula) {
  Compiler compiler = {.at = formula};
  expression(&compiler);
  expect(&compiler, 0);
  char folder[PATH_SIZE], path[PATH_SIZE];
  Listing texts = list_files(join(folder, root, "texts"));
  double least = INFINITY, most = -INFINITY, mean = 0, squares = 0;
  int low = 0, high = 0;
  for (int i = 0; i < texts.count; i++) {
    double variables[VARIABLE_COUNT];
    measure(join(path, folder, texts.paths[i]), variables);
    double value = execute(&compiler, variables), before = value - mean;
    mean += before / (i + 1); /* Welford's algorithm */
    squares += before * (value - mean);
    if (value < least) least = value, low = i;
    if (value > most) most = value, high = i;
  }
  printf("%s: %d instructions\n", formula, compiler.count);
  if (texts.count)
    printf("  least %.6g (%s), most %.6g (%s), mean %.6f, deviation %.6e\n", least, texts.paths[low], most,
           texts.paths[high], mean, sqrt(squares / texts.count));
  free_listing(&texts);
}
