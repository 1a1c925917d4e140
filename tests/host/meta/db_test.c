/* db_test.c -- the database file: versions, damage, forks, transactions. */
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "check.h"
#include "meta/db.h"
#include "meta/db_core.h"
#include "os/sys.h"

static const char ONE[] = "-- head\n"
                          "-- version 1\n"
                          "create table t(id integer primary key, a text, b blob, d real);\n";
static const char TWO[] = "-- version 1\n"
                          "create table t(id integer primary key, a text, b blob, d real);\n"
                          "-- version 2\n"
                          "alter table t add column c integer default 7;\n";
static const char BAD[] = "-- version 1\n"
                          "create table t(id integer primary key, a text, b blob, d real);\n"
                          "-- version 2\n"
                          "create table u(x);\n"
                          "create table nonsense(;\n";

static char dir[64];

static const char *
path(const char *name)
{
    static char out[128];

    snprintf(out, sizeof out, "%s/%s", dir, name);
    return out;
}

/* Hash of the file, or of nothing when it is not there. */
static void
digest(const char *name, unsigned char out[HASH_SIZE])
{
    Buf b;

    buf_init(&b);
    sys_read_file(path(name), &b, NULL);
    hash_of(b.data, b.len, out);
    buf_release(&b);
}

static void
fresh(void)
{
    sys_remove(dir, NULL);
}

static Db *
open_ok(const char *schema, int flags)
{
    Err err = {0};
    Db *db = NULL;

    if (db_open(&db, dir, schema, flags, &err))
        printf("db_open: %s\n", err.msg);
    return db;
}

static int64_t
count(Db *db)
{
    int64_t n = -1;

    db_get_int(db, &n, -1, NULL, "select count(*) from t", "");
    return n;
}

static Slice
slice(const char *s)
{
    return (Slice){s, strlen(s)};
}

static int
insert(Db *db)
{
    return db_run(db, NULL, "insert into t(a) values(?)", "s", slice("x"));
}

/* Writes bytes into the closed database file. */
static void
poke(long offset, const void *p, size_t n)
{
    FILE *f = fopen(path("meta.db"), "r+b");

    CHECK(f && fseek(f, offset, SEEK_SET) == 0 && fwrite(p, 1, n, f) == n);
    if (f)
        fclose(f);
}

static void
a_missing_database_is_made_only_when_asked(void)
{
    Err err;
    Db *db;

    fresh();
    CHECK(db_open(&db, dir, ONE, 0, &err) == ERR_NOTFOUND && !db);
    CHECK((db = open_ok(ONE, DB_CREATE)) != NULL);
    CHECK(count(db) == 0);
    db_close(db);
    db_close(NULL);
    CHECK((db = open_ok(ONE, DB_READONLY)) != NULL);
    CHECK(count(db) == 0);
    db_close(db);
}

static void
values_come_back_as_they_were_bound(void)
{
    static const unsigned char id[32] = {1, 2, 3};
    DbStmt *st;
    Db *db;

    fresh();
    db = open_ok(ONE, DB_CREATE);
    CHECK(db_begin(db, 0, NULL) == OK);
    CHECK(db_run(db, NULL, "insert into t values(?, ?, ?, ?)", "isbd", (int64_t)5,
                 (Slice){"a\0b", 3}, (Slice){"", 0}, 0.5) == OK);
    CHECK(db_last_id(db) == 5 && db_changes(db) == 1);
    CHECK(db_run(db, NULL, "insert into t values(?, ?, ?, 0.0 / 0)", "rsh", (int64_t)0,
                 (Slice){NULL, 0}, id) == OK);
    CHECK(db_commit(db, NULL) == OK);
    CHECK(db_query(db, &st, NULL, "select * from t order by id", "") == OK);
    CHECK(db_step(db, st, NULL) == 1);
    CHECK(db_columns(st) == 4 && db_int(st, 0) == 5 && db_real(st, 3) == 0.5);
    CHECK_STR(db_name(st, 1), "a");
    CHECK(db_bytes(st, 1).len == 3 && db_type(st, 1) == DB_TEXT);
    CHECK(db_bytes(st, 2).data && db_bytes(st, 2).len == 0 && !db_digest(st, 2));
    CHECK(db_step(db, st, NULL) == 1);
    CHECK(db_type(st, 1) == DB_NULL && !db_bytes(st, 1).data && db_type(st, 3) == DB_NULL);
    CHECK(db_digest(st, 2) && memcmp(db_digest(st, 2), id, 32) == 0);
    CHECK(db_step(db, st, NULL) == 0);
    db_close(db);
}

