#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shelf.h"

static const char *const SYLLABLES[] = {"ka", "lo", "mi", "ren", "tu", "va", "sho", "der", "ing", "o", "pla", "est", "qui", "nor", "be", "zy"};
enum { SYLLABLE_COUNT = sizeof SYLLABLES / sizeof *SYLLABLES, VOCABULARY = 900 };

/* The word of a rank: rare ones are longer. */
static void make_word(char *word, uint32_t rank) {
  *word = 0;
  for (uint32_t rest = rank * 7 + 3; rest; rest /= SYLLABLE_COUNT) strcat(word, SYLLABLES[rest % SYLLABLE_COUNT]);
}

/* Ranks as in a language: the n-th word has about a n-th of the first one's chance. */
static uint32_t draw_rank(Random *random) {
  double uniform = next_random(random, 1u << 24) / (double)(1u << 24);
  return (uint32_t)(exp(uniform * log(VOCABULARY)) - 1.0);
}

static void write_text(const char *path, Random *random) {
  FILE *file = open_file(path, "w");
  uint32_t lines = 5 + next_random(random, 12);
  char word[WORD_SIZE];
  for (uint32_t line = 0; line < lines; line++) {
    uint32_t words = 3 + next_random(random, 9);
    for (uint32_t i = 0; i < words; i++) {
      make_word(word, draw_rank(random));
      if (i == 0) word[0] = (char)(word[0] - 'a' + 'A');
      fprintf(file, "%s%s", i ? " " : "", word);
      if (next_random(random, 15) == 0) fputc(',', file);
    }
    fputs(next_random(random, 6) ? ".\n" : "!\n", file);
  }
  if (fclose(file) != 0) fail("cannot write", path);
}

void generate(const char *root, int count, uint64_t seed) {
  char folder[PATH_SIZE], shelf[PATH_SIZE], path[PATH_SIZE], name[WORD_SIZE];
  Random random = {seed};
  make_folder(join(folder, root, "texts"));
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "%c%c", 'a' + i % 3, 'a' + i % 5);
    make_folder(join(shelf, folder, name));
    snprintf(name, sizeof name, "%04d.txt", i);
    write_text(join(path, shelf, name), &random);
  }
  printf("%d texts, the generator is at %016llx\n", count, (unsigned long long)random.state);
}

void remove_tree(const char *folder) {
  char path[PATH_SIZE], name[PATH_SIZE];
  for (;;) { /* a folder that changes is not read on */
    errno = 0;
    DIR *directory = opendir(folder);
    if (!directory) fail("cannot list", folder);
    struct dirent *entry;
    while ((entry = readdir(directory)) && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)) continue;
    if (entry) snprintf(name, sizeof name, "%s", entry->d_name);
    closedir(directory);
    if (!entry) break;
    struct stat status;
    if (stat(join(path, folder, name), &status) != 0) fail("cannot stat", path);
    if (S_ISDIR(status.st_mode)) remove_tree(path);
    else if (unlink(path) != 0) fail("cannot remove", path);
  }
  if (rmdir(folder) != 0) fail("cannot remove", folder);
}
