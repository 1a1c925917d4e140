/* fact.h -- what a step was seen to take from outside, as a set of facts and as
 * bytes.  Pure: nothing here looks at the world (file_state.h does) or at Lua.
 *
 * A fact is a kind, a name and what was found:
 *     env      name of the variable    digest of its value, or that it is unset
 *     search   "package.path"          digest of the templates in force
 *     absent   path                    code, the errno that opening it gave; MODE:
 *                                      nor is there a link that leads nowhere
 *     file     path                    signature and digest; where the step could
 *                                      see them, its executable bits and whether
 *                                      the path is a link (MODE)
 *     folder   path                    signature, digest of the sorted entries
 *     write    path                    as file, of what the step left there; GONE
 *     module   name                    one that the step loaded: file (in value) with
 *                                      signature and digest, fingerprint of its chunk
 *                                      (FINGERPRINT); neither when a searcher of the
 *                                      script's gave it.  One that was loaded before:
 *                                      no file, fingerprint of the module
 *     value    name                    bytes whose meaning is Lua's (ctx, history)
 * Marks are notes of the recorder (impure calls, modules that a module needed,
 * files of code, files that changed meanwhile); they are never encoded.
 *
 * Bytes: "rf2", the number of facts, the facts, 8 bytes of the SHA-256 of all
 * that; numbers are LEB128.  A fact is its kind, flags, code, name, then what its
 * kind has, in the order of the struct.  They are sorted by kind, in the order
 * above (cheap to check first), then by name: equal sets give equal bytes.
 * "rf1" is the same without entry and mode.  Such facts are read so that old runs
 * can be shown; the entry of their files is NONE, which nothing is equal to.
 *
 * Invariants
 *   1. A set holds at most one fact of a kind and name.
 *   2. A path is relative to the base folder exactly when it was given so.
 *   3. fact_decode accepts only what fact_encode makes or made as "rf1"; anything
 *      else, however damaged, is ERR_CORRUPT. */
#ifndef FACT_H
#define FACT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

typedef enum FactKind {
    FACT_ENV, FACT_SEARCH, FACT_ABSENT, FACT_FILE, FACT_FOLDER, FACT_WRITE,
    FACT_MODULE, FACT_VALUE,
    FACT_KINDS,
    MARK_IMPURE = FACT_KINDS, MARK_CHANGED, MARK_ENDED, FACT_NONE
} FactKind;

enum {
    FACT_RACY = 1,      /* the file was too young: its signature proves nothing */
    FACT_GONE = 2,      /* a write that left no file */
    FACT_FINGERPRINT = 4, /* fingerprint is set */
    FACT_MODE = 16      /* mode counts */
};

enum { MODE_EXECUTE = 0111, MODE_LINK = 0200 };

/* What a path leads to, links followed; in the bytes of facts. */
typedef enum FactEntry {
    ENTRY_NONE,         /* nothing, or not known */
    ENTRY_FILE, ENTRY_FOLDER,
    ENTRY_SPECIAL       /* a device, pipe, socket, or a file of the kernel */
} FactEntry;

typedef struct FactSig {
    uint64_t size, inode;
    int64_t mtime, ctime;               /* nanoseconds since 1970 */
} FactSig;

typedef struct Fact {
    FactKind kind;
    unsigned flags;
    int code;
    FactEntry entry;
    FactSig sig;
    unsigned mode;                      /* MODE_EXECUTE and MODE_LINK */
    unsigned char digest[HASH_SIZE], fingerprint[HASH_SIZE];
    char *name;                         /* ends with a zero */
    size_t name_len;
    char *value;                        /* NULL or ends with a zero */
    size_t value_len;
} Fact;

typedef struct FactSet {
    Fact *list;                         /* in the order they came */
    size_t n, cap;
    uint32_t *slots;                    /* open addressing: index + 1, or 0 */
    size_t n_slots;
} FactSet;

void fact_set_init(FactSet *s);
void fact_set_release(FactSet *s);      /* empty afterwards, may be used again */
/* NULL when there is none.  Good until the next fact_put. */
Fact *fact_find(const FactSet *s, FactKind kind, const char *name, size_t n);
/* The fact of that kind and name, added (all zero) when it was not there; good
 * until the next fact_put.  0 or ERR_NOMEM. */
int fact_put(FactSet *s, FactKind kind, const char *name, size_t n, Fact **out);
/* Replaces the value by a copy of the bytes.  0 or ERR_NOMEM. */
int fact_set_value(Fact *f, const void *p, size_t n);
/* Copies all facts of FROM that TO does not have; leaves out a kind (FACT_NONE:
 * none).  0 or ERR_NOMEM. */
int fact_merge(FactSet *to, const FactSet *from, FactKind but);
int fact_same_sig(const FactSig *a, const FactSig *b);
/* Whether both are of one kind with equal bytes (entries, for a folder). */
int fact_same_content(const Fact *was, const Fact *is);
/* "file", "absent"...; NULL for a mark. */
const char *fact_kind_name(FactKind kind);

/* Appends the bytes; nothing at all when the set has no facts but marks. */
int fact_encode(const FactSet *s, Buf *out, Err *err);
/* Adds what the bytes say to an initialised set. */
int fact_decode(const void *p, size_t n, FactSet *out, Err *err);

/* Writes the path without "./", "//" and "/./" (".." stays: links) into out.
 * Its length, or -1 when it does not fit. */
int fact_normal_path(const char *path, char *out, size_t size);

#endif
