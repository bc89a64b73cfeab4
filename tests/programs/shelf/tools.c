#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shelf.h"

_Noreturn void fail(const char *message, const char *path) {
  fflush(stdout);
  fprintf(stderr, "shelf: %s: %s%s%s\n", path, message, errno ? ": " : "", errno ? strerror(errno) : "");
  exit(2);
}

void *enlarge(void *block, size_t size) {
  void *found = realloc(block, size);
  if (!found) fail("out of memory", "heap");
  return found;
}

void *allocate(size_t size) { return memset(enlarge(NULL, size), 0, size); }

char *join(char *buffer, const char *folder, const char *name) {
  if (snprintf(buffer, PATH_SIZE, "%s/%s", folder, name) >= PATH_SIZE) fail("path too long", name);
  return buffer;
}

FILE *open_file(const char *path, const char *mode) {
  errno = 0;
  FILE *file = fopen(path, mode);
  if (!file) fail("cannot open", path);
  return file;
}

void make_folder(const char *path) {
  errno = 0;
  if (mkdir(path, 0777) != 0 && errno != EEXIST) fail("cannot make", path);
}

int read_word(FILE *file, char word[WORD_SIZE]) {
  int c, length = 0;
  while ((c = getc(file)) != EOF && !isalpha(c)) continue;
  for (; c != EOF && isalpha(c); c = getc(file))
    if (length < WORD_SIZE - 1) word[length++] = (char)tolower(c);
  word[length] = 0;
  return length;
}

uint32_t next_random(Random *random, uint32_t bound) {
  uint64_t x = random->state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  random->state = x;
  return (uint32_t)((x * UINT64_C(2685821657736338717)) >> 32) % bound;
}

uint64_t hash_bytes(uint64_t hash, const void *data, size_t size) {
  for (const unsigned char *at = data; size--; at++) hash = (hash ^ *at) * UINT64_C(1099511628211);
  return hash;
}
