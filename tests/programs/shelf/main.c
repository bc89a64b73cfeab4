/* Reads commands, one a line, and carries them out in a folder: `shelf FOLDER < script`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shelf.h"

typedef struct {
  const char *root;
  int commands;
} Shelf;

static void run_generate(Shelf *shelf, const char *rest) {
  int count = 0;
  unsigned long long seed = 0;
  errno = 0;
  if (sscanf(rest, "%d %llx", &count, &seed) != 2 || seed == 0) fail("needs a count and a seed", "generate");
  generate(shelf->root, count, seed);
}

static void run_build(Shelf *shelf, const char *rest) {
  (void)rest;
  build_index(shelf->root);
}

static void run_check(Shelf *shelf, const char *rest) {
  (void)rest;
  check_index(shelf->root);
}

static void run_search(Shelf *shelf, const char *rest) { search(shelf->root, rest); }
static void run_words(Shelf *shelf, const char *rest) { list_words(shelf->root, rest); }
static void run_forget(Shelf *shelf, const char *rest) { forget(shelf->root, rest); }
static void run_sort(Shelf *shelf, const char *rest) { sort_lines(shelf->root, atoi(rest)); }
static void run_compute(Shelf *shelf, const char *rest) { compute(shelf->root, rest); }

static void run_remove(Shelf *shelf, const char *rest) {
  char path[PATH_SIZE];
  remove_tree(join(path, shelf->root, rest));
  printf("removed %s\n", rest);
}

/* The last lines of a file, read backwards in blocks. */
static void run_tail(Shelf *shelf, const char *rest) {
  char path[PATH_SIZE], name[WORD_SIZE], block[64];
  int wanted = 0, lines = 0;
  errno = 0;
  if (sscanf(rest, "%31s %d", name, &wanted) != 2) fail("needs a name and a count", "tail");
  FILE *file = open_file(join(path, shelf->root, name), "rb");
  fseek(file, 0, SEEK_END);
  long start = ftell(file) - 1, size = start + 1;
  while (start > 0 && lines < wanted) {
    long length = start < (long)sizeof block ? start : (long)sizeof block;
    fseek(file, start - length, SEEK_SET);
    if (fread(block, 1, (size_t)length, file) != (size_t)length) fail("cannot read", path);
    long at = length;
    while (at > 0 && (lines += block[at - 1] == '\n') < wanted) at--;
    start -= length - at;
  }
  fseek(file, start, SEEK_SET);
  printf("%s has %ld bytes and ends:\n", name, size);
  for (int c; (c = getc(file)) != EOF;) putchar(c);
  fclose(file);
}

static void run_size(Shelf *shelf, const char *rest) {
  char path[PATH_SIZE];
  struct stat status;
  errno = 0;
  if (stat(join(path, shelf->root, rest), &status) != 0) printf("%s: %s\n", rest, errno == ENOENT ? "not there" : "?");
  else printf("%s: %lld bytes%s\n", rest, S_ISDIR(status.st_mode) ? 0LL : (long long)status.st_size,
              S_ISDIR(status.st_mode) ? ", a folder" : "");
}

static const struct {
  const char *name;
  void (*run)(Shelf *, const char *);
} COMMANDS[] = {
    {"generate", run_generate}, {"build", run_build}, {"check", run_check},     {"search", run_search},
    {"words", run_words},       {"forget", run_forget}, {"sort", run_sort},     {"compute", run_compute},
    {"remove", run_remove},     {"tail", run_tail},   {"size", run_size},
};

static void run_line(Shelf *shelf, char *line) {
  line[strcspn(line, "\r\n")] = 0;
  char *rest = line + strcspn(line, " ");
  if (*rest) *rest++ = 0;
  if (*line == 0 || *line == '#') return;
  for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
    if (strcmp(COMMANDS[i].name, line) == 0) {
      COMMANDS[i].run(shelf, rest);
      shelf->commands++;
      return;
    }
  errno = 0;
  fail("unknown command", line);
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: shelf FOLDER < script\n");
    return 1;
  }
  Shelf shelf = {arguments[1], 0};
  char line[LINE_SIZE];
  while (fgets(line, sizeof line, stdin)) run_line(&shelf, line);
  printf("%d commands\n", shelf.commands);
  return 0;
}
