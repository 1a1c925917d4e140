/* walk.h -- the parts of rille.host.fingerprint (fingerprintlib.c): what they share.
 *
 *     fingerprintlib.c       the face: walk, check, value
 *     walk.c   the walk over functions and values
 *     walk_upvalue.c    upvalues and globals: only what the code touches
 *     walk_std.c    the standard library: what is original, what was overlaid
 *     walk_own.c rille's classes and modules: what a script changed in them
 *     walk_report.c   what a recorded walk tells people: leaves, escapes, ...
 *
 * A walk emits a stream of tagged, self-delimiting fields:
 *
 *     H 32                 the header: format, Lua release, builtins, salt
 *     n f t z i d s        data, as in valuelib.c
 *     I LEN name           intrinsic: the standard library, rille's own
 *     L LEN name k v .. q  an intrinsic table used as a whole; what differs
 *     F 32 N               Lua function: digest of its dump, N upvalues follow
 *     C 32 OFFSET N        foreign C function: digest of its file, offset
 *     E name v .. q        the environment; the globals that the code names
 *     X n name v .. q      an environment of the script's own, over the globals
 *     c n                  cell of an upvalue; its value follows when n is new,
 *                          or when it is a table of which only fields are used
 *     P n name v .. q      table n, of which the code uses these fields only
 *     T n N K v.. kv.. m   table n whole, then its metatable (n: none); # B after N
 *                          when the length of one with holes is another, B
 *     b n                  what was numbered n before
 *     y n l LEN layout     after a digest: the memory that the value looks at, and
 *                          when that was met before, how the two lie in it
 *     K v                  a kind, expanded     o n R LEN name 32   n, a digest
 *     S v                  what the root function is called with as its self
 *     O name v .. q        overlay of the string library and basic types; in it
 *     M name k v .. m = v q    what differs in a class or module of rille's, and the
 *                          module that the script put in its place
 *
 * Invariants
 *   1. What a function can reach is emitted, or it is an escape, or a refusal.
 *   2. Nothing emitted depends on an address, a name of a local, a line, the
 *      order of a table, or on what else of rille is loaded: what is rille's
 *      has the name under which its own module gives it, from the moment that the
 *      module has loaded; one that others give too was met there first.
 *   3. All memory is on the C stack or belongs to the collector. */
#ifndef WALK_H
#define WALK_H

#include <stddef.h>
#include <stdint.h>

#include <lua.h>
#include <lauxlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "fingerprint/bytecode.h"

enum {
    FP_BUILTINS = 1,                /* raise when a builtin's behaviour changes */
    FP_MAXDEPTH = 200,
    FP_LEAF_ENTRIES = 50,           /* a larger table is one leaf */
    FP_SEEN = 64, FP_BUFFER = 512, FP_FAST = 48,
    FP_NAMES = 2000, FP_ORIGINALS = 500     /* as many as there are: growing would cost a start */
};

/* Upvalues of the face's functions. */
enum {
    FP_UP_NAMES = 1,                /* intrinsic value -> name */
    FP_UP_ORIGINAL,                 /* intrinsic table -> its original functions */
    FP_UP_KINDS,                    /* metatable -> expand */
    FP_UP_MEMO,                     /* function -> FpMemo, weak */
    FP_UP_STATE,                    /* FpState */
    FP_UP_FIXED,                    /* FP_ENV.. */
    FP_UP_FILES,                    /* path of a library -> digest */
    FP_UP_CLOSED,                   /* list of rille's classes and modules */
    FP_UP_COUNT = FP_UP_CLOSED
};

/* SortedKeys of FP_UP_FIXED; FP_PENDING: the set of values that have a name, but were not
 * looked into. */
enum { FP_ENV = 1, FP_STRING, FP_STRING_META, FP_PENDING };

/* A table's entries in the order of lua_next, to see in a glance that nothing
 * was changed; n is -1 when it was not original to begin with. */
typedef struct FpFast {
    int n;
    const void *key[FP_FAST], *value[FP_FAST];
} FpFast;

typedef struct FpState {
    Buf dump;
    unsigned char header[HASH_SIZE];
    int ready;
    lua_Integer modules;            /* so much of EMBEDDED_MODULES has its names */
    int changed;                    /* a class or module of rille's, at the last look */
    FpFast string, meta;
} FpState;

typedef struct FpMark {             /* of a value: the same for no other one */
    int type;
    uint64_t id;
} FpMark;

typedef struct FpMemo {             /* of one closure */
    Dump dump;
    int ours;                       /* rille's own Lua */
} FpMemo;

typedef struct FpSeen {
    const void *p;
    uint32_t number;
    uint32_t whole;                 /* a table of which all was emitted */
} FpSeen;

/* Where the walk stands, from the inside out. */
typedef struct FpPath {
    const struct FpPath *up;
    char kind;          /* r root, u upvalue, g global, k key, i index,
                           x other key (s is its text), m metatable */
    const char *s;
    size_t len;
    lua_Integer i;
} FpPath;