static void
a_rollback_leaves_nothing_and_gives_the_lock_back(void)
{
    Db *db, *other;

    fresh();
    db = open_ok(ONE, DB_CREATE);
    other = open_ok(ONE, 0);
    CHECK(db_begin(db, 0, NULL) == OK && insert(db) == OK);
    db_rollback(db);
    CHECK(db_begin(other, 1, NULL) == OK && insert(other) == OK);
    CHECK(db_commit(other, NULL) == OK);
    CHECK(count(db) == 1);
    CHECK(db_begin(db, 0, NULL) == OK);
    db_close(db);               /* in the middle */
    CHECK(db_begin(other, 0, NULL) == OK && db_commit(other, NULL) == OK);
    db_close(other);
}

static void
changes_of_others_are_noticed_and_own_ones_not(void)
{
    int changed;
    Db *db, *other;

    fresh();
    db = open_ok(ONE, DB_CREATE);
    other = open_ok(ONE, 0);
    db_changed_by_others(db, &changed, NULL);
    db_begin(db, 0, NULL), insert(db), db_commit(db, NULL);
    CHECK(db_changed_by_others(db, &changed, NULL) == OK && !changed);
    db_begin(other, 0, NULL), insert(other), db_commit(other, NULL);
    CHECK(db_changed_by_others(db, &changed, NULL) == OK && changed);
    db_close(db);
    db_close(other);
}

static void
a_reader_that_was_left_does_not_stop_a_writer(void)
{
    DbStmt *st;
    Db *db, *other;

    fresh();
    db = open_ok(ONE, DB_CREATE);
    other = open_ok(ONE, 0);
    db_begin(db, 0, NULL), insert(db), insert(db), db_commit(db, NULL);
    CHECK(db_query(db, &st, NULL, "select id from t", "") == OK);
    CHECK(db_step(db, st, NULL) == 1);
    db_begin(other, 0, NULL), insert(other), db_commit(other, NULL);
    CHECK(db_begin(db, 0, NULL) == OK && insert(db) == OK && db_commit(db, NULL) == OK);
    CHECK(count(db) == 4);
    db_close(db);
    db_close(other);
}

static void
a_newer_database_is_refused_and_not_a_byte_changes(void)
{
    unsigned char before[HASH_SIZE], after[HASH_SIZE];
    Err err = {0};
    Db *db;

    fresh();
    db_close(open_ok(ONE, DB_CREATE));
    poke(60, "\0\0\0\7", 4);    /* user_version */
    unlink(path("meta.db-wal"));
    unlink(path("meta.db-shm"));
    digest("meta.db", before);
    CHECK(db_open(&db, dir, ONE, DB_CREATE, &err) == ERR_VERSION && !db);
    CHECK(strstr(err.msg, "was written by a newer rille (format 7, this program knows 1); "
                          "update rille"));
    digest("meta.db", after);
    CHECK(memcmp(before, after, HASH_SIZE) == 0);
    CHECK(access(path("meta.db-wal"), F_OK) != 0 && access(path("meta.db-shm"), F_OK) != 0);
}

static void
a_version_that_is_still_in_the_wal_counts(void)
{
    unsigned char before[HASH_SIZE], after[HASH_SIZE];
    Err err = {0};
    Db *db;

    fresh();
    db_close(open_ok(ONE, DB_CREATE));
    db_close(open_ok(TWO, 0));  /* migrated, in the WAL */
    digest("meta.db", before);
    CHECK(db_open(&db, dir, ONE, 0, &err) == ERR_VERSION);
    digest("meta.db", after);
    CHECK(memcmp(before, after, HASH_SIZE) == 0);
}

