/* key_lock.h -- which cache keys are being computed, and by which process.
 *
 *     DIR/runs/flight   4096 bytes of counters, shared by mmap.  Beyond them no byte is
 *                       ever written: a lock on a byte there says that its holder
 *                       computes the result of a key that the byte stands for.
 * Invariants
 *   1. The locks are the kernel's (fcntl, of the process): they go when the holder
 *      dies, however it does, and a forked process has none of them.
 *   2. The holder of a key has no result yet, or one that is not committed: it
 *      releases the key after the commit.
 *   3. Correct results do not depend on the locks: two keys that share a byte wait for
 *      each other, and a lost lock means that a step runs twice.
 * The kernel keeps a process's locks in a list, so hundreds are fine and thousands
 * are slow.  One KeyLock of a folder per process: closing any drops all its locks. */
#ifndef KEY_LOCK_H
#define KEY_LOCK_H

#include <stdint.h>

#include "base/err.h"

typedef struct KeyLock KeyLock;

/* Makes what is missing.  Release with key_lock_close, which accepts NULL. */
int key_lock_open(KeyLock **out, const char *dir, Err *err);
void key_lock_close(KeyLock *lock);

/* 1 when this process holds the key now, 0 when another one does (*pid; 0: it has just
 * released it), or an error. */
int key_lock_acquire(KeyLock *lock, const unsigned char *key, int64_t *pid, Err *err);
int key_lock_release(KeyLock *lock, const unsigned char *key, Err *err);

/* Two counters that all processes share.
 * commits: how often a process committed results, before it released their keys. */
uint64_t key_lock_commits(const KeyLock *lock);
void key_lock_committed(KeyLock *lock);     /* adds 1 */
/* requests: how often a process found a key held and waits for it. */
uint64_t key_lock_requests(const KeyLock *lock);
void key_lock_request(KeyLock *lock);       /* adds 1 */

#endif
