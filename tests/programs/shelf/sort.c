/* External merge sort: sorted runs in files of their own, merged two by two with a heap of one line each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shelf.h"

typedef struct {
  FILE *file;
  char line[LINE_SIZE];
} Source;

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static char *run_path(char *path, const char *folder, int number) {
  char name[WORD_SIZE];
  snprintf(name, sizeof name, "run%d", number);
  return join(path, folder, name);
}

static void write_run(const char *folder, int number, char **lines, int count) {
  char path[PATH_SIZE];
  qsort(lines, (size_t)count, sizeof *lines, by_text);
  FILE *file = open_file(run_path(path, folder, number), "w");
  for (int i = 0; i < count; i++) {
    fputs(lines[i], file);
    free(lines[i]);
  }
  if (fclose(file) != 0) fail("cannot write", path);
}

static int split_into_runs(const char *root, const char *folder, int run_size) {
  char texts[PATH_SIZE], path[PATH_SIZE], line[LINE_SIZE];
  char **lines = allocate(sizeof *lines * (size_t)run_size);
  Listing listing = list_files(join(texts, root, "texts"));
  int count = 0, runs = 0;
  for (int text = 0; text < listing.count; text++) {
    FILE *file = open_file(join(path, texts, listing.paths[text]), "r");
    while (fgets(line, sizeof line, file)) {
      lines[count++] = strcpy(allocate(strlen(line) + 1), line);
      if (count < run_size) continue;
      write_run(folder, runs++, lines, count);
      count = 0;
    }
    fclose(file);
  }
  if (count) write_run(folder, runs++, lines, count);
  free_listing(&listing);
  free(lines);
  return runs;
}

static void sift(Source **heap, int size, int at) {
  for (int child; (child = 2 * at + 1) < size; at = child) {
    if (child + 1 < size && strcmp(heap[child + 1]->line, heap[child]->line) < 0) child++;
    if (strcmp(heap[at]->line, heap[child]->line) <= 0) return;
    Source *moved = heap[at];
    heap[at] = heap[child];
    heap[child] = moved;
  }
}

void sort_lines(const char *root, int run_size) {
  char folder[PATH_SIZE], path[PATH_SIZE], sorted[PATH_SIZE];
  if (run_size < 1) fail("runs need lines", "sort");
  make_folder(join(folder, root, "runs"));
  int runs = split_into_runs(root, folder, run_size), size = 0;
  Source *sources = allocate(sizeof *sources * (size_t)(runs + 1)), **heap = allocate(sizeof *heap * (size_t)(runs + 1));
  for (int i = 0; i < runs; i++) {
    sources[i].file = open_file(run_path(path, folder, i), "r");
    heap[size++] = &sources[i];
    if (!fgets(sources[i].line, LINE_SIZE, sources[i].file)) fail("empty", path);
  }
  for (int i = size / 2 - 1; i >= 0; i--) sift(heap, size, i);
  FILE *out = open_file(join(sorted, root, "sorted.tmp"), "w");
  int lines = 0;
  uint64_t hash = UINT64_C(14695981039346656037);
  for (; size; lines++) {
    hash = hash_bytes(hash, heap[0]->line, strlen(heap[0]->line));
    fputs(heap[0]->line, out);
    if (!fgets(heap[0]->line, LINE_SIZE, heap[0]->file)) {
      fclose(heap[0]->file);
      heap[0] = heap[--size];
    }
    sift(heap, size, 0);
  }
  errno = 0;
  if (fclose(out) != 0 || rename(sorted, join(path, root, "sorted")) != 0) fail("cannot write", sorted);
  remove_tree(folder);
  free(sources);
  free(heap);
  printf("sorted %d lines in %d runs, hash %016llx\n", lines, runs, (unsigned long long)hash);
}