static void
an_older_database_is_backed_up_and_brought_up_to_date(void)
{
    char backup[128];
    int64_t n = 0;
    Err err = {0};
    Db *db;

    fresh();
    db = open_ok(ONE, DB_CREATE);
    db_begin(db, 0, NULL), insert(db), db_commit(db, NULL);
    db_close(db);
    CHECK(db_open(&db, dir, TWO, DB_READONLY, &err) == ERR_VERSION);
    CHECK(strstr(err.msg, "older rille"));
    CHECK((db = open_ok(TWO, 0)) != NULL);
    CHECK(db_get_int(db, &n, 0, NULL, "select c from t", "") == OK && n == 7);
    db_close(db);
    CHECK(access(path("meta.db.v1.bak"), F_OK) == 0);
    /* the backup is a whole database of the old format */
    unlink(path("meta.db-wal"));
    snprintf(backup, sizeof backup, "%s", path("meta.db.v1.bak"));
    CHECK(rename(backup, path("meta.db")) == 0);
    CHECK((db = open_ok(ONE, 0)) != NULL && count(db) == 1);
    db_close(db);
}

static void
a_new_database_has_the_latest_version(void)
{
    int64_t n = 0;
    Db *db;

    fresh();
    db = open_ok(TWO, DB_CREATE);
    CHECK(db_get_int(db, &n, 0, NULL, "pragma user_version", "") == OK && n == 2);
    CHECK(access(path("meta.db.v1.bak"), F_OK) != 0);
    db_close(db);
}

static void
a_migration_that_fails_changes_nothing(void)
{
    int64_t n = -1;
    Err err = {0};
    Db *db;

    fresh();
    db_close(open_ok(ONE, DB_CREATE));
    CHECK(db_open(&db, dir, BAD, 0, &err) != OK && !db);
    CHECK((db = open_ok(ONE, 0)) != NULL);
    CHECK(db_get_int(db, &n, -1, NULL,
                     "select count(*) from sqlite_schema where name = 'u'", "") == OK &&
          n == 0);
    db_close(db);
}

static void
what_is_no_database_is_refused_with_advice(void)
{
    Err err = {0};
    Db *db;

    fresh();
    db_close(open_ok(ONE, DB_CREATE));
    poke(0, "This is not it..", 16);
    CHECK(db_open(&db, dir, ONE, DB_CREATE, &err) == ERR_CORRUPT && !db);
    CHECK(strstr(err.msg, "move it away"));
}

static void
the_database_of_another_program_is_refused(void)
{
    Err err = {0};
    Db *db;

    fresh();
    db_close(open_ok(ONE, DB_CREATE));
    poke(68, "\0\0\0\1", 4);    /* application_id */
    CHECK(db_open(&db, dir, ONE, 0, &err) == ERR_CORRUPT);
    CHECK(strstr(err.msg, "another program"));
}

static void
an_empty_file_is_made_anew_only_when_asked(void)
{
    Err err;
    Db *db;

    fresh();
    db_close(open_ok(ONE, DB_CREATE));
    unlink(path("meta.db-wal"));
    CHECK(truncate(path("meta.db"), 0) == 0);
    CHECK(db_open(&db, dir, ONE, 0, &err) == ERR_NOTFOUND);
    CHECK((db = open_ok(ONE, DB_CREATE)) != NULL);
    CHECK(count(db) == 0);
    db_close(db);
}

static void
a_forked_process_cannot_use_the_handle(void)
{
    int status = -1;
    pid_t pid;
    Db *db;

    fresh();
    db = open_ok(ONE, DB_CREATE);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        Err err = {0};
        int64_t n;
        int bad = db_begin(db, 0, &err) != ERR_INVAL || !strstr(err.msg, "forked") ||
                  db_get_int(db, &n, 0, &err, "select 1", "") != ERR_INVAL;

        db_close(db);
        _exit(bad);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
    CHECK(db_begin(db, 0, NULL) == OK && insert(db) == OK && db_commit(db, NULL) == OK);
    CHECK(count(db) == 1);
    db_close(db);
}

