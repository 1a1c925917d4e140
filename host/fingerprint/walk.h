/* walk.h -- what the parts of rille.host.fingerprint share: the walk over a function and
 * all that it can reach.
 *
 *     fingerprintlib.c   the face: walk, check, value
 *     walk.c             the walk over functions and values
 *     walk_upvalue.c     upvalues and globals: only what the code touches
 *     walk_std_changes.c         what a script changed in the standard library
 *     walk_own_changes.c         rille's classes and modules: what a script changed in them
 *     walk_report.c      what `why` and `diff` show of a walk: leaves, escapes, ...
 *     foreign_c.c        C functions that are not intrinsic
 *     std_names.c        what is intrinsic, and under which name
 *     named_values.c     the names and the originals
 *     stream.c           the bytes that are emitted
 *
 * A walk emits a stream of tagged, self-delimiting fields:
 *
 *     H 32                 the header: format, Lua release, builtins, salt
 *     n f t z i d s        data, as in canonical.h
 *     I LEN name           intrinsic: the standard library, rille's own
 *     L LEN name k v .. q  an intrinsic table used as a whole; what differs
 *     F 32 N               Lua function: digest of its dump, N upvalues follow
 *     C 32 OFFSET N [K v]  foreign C function: digest of its file, offset; the state of
 *                          its library, when that is known and not the usual one
 *     E name v .. q        the environment; the globals that the code names
 *     X n name v .. q      an environment of the script's own, over the globals
 *     c n                  cell of an upvalue; its value follows when n is new,
 *                          or when it is a table of which only fields are used
 *     P n name v .. q      table n, of which the code uses these fields only
 *     T n N K v.. kv.. m   table n whole, then its metatable (n: none); # B after N
 *                          when the length of one with holes is another, B
 *     A s                  before N: the table is the class of these materializers
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
#include "fingerprint/named_values.h"

enum {
    WALK_BUILTINS = 1,              /* raise when a builtin's behaviour changes */
    WALK_MAX_DEPTH = 200,
    WALK_LEAF_ENTRIES = 50,         /* a larger table is one leaf */
    STREAM_SEEN = 64, STREAM_BUFFER = 512, SNAPSHOT_MAX = 48
};

/* Upvalues of the face's functions. */
enum {
    WALK_UP_NAMED = 1,              /* list of the intrinsic values */
    WALK_UP_ORIGINALS,              /* list of what was in the tables among them */
    WALK_UP_KINDS,                  /* metatable -> expand */
    WALK_UP_MEMO,                   /* function -> WalkMemo, weak */
    WALK_UP_STATE,                  /* WalkState */
    WALK_UP_FIXED,                  /* FIXED_ENV.. */
    WALK_UP_FILES,                  /* path of a library -> digest */
    WALK_UP_CLOSED,                 /* list of rille's classes and modules */
    WALK_UP_COUNT = WALK_UP_CLOSED
};

/* Keys of WALK_UP_FIXED; FIXED_PURE: path of a pure library -> true, or the function that
 * gives its state; FIXED_CLASSES: class of a materializer -> what is said of it;
 * the last: memory of NamedValues. */
enum {
    FIXED_ENV = 1, FIXED_STRING, FIXED_STRING_META, FIXED_PURE, FIXED_CLASSES, FIXED_VALUES,
    FIXED_SLOTS, FIXED_PATHS
};

/* A table's entries in the order of lua_next, to see quickly that nothing
 * was changed; n is -1 when it was not original to begin with. */
typedef struct Snapshot {
    int n;
    const void *key[SNAPSHOT_MAX], *value[SNAPSHOT_MAX];
} Snapshot;

typedef struct WalkState {
    Buf dump;
    unsigned char header[HASH_SIZE];
    int ready;
    int is_held;                    /* modules get their names later */
    lua_Integer modules;            /* so much of MODULE_LOADER_LIST has its names */
    int changed;                    /* a class or module of rille's, at the last look */
    const void *env;                /* FIXED_ENV */
    Snapshot string, meta;
    NamedValues named;
} WalkState;

typedef struct WalkMemo {           /* of one closure */
    Bytecode code;
    int ours;                       /* rille's own Lua */
} WalkMemo;

typedef struct StreamSeen {
    const void *p;
    uint32_t number;
    uint32_t whole;                 /* a table of which all was emitted */
} StreamSeen;

/* How the walk came to the value, from the inside out. */
typedef struct WalkPath {
    const struct WalkPath *up;
    char kind;          /* r root, u upvalue, g global, k key, i index,
                           x other key (s is its text), m metatable */
    const char *s;
    size_t len;
    lua_Integer i;
} WalkPath;

/* Stack slots of a walk, from base. */
enum {
    WALK_SLOT_ENV = 1, WALK_SLOT_ANCHORS, WALK_SLOT_SEEN, WALK_SLOT_WORDS, WALK_SLOT_LEAVES,
    WALK_SLOT_REACHES, WALK_SLOT_ESCAPES, WALK_SLOT_WRITES, WALK_SLOT_VISITED, WALK_SLOT_PLACES,
    WALK_SLOTS = WALK_SLOT_PLACES
};

