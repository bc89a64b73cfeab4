#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shelf.h"

static void add(Listing *listing, const char *path) {
  if ((listing->count & (listing->count - 1)) == 0)
    listing->paths = enlarge(listing->paths, sizeof(char *) * (size_t)(listing->count ? 2 * listing->count : 1));
  char *copy = allocate(strlen(path) + 1);
  listing->paths[listing->count++] = strcpy(copy, path);
}

static void walk(Listing *listing, const char *folder, const char *below) {
  char path[PATH_SIZE], inside[PATH_SIZE], full[PATH_SIZE];
  errno = 0;
  DIR *directory = opendir(*below ? join(path, folder, below) : folder);
  if (!directory) fail("cannot list", *below ? path : folder);
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (*below) join(inside, below, entry->d_name);
    else snprintf(inside, sizeof inside, "%s", entry->d_name);
    struct stat status;
    if (stat(join(full, folder, inside), &status) != 0) fail("cannot stat", full);
    if (S_ISDIR(status.st_mode)) walk(listing, folder, inside);
    else add(listing, inside);
  }
  closedir(directory);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

Listing list_files(const char *folder) {
  Listing listing = {NULL, 0};
  walk(&listing, folder, "");
  if (listing.count) qsort(listing.paths, (size_t)listing.count, sizeof(char *), by_name);
  return listing;
}

void free_listing(Listing *listing) {
  for (int i = 0; i < listing->count; i++) free(listing->paths[i]);
  free(listing->paths);
  *listing = (Listing){NULL, 0};
}
