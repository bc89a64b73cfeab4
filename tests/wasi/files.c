#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
int main(int argc, char **argv) {
  printf("hello %d %s\n", argc, argc > 1 ? argv[1] : "-");
  printf("HOME=%s\n", getenv("HOME") ? getenv("HOME") : "(none)");
  FILE *f = fopen("/data/out.txt", "w");
  if (!f) { printf("open: %s\n", strerror(errno)); return 3; }
  for (int i = 0; i < 1000; i++) fprintf(f, "%d %f\n", i, i * 0.5);
  fclose(f);
  f = fopen("/data/out.txt", "r"); char line[80]; int n = 0; double sum = 0; int a; double b;
  while (fgets(line, sizeof line, f)) { sscanf(line, "%d %lf", &a, &b); n++; sum += b; }
  fclose(f); printf("%d lines, %g\n", n, sum);
  f = fopen("/data/../../etc/passwd", "r"); printf("escape: %s\n", f ? "OPEN" : strerror(errno));
  DIR *d = opendir("/data"); struct dirent *e; while ((e = readdir(d))) if (e->d_name[0] != '.') printf("entry %s\n", e->d_name);
  closedir(d);
  struct stat st; stat("/data/out.txt", &st); printf("size %lld\n", (long long)st.st_size);
  while (fgets(line, sizeof line, stdin)) printf("in: %s", line);
  return 7;
}
