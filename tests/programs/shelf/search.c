/* The index: per word a chain of postings in the file "postings", the last of them in the tree. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shelf.h"

enum { MOST_WORDS = 16, SHOWN = 5 };

typedef struct {
  uint64_t before; /* offset of the word's posting before this one, plus 1; 0: none */
  uint32_t text, count;
} Posting;

typedef struct {
  uint32_t text, words;
  double score;
} Hit;

typedef struct {
  char root[PATH_SIZE];
  Tree *tree;
  FILE *postings;
  Listing texts;
} Index;

static Index open_index(const char *root, bool fresh) {
  char path[PATH_SIZE];
  Index index;
  snprintf(index.root, sizeof index.root, "%s", root);
  index.tree = open_tree(join(path, root, "index"), fresh);
  index.postings = open_file(join(path, root, "postings"), fresh ? "w+b" : "r+b");
  index.texts = list_files(join(path, root, "texts"));
  return index;
}

static void close_index(Index *index) {
  close_tree(index->tree);
  fclose(index->postings);
  free_listing(&index->texts);
}

static void add_word(Index *index, const char *word, uint32_t text) {
  uint64_t last = 0;
  Posting posting = {0, text, 1};
  if (get(index->tree, word, &last)) {
    fseek(index->postings, (long)(last - 1), SEEK_SET);
    if (fread(&posting, sizeof posting, 1, index->postings) != 1) fail("posting missing", word);
    if (posting.text == text) {
      posting.count++;
      fseek(index->postings, -(long)sizeof posting, SEEK_CUR);
      fwrite(&posting, sizeof posting, 1, index->postings);
      return;
    }
    posting = (Posting){last, text, 1};
  }
  fseek(index->postings, 0, SEEK_END);
  uint64_t here = (uint64_t)ftell(index->postings) + 1;
  if (fwrite(&posting, sizeof posting, 1, index->postings) != 1) fail("cannot write", "postings");
  put(index->tree, word, here);
}

void build_index(const char *root) {
  char folder[PATH_SIZE], path[PATH_SIZE], word[WORD_SIZE];
  Index index = open_index(root, true);
  join(folder, root, "texts");
  uint64_t words = 0;
  for (int text = 0; text < index.texts.count; text++) {
    FILE *file = open_file(join(path, folder, index.texts.paths[text]), "r");
    for (; read_word(file, word); words++) add_word(&index, word, (uint32_t)text);
    fclose(file);
  }
  fseek(index.postings, 0, SEEK_END);
  printf("indexed %d texts, %llu words, %ld bytes of postings\n", index.texts.count, (unsigned long long)words,
         ftell(index.postings));
  close_index(&index);
}

static int by_score(const void *a, const void *b) {
  const Hit *x = a, *y = b;
  if (x->score != y->score) return x->score < y->score ? 1 : -1;
  return x->text < y->text ? -1 : x->text > y->text;
}

/* Adds a word's weight (tf-idf) to the texts it is in. */
static void score_word(Index *index, const char *word, Hit *hits) {
  uint64_t at, last;
  if (!get(index->tree, word, &last)) return;
  uint32_t texts = 0;
  Posting posting;
  for (int round = 0; round < 2; round++)
    for (at = last; at; at = posting.before) {
      fseek(index->postings, (long)(at - 1), SEEK_SET);
      if (fread(&posting, sizeof posting, 1, index->postings) != 1) fail("posting missing", word);
      if (round == 0) {
        texts++;
      } else {
        hits[posting.text].words++;
        hits[posting.text].score += (1 + log(posting.count)) * log((double)index->texts.count / texts);
      }
    }
}

void search(const char *root, const char *words) {
  Index index = open_index(root, false);
  Hit *hits = allocate(sizeof(Hit) * (size_t)(index.texts.count + 1));
  for (int i = 0; i < index.texts.count; i++) hits[i].text = (uint32_t)i;
  char copy[LINE_SIZE];
  snprintf(copy, sizeof copy, "%s", words);
  int count = 0;
  for (char *word = strtok(copy, " "); word && count < MOST_WORDS; word = strtok(NULL, " "), count++)
    score_word(&index, word, hits);
  qsort(hits, (size_t)index.texts.count, sizeof *hits, by_score);
  printf("search %s\n", words);
  for (int i = 0; i < SHOWN && i < index.texts.count && hits[i].words; i++)
    printf("  %-14s %d of %d words, %9.6f\n", index.texts.paths[hits[i].text], hits[i].words, count, hits[i].score);
  free(hits);
  close_index(&index);
}

typedef struct {
  const char *prefix;
  int shown;
  char words[256][WORD_SIZE];
} Prefix;

static bool collect(const char *key, uint64_t value, void *context) {
  Prefix *found = context;
  (void)value;
  if (strncmp(key, found->prefix, strlen(found->prefix)) != 0 || found->shown == 256) return false;
  strcpy(found->words[found->shown++], key);
  return true;
}

void list_words(const char *root, const char *prefix) {
  Index index = open_index(root, false);
  Prefix found = {prefix, 0, {{0}}};
  visit_from(index.tree, prefix, collect, &found);
  printf("%s: %d words:", prefix, found.shown);
  for (int i = 0; i < found.shown && i < 8; i++) printf(" %s", found.words[i]);
  putchar('\n');
  close_index(&index);
}

void forget(const char *root, const char *prefix) {
  Index index = open_index(root, false);
  Prefix found = {prefix, 0, {{0}}};
  visit_from(index.tree, prefix, collect, &found);
  int erased = 0;
  for (int i = 0; i < found.shown; i++) erased += erase(index.tree, found.words[i]) && !erase(index.tree, found.words[i]);
  printf("forgot %d words\n", erased);
  close_index(&index);
}

void check_index(const char *root) {
  Index index = open_index(root, false);
  errno = 0;
  if (!check_tree(index.tree)) fail("broken", "index");
  close_index(&index);
}
