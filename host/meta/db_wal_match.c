/* db_wal_match.c -- see db_core.h: which transactions there were, outside of SQLite's view.
 *
 * SQLite applies any log that is well formed to the meta.db beside it.  After a
 * backup was put in the place of one of the two that would mix two histories, so
 * whoever opens a database with a log compares their transactions first. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "meta/db_core.h"
#include "os/sys.h"

enum {
    LOG_HEADER = 32, FRAME_HEADER = 24, /* of SQLite's log: sqlite.org/walformat.html */
    PAGE_MOST = 65536, LINE = 96,
    CELL = 5 + DB_STATE_SIZE             /* length, row id, record header, the row */
};

static const char MAGIC[] = "rilletxn";

const char db_state_table[] =
    "create table if not exists transaction_state("
    " id integer primary key check(id = 1), bytes blob not null);"
    "insert or ignore into transaction_state values(1, "
    " cast('rilletxn' as blob) || zeroblob(24));";

static uint64_t
get64(const unsigned char *p)
{
    uint64_t v = 0;

    for (int i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

static uint32_t
get32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
put64(unsigned char *p, uint64_t v)
{
    for (int i = 7; i >= 0; i--, v >>= 8)
        p[i] = (unsigned char)v;
}

int
db_state_decode(const void *p, size_t n, DbState *out)
{
    const unsigned char *from = p;

    memset(out, 0, sizeof *out);
    if (!p || n != DB_STATE_SIZE || memcmp(from, MAGIC, 8) != 0)
        return 0;
    *out = (DbState){get64(from + 8), get64(from + 16), (int64_t)get64(from + 24)};
    return 1;
}

void
db_state_encode(const DbState *s, unsigned char out[DB_STATE_SIZE])
{
    memcpy(out, MAGIC, 8);
    put64(out + 8, s->id);
    put64(out + 16, s->before);
    put64(out + 24, (uint64_t)s->number);
}

int
db_state_read(sqlite3 *sqlite, DbState *out)
{
    sqlite3_stmt *st = NULL;
    int there = 0;

    memset(out, 0, sizeof *out);
    if (sqlite3_prepare_v2(sqlite, "select bytes from transaction_state where id = 1", -1, &st,
                           NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        there = db_state_decode(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0),
                               out);
    sqlite3_finalize(st);
    return there;
}

/* -- the log's transactions ---------------------------------------------- */

typedef struct Log {
    int fd;
    uint32_t page;              /* bytes */
    unsigned char header[LOG_HEADER];
    unsigned char *frame;       /* FRAME_HEADER + page bytes */
    off_t at;
} Log;

/* 0 where SQLite would find no log, too. */
static int
open_log(const char *dir, Log *log, Err *err)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%.*s/meta.db-wal", PATH_MAX - 64, dir);
    log->fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (log->fd < 0)
        return errno == ENOENT ? 0 : err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
    if (pread(log->fd, log->header, LOG_HEADER, 0) != LOG_HEADER ||
        (get32(log->header) & ~1u) != 0x377f0682u)
        return 0;
    log->page = get32(log->header + 8);
    log->at = LOG_HEADER;
    if (log->page < 512 || log->page > PAGE_MOST)
        return 0;
    log->frame = malloc(FRAME_HEADER + log->page);
    return log->frame ? 1 : err_nomem(err);
}

/* The next frame of this log: 1, or 0 where it ends.  Its sums are SQLite's affair:
 * what follows a wrong one has no effect, and a look at it does no harm. */
static int
next_frame(Log *log)
{
    size_t n = FRAME_HEADER + log->page;

    if (pread(log->fd, log->frame, n, log->at) != (ssize_t)n ||
        memcmp(log->frame + 8, log->header + 16, 8) != 0)       /* the two salts */
        return 0;
    log->at += (off_t)n;
    return 1;
}

int
db_state_in_page(const unsigned char *page, size_t size, DbState *out)
{
    const unsigned char *cell;
    size_t offset = (size_t)page[8] << 8 | page[9];

    memset(out, 0, sizeof *out);
    if (page[0] != 0x0d || page[3] != 0 || page[4] != 1 || offset + CELL > size)
        return 0;
    cell = memmem(page + offset, CELL, MAGIC, 8);
    return cell && cell + DB_STATE_SIZE <= page + offset + CELL &&
           db_state_decode(cell, DB_STATE_SIZE, out);
}

/* Has the frame the row? */
static int
state_in(const Log *log, DbState *out)
{
    return db_state_in_page(log->frame + FRAME_HEADER, log->page, out);
}

/* The file is as the log's first transaction found it, or as one of its transactions
 * left it, when the log was being moved into the file. */
static int
compare(Log *log, const DbState *file)
{
    int first = 1, finished = 0;
    DbState s;

    while (next_frame(log)) {
        finished |= get32(log->frame + 4) != 0;
        if (!state_in(log, &s))
            continue;
        if ((first && s.before == file->id) || (file->id && s.id == file->id))
            return 1;
        first = 0;
    }
    /* an earlier rille's log has none of these rows, and neither has its file */
    return !finished || (first && !file->id);
}

int
db_log_fits(const char *dir, const DbState *file, Err *err)
{
    Log log = {.fd = -1};
    int rc = open_log(dir, &log, err);

    if (rc >= 0)
        rc = rc ? compare(&log, file) : 1;
    free(log.frame);
    if (log.fd >= 0)
        close(log.fd);
    return rc;
}

int
db_log_state_page(const char *dir, uint32_t *number, uint32_t *size, Err *err)
{
    Log log = {.fd = -1};
    DbState s;
    int found = 0, rc = open_log(dir, &log, err);

    while (rc > 0 && !found && next_frame(&log))
        found = state_in(&log, &s);
    if (found) {
        *number = get32(log.frame);
        *size = log.page;
    }
    free(log.frame);
    if (log.fd >= 0)
        close(log.fd);
    return rc < 0 ? rc : found && *number > 0;
}

/* -- the note in DIR/lock ------------------------------------------------- */

void
db_log_note(int fd, const DbState *s, int64_t lost)
{
    char text[LINE + 1];
    int n = snprintf(text, sizeof text, "transaction %" PRId64 " %016" PRIx64 " lost %" PRId64,
                     s->number, s->id, lost);

    memset(text + n, ' ', (size_t)(LINE - n));
    text[LINE - 1] = '\n';
    if (pwrite(fd, text, LINE, 0) < 0)
        return;                 /* fsck then has an older one to compare with */
}

int64_t
db_log_lost(int fd, const DbState *now, int64_t *before)
{
    char text[LINE + 1];
    ssize_t n = pread(fd, text, LINE, 0);
    DbState noted = {0};

    *before = 0;
    text[n > 0 ? n : 0] = '\0';
    if (sscanf(text, "transaction %" SCNd64 " %" SCNx64 " lost %" SCNd64, &noted.number, &noted.id,
               before) < 2)
        return 0;
    if (noted.number > now->number)
        return noted.number - now->number;
    return noted.number == now->number && noted.id != now->id;
}