static void
a_long_wal_is_bounded_and_the_last_to_close_empties_it(void)
{
    static char big[20000];
    struct stat st = {0};
    Db *db, *reader;
    DbStmt *row;

    fresh();
    db = open_ok(ONE, DB_CREATE);
    memset(big, 'x', sizeof big);
    for (int i = 0; i < 1500; i++) {
        db_begin(db, 0, NULL);
        db_run(db, NULL, "insert into t(b) values(?)", "b", (Slice){big, sizeof big});
        db_commit(db, NULL);
    }
    CHECK(stat(path("meta.db-wal"), &st) == 0 && st.st_size > 0);
    CHECK(st.st_size < 24 << 20);
    /* while somebody reads the log it stays */
    reader = open_ok(ONE, DB_READONLY);
    CHECK(db_query(reader, &row, NULL, "select id from t", "") == OK);
    CHECK(db_step(reader, row, NULL) == 1);
    db_close(db);
    CHECK(stat(path("meta.db-wal"), &st) == 0 && st.st_size > 0);
    CHECK(count(reader) == 1500);
    db_close(reader);
    db = open_ok(ONE, 0);
    db_begin(db, 1, NULL), insert(db), db_commit(db, NULL);
    db_close(db);
    CHECK(stat(path("meta.db-wal"), &st) == 0 && st.st_size == 0);
    CHECK((db = open_ok(ONE, 0)) != NULL && count(db) == 1501);
    db_close(db);
}

static void
a_reader_that_stays_costs_only_some_runs_a_wait(void)
{
    int waits = 0;

    CHECK(!db_waits_for_readers(0, 0) && !db_waits_for_readers(0, DB_WAL_MOST - 1));
    CHECK(db_waits_for_readers(0, DB_WAL_MOST));
    CHECK(!db_waits_for_readers(5 * DB_WAL_MOST, 10));      /* a log that began anew */
    /* runs of 20 pages each, while somebody reads the first */
    for (int pages = 0; pages < 10 * DB_WAL_MOST; pages += 20)
        waits += db_waits_for_readers(pages, pages + 20);
    CHECK(waits == 10);
}

static void
under_a_reader_that_stays_the_log_grows_and_no_commit_is_lost(void)
{
    static char big[20000];
    struct stat st = {0};
    Db *db, *reader;

    fresh();
    db = open_ok(ONE, DB_CREATE);
    db_begin(db, 0, NULL), insert(db), db_commit(db, NULL);
    reader = open_ok(ONE, DB_READONLY);
    CHECK(db_hold(reader, NULL) == OK && count(reader) == 1);
    memset(big, 'x', sizeof big);
    for (int i = 1; i < 1500; i++) {
        db_begin(db, 0, NULL);
        db_run(db, NULL, "insert into t(b) values(?)", "b", (Slice){big, sizeof big});
        CHECK(db_commit(db, NULL) == OK);
    }
    CHECK(stat(path("meta.db-wal"), &st) == 0 && st.st_size > 24 << 20);
    CHECK(count(reader) == 1);
    db_release(reader);
    CHECK(count(reader) == 1500);
    db_close(reader);
    db_begin(db, 0, NULL), insert(db), db_commit(db, NULL);
    db_close(db);
    CHECK(stat(path("meta.db-wal"), &st) == 0 && st.st_size == 0);
    CHECK((db = open_ok(ONE, 0)) != NULL && count(db) == 1501);
    db_close(db);
}

static int
count_pages(void *user, int64_t page, Err *err)
{
    (void)err, (void)page;
    ++*(int *)user;
    return OK;
}

static int
bad_pages(void)
{
    Db *db = open_ok(ONE, 0);
    int n = 0, rc = db_check_pages(db, count_pages, &n, NULL);

    db_close(db);
    return rc == OK ? n : -1;
}

static void
a_changed_byte_of_a_page_is_seen(void)
{
    Db *db;

    fresh();
    db = open_ok(ONE, DB_CREATE);
    db_close(db);
    CHECK(bad_pages() == 0);    /* as it was made */
    db = open_ok(ONE, 0);
    db_begin(db, 1, NULL);
    for (int i = 0; i < 1000; i++)
        insert(db);
    db_commit(db, NULL);
    db_close(db);
    CHECK(bad_pages() == 0);    /* as it was moved from the log */
    poke(4096 + 3000, "\x5a", 1);
    CHECK(bad_pages() == 1);
}

/* n durable transactions, as if the process was killed after them: the log stays. */
static void
killed_after(int n)
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        Db *db = open_ok(ONE, DB_CREATE);

        while (n-- > 0)
            db_begin(db, 1, NULL), insert(db), db_commit(db, NULL);
        _exit(0);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

static void
copy(const char *from, const char *to)
{
    char source[128];
    Buf b;

    buf_init(&b);
    snprintf(source, sizeof source, "%s", path(from));
    CHECK(sys_read_file(source, &b, NULL) == OK);
    CHECK(sys_write_file(path(to), b.data ? (void *)b.data : "", b.len, NULL) == OK);
    buf_release(&b);
}

