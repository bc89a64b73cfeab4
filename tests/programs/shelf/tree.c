/* A B+-tree in a file of pages. Page 0 is the header; leaves are chained; erased keys leave gaps, pages stay. */
#include <stdlib.h>
#include <string.h>

#include "shelf.h"

enum { FANOUT = 16, CACHE = 8, NO_PAGE = 0 };

typedef struct {
  char key[WORD_SIZE];
  uint64_t value; /* of a leaf: the value; of an inner page: the page with the keys from this one on */
} Cell;

typedef struct {
  uint32_t leaf, count;
  uint32_t next, spare; /* of a leaf: the one to the right */
  Cell cells[FANOUT];
} Page;

typedef struct {
  char magic[8];
  uint32_t root, pages, height, spare;
  uint64_t keys;
} Header;

typedef struct {
  uint32_t number;
  bool dirty;
  uint64_t used; /* when, by the tree's clock */
  Page page;
} Slot;

struct Tree {
  FILE *file;
  Header header;
  uint64_t clock, reads, writes;
  Slot slots[CACHE];
};

static void seek_page(Tree *tree, uint32_t number) {
  if (fseek(tree->file, (long)sizeof(Header) + (long)(number - 1) * (long)sizeof(Page), SEEK_SET) != 0)
    fail("cannot seek", "tree");
}

static void write_slot(Tree *tree, Slot *slot) {
  if (!slot->dirty) return;
  seek_page(tree, slot->number);
  if (fwrite(&slot->page, sizeof slot->page, 1, tree->file) != 1) fail("cannot write", "tree");
  tree->writes++;
  slot->dirty = false;
}

/* The page in the cache, until `CACHE` other pages were asked for. */
static Slot *slot_of(Tree *tree, uint32_t number, bool fresh) {
  Slot *oldest = tree->slots;
  for (Slot *slot = tree->slots; slot < tree->slots + CACHE; slot++) {
    if (slot->number == number) {
      slot->used = ++tree->clock;
      return slot;
    }
    if (slot->used < oldest->used) oldest = slot;
  }
  write_slot(tree, oldest);
  oldest->number = number;
  oldest->used = ++tree->clock;
  if (fresh) {
    memset(&oldest->page, 0, sizeof oldest->page);
    return oldest;
  }
  seek_page(tree, number);
  if (fread(&oldest->page, sizeof oldest->page, 1, tree->file) != 1) fail("page missing", "tree");
  tree->reads++;
  return oldest;
}

static Page *read_page(Tree *tree, uint32_t number) { return &slot_of(tree, number, false)->page; }

static Page *change_page(Tree *tree, uint32_t number) {
  Slot *slot = slot_of(tree, number, false);
  slot->dirty = true;
  return &slot->page;
}

static uint32_t new_page(Tree *tree, bool leaf) {
  uint32_t number = ++tree->header.pages;
  Slot *slot = slot_of(tree, number, true);
  slot->dirty = true;
  slot->page.leaf = leaf;
  return number;
}

Tree *open_tree(const char *path, bool fresh) {
  Tree *tree = allocate(sizeof *tree);
  tree->file = open_file(path, fresh ? "w+b" : "r+b");
  if (fresh) {
    memcpy(tree->header.magic, "shelf 1", 8);
    tree->header.root = new_page(tree, true);
    tree->header.height = 1;
  } else if (fread(&tree->header, sizeof tree->header, 1, tree->file) != 1 || memcmp(tree->header.magic, "shelf 1", 8)) {
    fail("no tree", path);
  }
  return tree;
}

void close_tree(Tree *tree) {
  for (int i = 0; i < CACHE; i++) write_slot(tree, &tree->slots[i]);
  rewind(tree->file);
  if (fwrite(&tree->header, sizeof tree->header, 1, tree->file) != 1 || fclose(tree->file) != 0)
    fail("cannot write", "tree");
  free(tree);
}

