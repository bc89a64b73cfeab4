/* What SQLite is to do: a table of 1,000 rows in a file, an index, queries; then all of it once more after reopening. */
#include <stdio.h>
#include <stdlib.h>

#include "sqlite3.h"

static int print_row(void *context, int count, char **values, char **names) {
  (void)context;
  (void)names;
  for (int i = 0; i < count; i++) printf("%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
  putchar('\n');
  return 0;
}

static void run(sqlite3 *db, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(db, sql, print_row, NULL, &message) == SQLITE_OK) return;
  printf("%s: %s\n", sql, message);
  exit(1);
}

static sqlite3 *open_database(const char *path) {
  sqlite3 *db;
  if (sqlite3_open(path, &db) == SQLITE_OK) return db;
  printf("%s: %s\n", path, sqlite3_errmsg(db));
  exit(1);
}

static void insert_rows(sqlite3 *db, int count) {
  sqlite3_stmt *insert;
  run(db, "begin");
  if (sqlite3_prepare_v2(db, "insert into t values (?, ?, ?)", -1, &insert, NULL) != SQLITE_OK) exit(1);
  for (int i = 0; i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "name %d", i * 7919 % 1000);
    sqlite3_bind_int(insert, 1, i);
    sqlite3_bind_text(insert, 2, name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_double(insert, 3, i * 0.25);
    if (sqlite3_step(insert) != SQLITE_DONE) exit(1);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  run(db, "commit");
}

static void query(sqlite3 *db) {
  run(db, "select count(*), sum(v), min(name), max(name) from t");
  run(db, "explain query plan select v from t where name = 'name 42'");
  run(db, "select id, v from t where name = 'name 42'");
  run(db, "select id % 5, count(*), round(avg(v), 3) from t group by 1 order by 3 desc limit 3");
  run(db, "select a.id, b.id from t a join t b on b.name = 'name ' || a.id where a.id between 10 and 12");
  run(db, "with recursive f(a, b) as (values (0, 1) union all select b, a + b from f limit 60) select max(a) from f");
}

int main(int count, char **arguments) {
  const char *path = count > 1 ? arguments[1] : ":memory:";
  sqlite3 *db = open_database(path);
  run(db, "create table t (id integer primary key, name text, v real)");
  insert_rows(db, 1000);
  run(db, "create index by_name on t (name)");
  query(db);
  if (count > 1) {
    run(db, "delete from t where id % 10 = 3");
    sqlite3_close(db);
    db = open_database(path);
    run(db, "pragma integrity_check");
    query(db);
  }
  run(db, "select upper('abc') || printf('%.3f', 2.0 / 3), json_extract('{\"a\": [1, 2]}', '$.a[1]')");
  return sqlite3_close(db);
}
