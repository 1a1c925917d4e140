/* csv_framelib.c -- rille.csv: a parsed table as a frame */
#include <limits.h>
#include <string.h>

#include "array/array_box.h"
#include "base/bind.h"
#include "csv/csv_args.h"
#include "csv/csv_box.h"
#include "csv/csvlib.h"
#include "embedded/embedded.h"

/* Where strings lie that were pushed before: the same text again is taken from its
 * row, which is cheaper than to have Lua look it up among all of its strings. */
enum { SEEN = 4096, LOOK_EVERY = 16384 };

typedef struct Seen {
    const char *text;
    size_t len;
    int64_t row;
} Seen;

static uint64_t
mix(const char *text, size_t len)
{
    uint64_t first = 0, last = 0;

    memcpy(&first, text, len < 8 ? len : 8);
    if (len > 8)
        memcpy(&last, text + len - 8, 8);
    return ((first ^ len) * UINT64_C(0x9e3779b97f4a7c15) ^ last)
           * UINT64_C(0xbf58476d1ce4e5b9);
}

/* Pushes the text of a row of the list on top. */
static void
push_text(lua_State *L, Seen *seen, const char *text, size_t len, int64_t row)
{
    Seen *s = &seen[mix(text, len) >> 52];

    if (s->text && s->len == len && memcmp(s->text, text, len) == 0) {
        lua_rawgeti(L, -1, s->row);
        return;
    }
    *s = (Seen){text, len, row};
    lua_pushlstring(L, text, len);
}

static void
push_strings(lua_State *L, CsvTable *t, size_t column)
{
    int64_t n = csv_rows(t);
    Seen *seen = lua_newuserdatauv(L, SEEN * sizeof *seen, 0);

    memset(seen, 0, SEEN * sizeof *seen);
    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (int64_t i = 0; i < n; i++) {
        size_t len;
        int lasts;
        const char *text = csv_text(t, column, i, &len, &lasts);

        if (!text)
            bind_error(L, "out of memory");
        if (lasts)
            push_text(L, seen, text, len, i + 1);
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