/* The number of cells whose key is not above `key`. */
static uint32_t rank(const Page *page, const char *key) {
  uint32_t low = 0, high = page->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (strcmp(page->cells[middle].key, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

static uint32_t child_of(const Page *page, const char *key) {
  uint32_t found = rank(page, key);
  return (uint32_t)page->cells[found ? found - 1 : 0].value;
}

static uint32_t leaf_of(Tree *tree, const char *key) {
  uint32_t number = tree->header.root;
  for (const Page *page; !(page = read_page(tree, number))->leaf;) number = child_of(page, key);
  return number;
}

static void insert_cell(Page *page, uint32_t at, const char *key, uint64_t value) {
  memmove(&page->cells[at + 1], &page->cells[at], (page->count - at) * sizeof(Cell));
  memset(&page->cells[at], 0, sizeof(Cell));
  strncpy(page->cells[at].key, key, WORD_SIZE - 1);
  page->cells[at].value = value;
  page->count++;
}

/* Moves the upper half of a full page to a new one on its right, which is given back. */
static uint32_t split(Tree *tree, uint32_t number) {
  uint32_t right = new_page(tree, read_page(tree, number)->leaf);
  Page *from = change_page(tree, number), *to = change_page(tree, right);
  to->count = FANOUT / 2;
  from->count = FANOUT - to->count;
  memcpy(to->cells, from->cells + from->count, to->count * sizeof(Cell));
  memset(from->cells + from->count, 0, to->count * sizeof(Cell));
  if (from->leaf) {
    to->next = from->next;
    from->next = right;
  }
  return right;
}

/* Puts below a page; gives the new page on its right, if it was split. */
static uint32_t put_below(Tree *tree, uint32_t number, const char *key, uint64_t value, bool *added) {
  const Page *page = read_page(tree, number);
  uint32_t at = rank(page, key);
  if (page->leaf) {
    if (at && strcmp(page->cells[at - 1].key, key) == 0) {
      change_page(tree, number)->cells[at - 1].value = value;
      return NO_PAGE;
    }
    *added = true;
  } else {
    uint32_t child = put_below(tree, child_of(page, key), key, value, added);
    if (child == NO_PAGE) return NO_PAGE;
    key = read_page(tree, child)->cells[0].key;
    value = child;
  }
  char copy[WORD_SIZE]; /* `key` may be in a page that leaves the cache */
  strcpy(copy, key);
  uint32_t right = NO_PAGE;
  if (read_page(tree, number)->count == FANOUT) {
    right = split(tree, number);
    if (strcmp(copy, read_page(tree, right)->cells[0].key) > 0) number = right;
  }
  Page *changed = change_page(tree, number);
  insert_cell(changed, rank(changed, copy), copy, value);
  return right;
}

bool put(Tree *tree, const char *key, uint64_t value) {
  bool added = false;
  uint32_t left = tree->header.root;
  uint32_t right = put_below(tree, left, key, value, &added);
  if (right != NO_PAGE) {
    char first[WORD_SIZE];
    strcpy(first, read_page(tree, right)->cells[0].key);
    uint32_t root = new_page(tree, false);
    Page *page = change_page(tree, root);
    insert_cell(page, 0, "", left); /* whatever comes later: no key is below this one */
    insert_cell(page, 1, first, right);
    tree->header.root = root;
    tree->header.height++;
  }
  tree->header.keys += added;
  return added;
}

bool get(Tree *tree, const char *key, uint64_t *value) {
  const Page *page = read_page(tree, leaf_of(tree, key));
  uint32_t at = rank(page, key);
  if (at == 0 || strcmp(page->cells[at - 1].key, key) != 0) return false;
  *value = page->cells[at - 1].value;
  return true;
}

bool erase(Tree *tree, const char *key) {
  uint32_t number = leaf_of(tree, key);
  const Page *found = read_page(tree, number);
  uint32_t at = rank(found, key);
  if (at == 0 || strcmp(found->cells[at - 1].key, key) != 0) return false;
  Page *page = change_page(tree, number);
  memmove(&page->cells[at - 1], &page->cells[at], (page->count - at) * sizeof(Cell));
  memset(&page->cells[--page->count], 0, sizeof(Cell));
  tree->header.keys--;
  return true;
}

void visit_from(Tree *tree, const char *first, Visit *visit, void *context) {
  uint32_t number = leaf_of(tree, first);
  while (number != NO_PAGE) {
    Page page = *read_page(tree, number); /* a copy: the visitor may read other pages */
    for (uint32_t i = 0; i < page.count; i++)
      if (strcmp(page.cells[i].key, first) >= 0 && !visit(page.cells[i].key, page.cells[i].value, context)) return;
    number = page.next;
  }
}

typedef struct {
  char last[WORD_SIZE];
  uint64_t keys, hash;
  bool sorted;
} Check;

static bool check_key(const char *key, uint64_t value, void *context) {
  Check *check = context;
  if (check->keys && strcmp(check->last, key) >= 0) check->sorted = false;
  strcpy(check->last, key);
  check->keys++;
  check->hash = hash_bytes(hash_bytes(check->hash, key, strlen(key)), &value, sizeof value);
  return true;
}

bool check_tree(Tree *tree) {
  Check check = {"", 0, UINT64_C(14695981039346656037), true};
  visit_from(tree, "", check_key, &check);
  bool right = check.sorted && check.keys == tree->header.keys;
  printf("tree: %llu keys, %u pages, height %u, hash %016llx, %s\n", (unsigned long long)check.keys, tree->header.pages,
         tree->header.height, (unsigned long long)check.hash, right ? "in order" : "BROKEN");
  printf("tree: %llu reads, %llu writes\n", (unsigned long long)tree->reads, (unsigned long long)tree->writes);
  return right;
}