/* Stack slots of a walk, from base. */
enum {
    FP_SLOT_ENV = 1, FP_SLOT_ANCHORS, FP_SLOT_SEEN, FP_SLOT_WORDS, FP_SLOT_LEAVES,
    FP_SLOT_REACHES, FP_SLOT_ESCAPES, FP_SLOT_WRITES, FP_SLOT_VISITED, FP_SLOT_PLACES,
    FP_SLOTS = FP_SLOT_PLACES
};

typedef struct FpWalk {
    lua_State *L;
    FpState *st;
    int base;
    int record;                     /* gather leaves and the rest */
    int own;                        /* gather the root function's writes */
    int self;                       /* index of what is walked after the root, its
                                       self, or 0 */
    int lines;                      /* gather where what is reached is named */
    int visits;                     /* gather the objects that are walked */
    int depth;
    int tolerant;                   /* inside rille's own closures */
    int gather;                     /* overlay: keep the words of the code */
    int changed;                    /* something in rille's classes and modules */
    int dynamic;                    /* some code walked indexes by a variable */
    int constant_call;              /* require "x", not require(x) */
    int fn, line;                   /* the code that is looked at, for escapes */
    unsigned nseen, cap;
    FpSeen *seen;
    Hash h;
    Hash *tee;                      /* also of a leaf, when not NULL */
    size_t len;
    unsigned char buf[FP_BUFFER];
    FpSeen first[FP_SEEN];
    char msg[512];
} FpWalk;

/* walk.c: the value at the top of the stack, which stays there.  0, or -1
 * with w->msg set. */
int fp_value(FpWalk *w, const FpPath *path);
/* An intrinsic table used as a whole. */
int fp_whole(FpWalk *w, const FpPath *path, const char *name);
/* The metatable of the intrinsic table at t, when a script gave it another. */
int fp_changed_meta(FpWalk *w, const FpPath *path, int t);
void fp_emit(FpWalk *w, const void *p, size_t n);
void fp_tag(FpWalk *w, char tag);
void fp_int(FpWalk *w, char tag, uint64_t v);
void fp_bytes(FpWalk *w, char tag, const char *s, size_t n);
FpSeen *fp_seen(FpWalk *w, const void *p, int *is_new);
/* The memo of the function at idx; NULL with w->msg set. */
FpMemo *fp_memo(FpWalk *w, int idx);
int fp_refuse(FpWalk *w, const FpPath *path, const char *what);

/* walk_upvalue.c: upvalue i of the Lua function at f. */
int fp_upvalue(FpWalk *w, int f, int i, const FpMemo *m, const FpPath *path);

/* walk_std.c */
void fp_std_setup(lua_State *L, int env, FpState *st);
void fp_std_register(lua_State *L, int idx, const char *name);
void fp_std_name(lua_State *L, const char *name);
/* Whether the string library and the basic types' metatables are untouched. */
int fp_std_pristine(FpWalk *w);
int fp_std_overlay(FpWalk *w);      /* emits what was overlaid and is used */
/* Names rille's modules that were loaded since the last time, and their functions. */
void fp_std_modules(lua_State *L, FpState *st);
#define FP_KEY_NAMES "rille.key_names" /* of the registry: what keys call a module, where that is not its name */
int fp_std_foreign(FpWalk *w, int idx);    /* emits a C function's identity */
/* Pushes a table whose keys are those under which the tables at t and o differ. */
void fp_push_differences(lua_State *L, int t, int o);
/* Emits the entry of the table at t whose key is at the top. */
int fp_entry(FpWalk *w, const FpPath *path, int t);
int fp_is_ours(lua_State *L, int idx);     /* a Lua function of rille's */

/* walk_own.c: the table at idx is one of rille's classes or modules, as it is to
 * be; whether none was changed since; emits what was. */
void fp_closed_add(lua_State *L, int idx, const char *name, int module);
int fp_closed_pristine(lua_State *L);
int fp_closed_changes(FpWalk *w);

/* walk_report.c: nothing happens unless w->record. */
int fp_leaf_begin(FpWalk *w, Hash *h);
void fp_leaf_end(FpWalk *w, const FpPath *path, int idx);
/* What has this number stands at the path. */
void fp_place(FpWalk *w, const FpPath *path, uint32_t number);
/* At the path is what has this number, which was met before: how says in what way. */
void fp_leaf_alias(FpWalk *w, const FpPath *path, uint32_t number, const char *how);
void fp_leaf_function(FpWalk *w, const FpPath *path, int idx, const FpMemo *m);
void fp_reach(FpWalk *w, const FpPath *path, const char *name);
void fp_escape(FpWalk *w, const FpPath *path, const char *what);
void fp_write(FpWalk *w, const char *kind, const char *name, size_t len);
void fp_push_path(lua_State *L, const FpPath *path);
/* The function or table at idx is walked; by one field of it, when NAME is given. */
void fp_visit(FpWalk *w, int idx, const char *name, size_t len);

#endif
