/* stream.c -- see walk.h: the bytes that a walk emits, and the numbers of what it met */
#include <string.h>

#include "fingerprint/walk.h"

void
stream_emit(Walk *w, const void *p, size_t n)
{
    if (w->tee)
        hash_bytes(w->tee, p, n);
    if (n > sizeof w->buf - w->len) {
        hash_bytes(&w->h, w->buf, w->len);
        w->len = 0;
    }
    if (n > sizeof w->buf) {
        hash_bytes(&w->h, p, n);
        return;
    }
    if (n)
        memcpy(w->buf + w->len, p, n);
    w->len += n;
}

void
stream_tag(Walk *w, char tag)
{
    stream_emit(w, &tag, 1);
}

void
stream_int(Walk *w, char tag, uint64_t v)
{
    unsigned char out[9];

    out[0] = (unsigned char)tag;
    for (int i = 0; i < 8; i++)
        out[i + 1] = (unsigned char)(v >> (8 * i));
    stream_emit(w, out, sizeof out);
}

void
stream_bytes(Walk *w, char tag, const char *s, size_t n)
{
    stream_int(w, tag, n);
    stream_emit(w, s, n);
}

void
stream_number(Walk *w)
{
    uint64_t bits;
    lua_Number n;

    if (lua_isinteger(w->L, -1)) {
        stream_int(w, 'i', (uint64_t)lua_tointeger(w->L, -1));
        return;
    }
    n = lua_tonumber(w->L, -1);
    memcpy(&bits, &n, sizeof bits);     /* of NaN as well: tostring gives its sign */
    stream_int(w, 'd', bits);
}

static StreamSeen *
slot_of(StreamSeen *seen, unsigned cap, const void *p)
{
    uint64_t x = (uint64_t)(uintptr_t)p * UINT64_C(0x9e3779b97f4a7c15);
    unsigned i = (unsigned)(x >> 32) & (cap - 1);

    while (seen[i].p && seen[i].p != p)
        i = (i + 1) & (cap - 1);
    return &seen[i];
}

static void
grow_seen(Walk *w)
{
    unsigned cap = w->cap * 4;
    StreamSeen *seen = lua_newuserdatauv(w->L, cap * sizeof *seen, 0);

    memset(seen, 0, cap * sizeof *seen);
    for (unsigned i = 0; i < w->cap; i++)
        if (w->seen[i].p)
            *slot_of(seen, cap, w->seen[i].p) = w->seen[i];
    w->seen = seen;
    w->cap = cap;
    lua_replace(w->L, w->base + WALK_SLOT_SEEN);
}

StreamSeen *
stream_seen(Walk *w, const void *p, int *is_new)
{
    StreamSeen *s;

    if (w->nseen >= w->cap / 2)
        grow_seen(w);
    s = slot_of(w->seen, w->cap, p);
    *is_new = !s->p;
    if (!s->p) {
        s->p = p;
        s->number = w->nseen++;
        s->whole = 0;
    }
    return s;
}
