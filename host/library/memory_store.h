/* memory_store.h -- the store of an engine in memory (RILLE_OPEN_MEMORY): a folder that nobody
 * else knows, on a file system in memory.
 *
 *     FOLDER/rille-memory-XXXXXX/         mode 0700, locked (flock) while its engine is open
 *     FOLDER/rille-memory-XXXXXX/.rille   the store
 *
 * FOLDER is /dev/shm where that is a tmpfs with room (a container often has 64 MiB there), else
 * TMPDIR, else /tmp.  It is a folder and not an SQLite ":memory:" beside a table of objects, since
 * all that works on a store works on it: locks, files and folders as artifacts, mapped arrays,
 * queries in C beside the run in Lua, workers in other processes.
 *
 * Invariants
 *   1. A folder whose lock can be taken belongs to nobody: its process was killed.  The next
 *      engine in memory removes it.
 *   2. Nobody removes the folder of another user or what a link leads to. */
#ifndef LIBRARY_MEMORY_STORE_H
#define LIBRARY_MEMORY_STORE_H

#include "base/err.h"

typedef struct MemoryStore {
    char *folder;               /* NULL: there is none */
    char *store;                /* FOLDER/.rille, which is not made yet */
    int lock;
} MemoryStore;

/* Removes what killed processes left, and makes a new one. */
int memory_store_init(MemoryStore *m, Err *err);
/* Removes it with all in it.  Fine where there is none. */
void memory_store_release(MemoryStore *m);

#endif
