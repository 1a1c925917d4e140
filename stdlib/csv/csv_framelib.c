/* csv_framelib.c -- rille.csv: a parsed table as a frame */
#include <limits.h>
#include <string.h>

#include "array/array_box.h"
#include "base/bind.h"
#include "csv/csv_args.h"
#include "csv/csv_box.h"
#include "csv/csvlib.h"
#include "embedded/embedded.h"

/* Where strings lie that were pushed before: the same text again is taken from its last
 * row, which is cheaper than to have Lua look it up among all of its strings. */
enum { SEEN_FEW = 8, SEEN_MANY = 16, LOOK_EVERY = 16384 };      /* bits of a place */

/* The ends of a text, which up to 16 bytes are all of it. */
typedef struct Ends {
    uint64_t first, last;
} Ends;

typedef struct Seen {
    Ends ends;
    const char *text;
    uint32_t len, row;          /* row 0: none yet */
} Seen;

typedef struct SeenTexts {
    Seen *at;
    int bits;
} SeenTexts;

static Ends
ends_of(const char *text, size_t len)
{
    Ends e = {0, 0};
    uint32_t half[2];

    if (len >= 8) {
        memcpy(&e.first, text, 8);
        memcpy(&e.last, text + len - 8, 8);
    } else if (len >= 4) {
        memcpy(&half[0], text, 4);
        memcpy(&half[1], text + len - 4, 4);
        e.first = half[0];
        e.last = half[1];
    } else if (len > 0) {
        e.first = (unsigned char)text[0] | (uint64_t)(unsigned char)text[len / 2] << 8;
        e.last = (unsigned char)text[len - 1];
    }
    return e;
}

static size_t
place_of(const Ends *e, size_t len, int bits)
{
    return (size_t)(((e->first ^ len) * UINT64_C(0x9e3779b97f4a7c15) ^ e->last)
                    * UINT64_C(0xbf58476d1ce4e5b9) >> (64 - bits));
}

/* Pushes the text of a row of the list on top. */
static void
push_text(lua_State *L, const SeenTexts *seen, const char *text, size_t len, int64_t row)
{
    Ends e = ends_of(text, len);
    Seen *s = &seen->at[place_of(&e, len, seen->bits)];

    if (s->row && s->ends.first == e.first && s->ends.last == e.last && s->len == len
        && (len <= 16 || memcmp(s->text, text, len) == 0))
        lua_rawgeti(L, -1, s->row);
    else
        lua_pushlstring(L, text, len);
    if (len <= UINT32_MAX && row <= UINT32_MAX)
        *s = (Seen){e, text, (uint32_t)len, (uint32_t)row};
}

/* Pushes the room for as many texts as pay for n rows. */
static void
push_seen(lua_State *L, SeenTexts *seen, int64_t n)
{
    seen->bits = SEEN_FEW;
    while (seen->bits < SEEN_MANY && INT64_C(4) << seen->bits < n)
        seen->bits++;
    seen->at = lua_newuserdatauv(L, sizeof *seen->at << seen->bits, 0);
    memset(seen->at, 0, sizeof *seen->at << seen->bits);
}

static void
push_strings(lua_State *L, CsvTable *t, size_t column)
{
    int64_t n = csv_rows(t);
    SeenTexts seen;

    push_seen(L, &seen, n);
    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (int64_t i = 0; i < n; i++) {
        size_t len;
        int lasts;
        const char *text = csv_text(t, column, i, &len, &lasts);

        if (!text)
            bind_error(L, "out of memory");
        if (lasts)
            push_text(L, &seen, text, len, i + 1);
        else
            lua_pushlstring(L, text, len);
        lua_rawseti(L, -2, i + 1);
        if (i % LOOK_EVERY == 0)
            embedded_check_interrupt(L);
    }
    lua_remove(L, -2);
}

static void
push_column(lua_State *L, CsvTable *t, size_t column)
{
    CsvType type = csv_type(t, column);

    if (type == CSV_STRING) {
        push_strings(L, t, column);
        return;
    }
    if (type == CSV_DATE)
        lua_getfield(L, lua_upvalueindex(CSV_BOX_FRAME), "dates");
    array_box_push(L, csv_take(t, column));
    if (type == CSV_DATE)
        lua_call(L, 1, 1);
}

void
csv_framelib_push(lua_State *L, CsvTable *t)
{
    lua_getfield(L, lua_upvalueindex(CSV_BOX_FRAME), "assemble");
    csv_args_push_names(L, t);
    lua_newtable(L);
    for (size_t i = 0; i < csv_columns(t); i++) {
        push_column(L, t, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushinteger(L, csv_rows(t));
    lua_call(L, 3, 1);
}