static int64_t
lost(void)
{
    Db *db = open_ok(ONE, 0);
    int64_t n = -1;

    db_lost(db, &n, NULL);
    db_close(db);
    return n;
}

static void
one_more(void)
{
    Db *db = open_ok(ONE, 0);

    db_acknowledge_lost(db);
    CHECK(db && db_begin(db, 1, NULL) == OK && insert(db) == OK && db_commit(db, NULL) == OK);
    db_close(db);
}

static void
what_a_killed_process_committed_is_there(void)
{
    Db *db;

    fresh();
    killed_after(3);
    CHECK(lost() == 0);
    CHECK((db = open_ok(ONE, 0)) != NULL && count(db) == 3);
    db_close(db);
    one_more();
    CHECK(lost() == 0);
}

static void
a_log_is_not_applied_to_another_state_of_the_database(void)
{
    Err err = {0};
    Db *db = NULL;

    fresh();
    killed_after(2);
    one_more();                                 /* moves the log */
    copy("meta.db", "old.db");
    one_more();
    killed_after(2);
    copy("meta.db-wal", "old.db-wal");
    copy("old.db", "meta.db");
    CHECK(db_open(&db, dir, ONE, 0, &err) == ERR_CORRUPT && !db);
    CHECK(strstr(err.msg, "to keep this meta.db, move meta.db-wal away"));
    /* as it says */
    unlink(path("meta.db-wal"));
    CHECK((db = open_ok(ONE, 0)) != NULL && count(db) == 3);
    db_close(db);
    CHECK(lost() == 3);
    one_more();
    CHECK(lost() == 0);
    /* nor one of a time before, which has a part of what meta.db has */
    copy("old.db-wal", "meta.db-wal");
    CHECK(db_open(&db, dir, ONE, 0, &err) == ERR_CORRUPT);
    CHECK(truncate(path("meta.db-wal"), 0) == 0);
    killed_after(1);
    copy("meta.db-wal", "old.db-wal");
    killed_after(3);
    one_more();                                 /* all moved */
    copy("old.db-wal", "meta.db-wal");
    CHECK(db_open(&db, dir, ONE, 0, &err) == ERR_CORRUPT);
}

