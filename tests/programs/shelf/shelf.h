/* shelf: keeps a folder of texts, indexes it in a B-tree file, ranks, sorts, and computes. What all parts share. */
#ifndef SHELF_H
#define SHELF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { PATH_SIZE = 256, WORD_SIZE = 32, LINE_SIZE = 512 };

/* tools.c */

/* Prints a message with the name of the file and errno's text, if there is one, and exits with status 2. */
_Noreturn void fail(const char *message, const char *path);
void *allocate(size_t size);
void *enlarge(void *block, size_t size);
/* A path in a buffer of PATH_SIZE bytes; gives the buffer. */
char *join(char *buffer, const char *folder, const char *name);
FILE *open_file(const char *path, const char *mode);
void make_folder(const char *path);
/* A word of letters, in lower case, from a file: its length, 0 at the end. */
int read_word(FILE *file, char word[WORD_SIZE]);
/* A generator of numbers (xorshift64*): the same everywhere. */
typedef struct { uint64_t state; } Random;
uint32_t next_random(Random *random, uint32_t bound);
uint64_t hash_bytes(uint64_t hash, const void *data, size_t size);

/* walk.c: all files of a folder and those below it, in order of their paths. */

typedef struct {
  char **paths; /* relative to the folder */
  int count;
} Listing;

Listing list_files(const char *folder);
void free_listing(Listing *listing);

/* texts.c */

/* Writes so many texts of made-up words, a few to a folder. */
void generate(const char *root, int count, uint64_t seed);
/* Removes all files of a folder, then its folders. */
void remove_tree(const char *folder);

/* tree.c: a B+-tree in a file, from words to numbers. */

typedef struct Tree Tree;
/* Called with each key and its value, in order; stops when it gives false. */
typedef bool Visit(const char *key, uint64_t value, void *context);

Tree *open_tree(const char *path, bool fresh);
void close_tree(Tree *tree);
/* Sets a key's value; true if the key is new. */
bool put(Tree *tree, const char *key, uint64_t value);
bool get(Tree *tree, const char *key, uint64_t *value);
/* False if there was no such key. */
bool erase(Tree *tree, const char *key);
/* Visits the keys from `first` on. */
void visit_from(Tree *tree, const char *first, Visit *visit, void *context);
/* Checks order, links and counts; prints what it found. False if something is wrong. */
bool check_tree(Tree *tree);

/* search.c */

void build_index(const char *root);
void search(const char *root, const char *words);
void list_words(const char *root, const char *prefix);
void forget(const char *root, const char *prefix);
void check_index(const char *root);

/* sort.c: all lines of all texts, sorted with little memory, in the file "sorted". */
void sort_lines(const char *root, int run_size);

/* formula.c: computes a formula for each text and prints the extremes, mean and deviation. */
void compute(const char *root, const char *formula);

#endif
