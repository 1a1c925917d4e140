/* key_lock.h -- which keys are being made, by which process.
 *
 *     DIR/runs/flight   4096 bytes of counters, shared by mmap; beyond them no byte
 *                       is ever written: each stands for keys, and a lock on it
 *                       says that the holder makes the result of such a key
 * Invariants
 *   1. The locks are the kernel's (fcntl, of the process): they go when the holder
 *      dies, however it does, and a forked process has none of them.
 *   2. Whoever holds a key has either no result or one that is not committed yet:
 *      it is dropped after the commit.
 *   3. Nothing here is needed for soundness: two keys that share a byte wait for
 *      each other, a lock that is lost means that a step runs twice.
 * The kernel keeps a process's locks in a list, so hundreds are fine and thousands
 * are slow.  One Flight of a folder per process: closing any drops all its locks. */
#ifndef KEY_LOCK_H
#define KEY_LOCK_H

#include <stdint.h>

#include "base/err.h"

typedef struct Flight Flight;

/* Makes what is missing.  Release with flight_close, which accepts NULL. */
int flight_open(Flight **out, const char *dir, Err *err);
void flight_close(Flight *f);

/* 1 when the key is ours now, 0 when another process has it (*pid; 0: it has just
 * let go), or an error. */
int flight_take(Flight *f, const unsigned char *key, int64_t *pid, Err *err);
int flight_drop(Flight *f, const unsigned char *key, Err *err);

/* How often anybody dropped keys whose results are committed; flight_landed adds 1. */
uint64_t flight_landings(const Flight *f);
void flight_landed(Flight *f);
/* How often anybody said that it waits for a key; flight_ring adds 1. */
uint64_t flight_rings(const Flight *f);
void flight_ring(Flight *f);

#endif