static uint32_t
number_at(const unsigned char *bytes, size_t at)
{
    const unsigned char *p = bytes + at;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Moves the newest bytes of the first `most` pages that the log has into meta.db, in the
 * order of pages as SQLite does; how many it has. */
static int
move_pages(const Buf *log, int most)
{
    enum { PAGE = 4096, FRAME = 24 + PAGE };
    int moved = 0;

    for (uint32_t page = 1; page < 200 && moved < most; page++) {
        size_t newest = 0;

        for (size_t at = 32; at + FRAME <= log->len; at += FRAME)
            if (number_at(log->data, at) == page &&
                memcmp(log->data + at + 8, log->data + 16, 8) == 0)
                newest = at;
        if (!newest)
            continue;
        poke((long)(page - 1) * PAGE, log->data + newest + 24, PAGE);
        moved++;
    }
    return moved;
}

static void
killed_after_growing(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        Db *db = open_ok(ONE, DB_CREATE);

        for (int i = 0; i < 3; i++)
            if (db_begin(db, 1, NULL) ||
                db_run(db, NULL, "insert into t(b) values(zeroblob(20000))", "") ||
                db_commit(db, NULL))
                _exit(1);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

/* The disk was full, or the process was killed. */
static void
a_log_that_was_being_moved_fits_however_far_it_came(void)
{
    Err err = {0};
    Db *db = NULL;
    Buf log;
    int all;

    fresh();
    killed_after(2);
    copy("meta.db-wal", "other.db-wal");
    one_more();
    killed_after_growing();
    copy("meta.db", "old.db");
    copy("meta.db-wal", "old.db-wal");
    buf_init(&log);
    CHECK(sys_read_file(path("old.db-wal"), &log, NULL) == OK);
    all = move_pages(&log, 200);
    CHECK(all > 12);
    for (int k = 0; k <= all; k++) {
        copy("old.db", "meta.db");
        copy("old.db-wal", "meta.db-wal");
        unlink(path("meta.db-shm"));
        CHECK(move_pages(&log, k) == k);
        CHECK((db = open_ok(ONE, 0)) != NULL && count(db) == 6);
        db_close(db);
        CHECK(lost() == 0);
        /* nor does it hide that a log is another one's */
        copy("old.db", "meta.db");
        copy("other.db-wal", "meta.db-wal");
        move_pages(&log, k);
        CHECK(db_open(&db, dir, ONE, 0, &err) == ERR_CORRUPT);
    }
    buf_release(&log);
}

static void
a_new_database_takes_nothing_from_an_old_log(void)
{
    Db *db;

    fresh();
    killed_after(2);
    unlink(path("meta.db"));
    CHECK((db = open_ok(ONE, DB_CREATE)) != NULL && count(db) == 0);
    db_close(db);
    CHECK(lost() == 2);
    one_more();
    CHECK(lost() == 0);
    killed_after(2);
    CHECK(truncate(path("meta.db"), 0) == 0);
    CHECK((db = open_ok(ONE, DB_CREATE)) != NULL && count(db) == 0);
    db_close(db);
}

static void
a_log_that_is_gone_or_damaged_is_noticed(void)
{
    FILE *f;

    fresh();
    killed_after(3);
    CHECK((f = fopen(path("meta.db-wal"), "r+b")) != NULL);
    CHECK(fseek(f, -100, SEEK_END) == 0 && fputc(0x5a, f) == 0x5a && fclose(f) == 0);
    CHECK(lost() == 1);
    unlink(path("meta.db-wal"));
    CHECK(lost() == 3);
    /* what is written before anybody was told does not hide it */
    killed_after(2);
    CHECK(lost() == 3);
    one_more();
    CHECK(lost() == 0);
}

static void
a_select_takes_values(void)
{
    DbValue v = {DB_INT, {.i = 41}};
    Err err = {0};
    DbStmt *st;
    Db *db;

    fresh();
    db = open_ok(ONE, DB_CREATE);
    CHECK(db_select(db, &st, "select ? + 1", &v, 1, &err) == OK);
    CHECK(db_step(db, st, &err) == 1 && db_int(st, 0) == 42);
    db_finish(st);
    CHECK(db_select(db, &st, "select nothing", NULL, 0, &err) == ERR_INVAL && !st);
    v = (DbValue){DB_TEXT, {.s = {"x", 1}}};
    CHECK(db_query_values(db, &st, &err, "select ?1 || ?1", &v, 1) == OK);
    CHECK(db_step(db, st, &err) == 1 && db_bytes(st, 0).len == 2);
    db_reset(st);
    db_close(db);
}

int
main(void)
{
    snprintf(dir, sizeof dir, "/tmp/db_test.%ld", (long)getpid());
    RUN(a_missing_database_is_made_only_when_asked);
    RUN(values_come_back_as_they_were_bound);
    RUN(a_rollback_leaves_nothing_and_gives_the_lock_back);
    RUN(changes_of_others_are_noticed_and_own_ones_not);
    RUN(a_reader_that_was_left_does_not_stop_a_writer);
    RUN(a_newer_database_is_refused_and_not_a_byte_changes);
    RUN(a_version_that_is_still_in_the_wal_counts);
    RUN(an_older_database_is_backed_up_and_brought_up_to_date);
    RUN(a_new_database_has_the_latest_version);
    RUN(a_migration_that_fails_changes_nothing);
    RUN(what_is_no_database_is_refused_with_advice);
    RUN(the_database_of_another_program_is_refused);
    RUN(an_empty_file_is_made_anew_only_when_asked);
    RUN(a_forked_process_cannot_use_the_handle);
    RUN(a_long_wal_is_bounded_and_the_last_to_close_empties_it);
    RUN(a_reader_that_stays_costs_only_some_runs_a_wait);
    RUN(under_a_reader_that_stays_the_log_grows_and_no_commit_is_lost);
    RUN(a_changed_byte_of_a_page_is_seen);
    RUN(what_a_killed_process_committed_is_there);
    RUN(a_log_is_not_applied_to_another_state_of_the_database);
    RUN(a_log_that_was_being_moved_fits_however_far_it_came);
    RUN(a_new_database_takes_nothing_from_an_old_log);
    RUN(a_log_that_is_gone_or_damaged_is_noticed);
    RUN(a_select_takes_values);
    fresh();
    return check_done();
}
