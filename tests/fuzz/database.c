/* database.c -- a meta.db that somebody else wrote, or that rotted.
 *
 * Bytes that begin as SQLite's do are the file itself; others are edits of a good
 * one: offset (3 bytes, little endian), a count - 1 (1 byte), that many bytes.
 * Whatever it holds, opening and asking end with a status and a message. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "fixture.h"
#include "fuzz.h"
#include "os/sys.h"

static char dir[64];
static Buf good;

static const char *
path(const char *name)
{
    static char out[128];

    snprintf(out, sizeof out, "%s/%s", dir, name);
    return out;
}

static void
remove_dir(void)
{
    sys_remove(dir, NULL);
}

static void
release(void)
{
    remove_dir();
    buf_release(&good);
}

/* Moves what stands in the log into meta.db. */
static void
fold(Meta *m)
{
    DbStmt *st;
    Err err;

    MUST(db_query(meta_db(m), &st, &err, "pragma wal_checkpoint(truncate)", "") == OK);
    MUST(db_step(meta_db(m), st, &err) == 1);
    db_reset(st);
}

/* A good database as bytes. */
static void
make_good(void)
{
    Meta *m = NULL;
    Err err;

    snprintf(dir, sizeof dir, "/dev/shm/rille-fuzzdb-%ld", (long)getpid());
    MUST(meta_open(&m, dir, fixture_schema(), DB_CREATE, &err) == OK);
    MUST(fixture_write(m, &err) == OK);
    fold(m);
    meta_close(m);
    buf_init(&good);
    MUST(sys_read_file(path("meta.db"), &good, &err) == OK && good.len > 0);
    atexit(release);
}

static void
edit(char *p, size_t n, const uint8_t *data, size_t size)
{
    while (size > 4) {
        size_t at = (size_t)data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
        size_t count = (size_t)data[3] + 1;

        data += 4;
        size -= 4;
        if (count > size)
            count = size;
        at %= n;
        memcpy(p + at, data, count < n - at ? count : n - at);
        data += count;
        size -= count;
    }
}

static void
write_db(const uint8_t *data, size_t size)
{
    static const char magic[] = "SQLite format 3";
    FILE *f;
    char *p;

    remove_dir();
    mkdir(dir, 0700);
    f = fopen(path("meta.db"), "wb");
    MUST(f);
    if (size >= sizeof magic && memcmp(data, magic, sizeof magic) == 0) {
        MUST(fwrite(data, 1, size, f) == size);
    } else {
        p = malloc(good.len);
        MUST(p);
        memcpy(p, good.data, good.len);
        edit(p, good.len, data, size);
        MUST(fwrite(p, 1, good.len, f) == good.len);
        free(p);
    }
    MUST(fclose(f) == 0);
}

static void
use(int flags)
{
    Meta *m = NULL;
    Err err = {0};
    int code = meta_open(&m, dir, fixture_schema(), flags, &err);

    if (code == OK)
        code = fixture_read(m, &err);
    if (m && flags == 0)
        code = fixture_write(m, &err);
    MUST(code >= 0 || err.msg[0]);
    meta_close(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!good.len)
        make_good();
    write_db(data, size);
    use(DB_READONLY);
    use(0);
    return 0;
}
