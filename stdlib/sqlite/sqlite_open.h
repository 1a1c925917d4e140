/* sqlite_open.h -- a SQLite file that is read: a connection that cannot write to it.
 *
 * SQLite is linked into the program for its own database, so that this is the same copy:
 * two of them in one process would drop each other's locks.
 *
 * What a reading depends on are the bytes of the file, of FILE-wal and of FILE-journal.
 * All of a connection is one read transaction, hence one snapshot.
 *     rollback mode           a shared lock keeps writers out while it is read
 *     WAL, a log is there     the log's index; the reader creates FILE-shm when it is missing
 *     WAL, no log             the file alone, without a lock and without new files beside it;
 *                             sqlite_has_changed then says whether a writer came in between
 * No extension is loaded, no other file attached; functions that the schema names are not
 * trusted.  What the SQL asked of the world beside the file is in SqliteSeen. */
#ifndef SQLITE_OPEN_H
#define SQLITE_OPEN_H

#include <sqlite3.h>

#include "base/err.h"

enum { SQLITE_LOCKLESS = 1 };       /* a file in WAL mode without a log may be read alone */

typedef struct SqliteFile SqliteFile;

typedef struct SqliteSeen {
    int clock;                      /* now */
    int random;                     /* random(), or what SQLite itself is */
    int zone;                       /* functions of dates, which may know the time zone */
} SqliteSeen;

/* What is in a file, without a descriptor of ours (closing one drops SQLite's locks). */
typedef enum SqliteKind {
    SQLITE_IS_NONE, SQLITE_IS_EMPTY, SQLITE_IS_FILE, SQLITE_IS_STORE
} SqliteKind;

SqliteKind sqlite_kind(const char *path);

/* name, borrowed, is what messages call the file.  Release with sqlite_close, which
 * accepts NULL. */
int sqlite_open(SqliteFile **out, const char *path, const char *name, int flags, Err *err);
void sqlite_close(SqliteFile *f);
sqlite3 *sqlite_handle(SqliteFile *f);
SqliteSeen sqlite_seen(const SqliteFile *f);
/* Whether what was read without a lock has changed since it was opened. */
int sqlite_has_changed(const SqliteFile *f);
/* The error of SQLite with that code, in words. */
int sqlite_fail(sqlite3 *db, int code, const char *name, Err *err);

#endif