typedef struct Walk {
    lua_State *L;
    WalkState *st;
    int base;
    int record;                     /* gather leaves and the rest */
    int own;                        /* gather the root function's writes */
    int self;                       /* index of what is walked after the root, its
                                       self, or 0 */
    int lines;                      /* gather where what is reached is named */
    int visits;                     /* gather the objects that are walked */
    int plain;                      /* index of the kinds that a walk admits beside plain data,
                                       functions of scripts and what is intrinsic, or 0 */
    int told;                       /* index of the set of words that are reaches, or 0 */
    int depth;
    unsigned met;                       /* values */
    int tolerant;                   /* inside rille's own closures */
    int gather;                     /* overlay: keep the words of the code */
    int changed;                    /* something in rille's classes and modules */
    int dynamic;                    /* some code walked indexes by a variable */
    int constant_call;              /* require "x", not require(x) */
    int fn, line;                   /* the code that is looked at, for escapes */
    unsigned nseen, cap;
    StreamSeen *seen;
    Hash h;
    Hash *tee;                      /* also of a leaf, when not NULL */
    size_t len;
    unsigned char buf[STREAM_BUFFER];
    StreamSeen first[STREAM_SEEN];
    char msg[512];
} Walk;

/* --- stream.c: the bytes, and the numbers of what was met ------------------------ */

void stream_emit(Walk *w, const void *p, size_t n);
void stream_tag(Walk *w, char tag);
void stream_int(Walk *w, char tag, uint64_t v);
void stream_bytes(Walk *w, char tag, const char *s, size_t n);
/* The number at the top of the Lua stack. */
void stream_number(Walk *w);
/* What has the address, numbered if it is new; valid until the next call. */
StreamSeen *stream_seen(Walk *w, const void *p, int *is_new);

/* --- std_names.c: what is intrinsic, and under which name -------------------------- */

void std_names_setup(lua_State *L, int env, WalkState *st);
/* Names the value at idx and what can be reached from it. */
void std_names_register(lua_State *L, int idx, const char *name);
/* Names the value at idx, in place of the name that it may have. */
void std_names_replace(lua_State *L, int idx, const char *name);
/* Names rille's modules that were loaded since the last time, and their functions. */
void std_names_modules(lua_State *L, WalkState *st);
/* Whether the Lua function at idx is rille's. */
int std_names_is_ours(lua_State *L, int idx);
/* Whether the table at t is as in the snapshot; or, to record, takes the snapshot. */
int std_names_snapshot(lua_State *L, int t, Snapshot *snapshot, int record);
/* Pushes a table whose keys are those under which the tables at t and o differ. */
void std_names_push_differences(lua_State *L, int t, int o);

/* --- foreign_c.c: emits the identity of the C function at idx and pushes the state of its
 * library; 0, or -1 when the library cannot be read ------------------------------------- */

int foreign_c_emit(Walk *w, int idx);
/* The key in FIXED_PURE that says that the pure library computes with libm. */
#define FOREIGN_C_LIBM "libm for %s"
/* Pushes the state of a library, nil when it is the usual; whether the library is pure, or
 * -1 when its state cannot be told. */
int foreign_c_push_state(Walk *w, const char *path);

/* --- walk_report.c: nothing but a refusal happens unless w->record ------------------- */

/* Says in w->msg what is wrong with the value at the path; -1, or 0 in rille's own. */
int walk_report_refuse(Walk *w, const WalkPath *path, const char *what);
/* 1 when from here on what is emitted is a leaf, until walk_report_leaf_end. */
int walk_report_leaf_begin(Walk *w, Hash *h);
void walk_report_leaf_end(Walk *w, const WalkPath *path, int idx);
/* The value with this number is at the path. */
void walk_report_place(Walk *w, const WalkPath *path, uint32_t number);
/* At the path is again the value with this number; how: "the same table as". */
void walk_report_leaf_alias(Walk *w, const WalkPath *path, uint32_t number, const char *how);
void walk_report_leaf_function(Walk *w, const WalkPath *path, int idx, const WalkMemo *m);
void walk_report_reach(Walk *w, const WalkPath *path, const char *name);
void walk_report_escape(Walk *w, const WalkPath *path, const char *what);
void walk_report_write(Walk *w, const char *kind, const char *name, size_t len);
void walk_report_push_path(lua_State *L, const WalkPath *path);
/* The function or table at idx is walked; by one field of it, when NAME is given. */
void walk_report_visit(Walk *w, int idx, const char *name, size_t len);

/* --- the walk itself, which is recursive over the values: 0, or -1 with w->msg set --- */

/* walk.c: the value at the top of the stack, which stays there. */
int walk_value(Walk *w, const WalkPath *path);
/* The memo of the function at idx. */
WalkMemo *walk_memo(Walk *w, int idx);

/* walk_upvalue.c: upvalue i of the Lua function at f. */
int walk_upvalue(Walk *w, int f, int i, const WalkMemo *m, const WalkPath *path);

/* walk_std_changes.c: an intrinsic table used as a whole. */
int walk_std_changes_whole(Walk *w, const WalkPath *path, const char *name);
/* The metatable of the intrinsic table at t, when a script gave it another. */
int walk_std_changes_changed_meta(Walk *w, const WalkPath *path, int t);
/* The entry of the table at t whose key is at the top. */
int walk_std_changes_entry(Walk *w, const WalkPath *path, int t);
/* Whether the string library and the basic types' metatables are untouched. */
int walk_std_changes_is_pristine(Walk *w);
/* Emits what was overlaid and is used. */
int walk_std_changes_overlay(Walk *w);

/* walk_own_changes.c: the table at idx is one of rille's classes or modules, as it is to be. */
void walk_own_changes_add(lua_State *L, int idx, const char *name, int module);
/* Whether none of them was changed since. */
int walk_own_changes_is_pristine(lua_State *L);
/* Emits what was changed in them. */
int walk_own_changes_emit_changes(Walk *w);

#endif
