/* csv_readlib.c -- rille.csv: read and decode, frames from a whole text */
#include <limits.h>
#include <string.h>

#include "base/bind.h"
#include "csv/csv_args.h"
#include "csv/csv_box.h"
#include "csv/csv_file_kind.h"
#include "csv/csvlib.h"
#include "observe/observe.h"
#include "os/sys.h"

enum {
    START = 1024,                   /* bytes of a file that are looked at first */
    ZEROS = 8                       /* at the start of a text, of which no encoding has them */
};

static const char *const options[] = {CSV_ARGS_READ, NULL};

/* The list of names at idx, which may be none. */
static void
read_quoted(lua_State *L, int idx, CsvTable *t)
{
    if (lua_isnoneornil(L, idx))
        return;
    for (lua_Integer i = 1; lua_rawgeti(L, idx, i) == LUA_TSTRING; i++, lua_pop(L, 1)) {
        size_t len;
        const char *name = lua_tolstring(L, -1, &len);

        csv_quoted(t, name, len);
    }
    lua_pop(L, 1);
}

static int
is_zeros(const char *p)
{
    static const char zeros[ZEROS];

    return memcmp(p, zeros, ZEROS) == 0;
}

static void
use_text(lua_State *L, CsvSource *source, Buf *text)
{
    source->text = buf_cstr(text);
    if (!source->text)
        bind_error(L, "out of memory");
    source->len = text->len;
}

/* Fills the source from the checked options at idx and makes its text, the bytes given,
 * UTF-8.  Pushes what it owns. */
static void
prepare(lua_State *L, int idx, CsvSource *source)
{
    Buf *text;
    Err err;

    csv_args_format(L, idx, source);
    csv_args_form(L, idx, source);
    text = csv_box_bytes(L);
    if (text_input_needed(source->text, source->len, source->form->encoding)) {
        if (text_input_all(source->text, source->len, source->form->encoding, source->name,
                          text, &err))
            bind_error(L, "%s", err.msg);
        use_text(L, source, text);
    }
    if (text_input_has_returns(source->text, source->len)) {
        if (source->text != (char *)text->data
            && buf_put(text, source->text, source->len))
            bind_error(L, "out of memory");
        text_input_mend_returns((char *)text->data, text->len);
        use_text(L, source, text);
    }
}

/* The frame in the text, by the checked options at idx; quoted is the index of the names
 * of columns in which what is in quotes is text. */
static int
decode(lua_State *L, CsvSource *source, int idx, int quoted)
{
    CsvTable **box;
    Err err;

    prepare(L, idx, source);
    box = csv_box_table(L);
    if (csv_open(box, source, &err))
        return bind_error(L, "%s", err.msg);
    csv_args_columns(L, idx, *box);
    read_quoted(L, quoted, *box);
    if (csv_parse(*box, &err))
        return bind_error(L, "%s", err.msg);
    csv_framelib_push(L, *box);
    csv_free(*box);
    *box = NULL;
    return 1;
}

/* A file of zeros is refused by its first bytes, before all of it is read and unpacked. */
static void
check_start(lua_State *L, const char *path, const char *name)
{
    Buf *raw = csv_box_bytes(L), *text = csv_box_bytes(L);
    TextInput *input = NULL;
    CsvLex lex = {.name = name};
    Err err;
    int rc = sys_read_plain(path, START, raw, &err);

    if (rc == OK && text_input_needed(raw->data, raw->len, TEXT_UTF8)) {
        rc = text_input_open(&input, raw->data, raw->len, TEXT_UTF8, name, &err);
        if (rc == OK)
            rc = text_input_put(input, raw->data, raw->len, text, &err);
        text_input_free(input);
    } else {
        text = raw;
    }
    lex.err = &err;
    lex.start = (const char *)text->data;
    lex.end = lex.start + text->len;
    /* where this fails, reading the file says why */
    if (rc == OK && text->len >= ZEROS && is_zeros(lex.start))
        bind_error(L, "%s", (csv_file_kind_zero(&lex, lex.start), err.msg));
    lua_pop(L, 2);
}

/* csv.read(path[, options]) -> frame */
int
csv_readlib_read(lua_State *L)
{
    const char *path = bind_string(L, 1, NULL);
    char resolved[PATH_MAX];
    CsvSource source = {0};
    Buf *bytes;
    Err err;

    bind_most(L, 2);
    lua_settop(L, 2);
    lua_pushnil(L);
    csv_args_check(L, 2, "csv.read", options);
    observe_read(L, path, resolved, sizeof resolved);
    check_start(L, resolved, path);
    bytes = csv_box_bytes(L);
    if (sys_read_stream(resolved, SIZE_MAX, bytes, &err))
        return bind_error(L, "%s", err.msg);
    source.text = buf_cstr(bytes);
    if (!source.text)
        return bind_error(L, "out of memory");
    source.len = bytes->len;
    source.name = path;
    decode(L, &source, 2, 3);
    buf_release(bytes);
    return 1;
}

/* csv.decode(text[, options[, name[, quoted]]]) -> frame
 * name is for messages; quoted: the columns in which what is in quotes is text */
int
csv_readlib_decode(lua_State *L)
{
    CsvSource source = {0};

    source.text = bind_string(L, 1, &source.len);
    source.name = bind_optstring(L, 3, "csv");
    bind_most(L, 4);
    lua_settop(L, 4);
    csv_args_check(L, 2, "csv.decode", options);
    if (!lua_isnil(L, 4))
        bind_table(L, 4, "a list of names");
    return decode(L, &source, 2, 4);
}
