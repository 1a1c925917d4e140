/* csv_form_args.c -- what a text has that RFC 4180 does not, from the options of rille.csv;
 * see csv_args.h */
#include <string.h>

#include "base/bind.h"
#include "csv/csv_args.h"
#include "csv/csv_box.h"
#include "csv/csv_separator.h"

/* The text of an option, or NULL when it is not given; it stays on the stack. */
static const char *
text_option(lua_State *L, int idx, const char *option, size_t *len, const char *expected)
{
    if (lua_getfield(L, idx, option) == LUA_TNIL)
        return NULL;
    if (lua_type(L, -1) != LUA_TSTRING)
        csv_args_wrong(L, idx, "%s: expected %s", option, expected);
    return lua_tolstring(L, -1, len);
}

static char
character(lua_State *L, int idx, const char *option)
{
    size_t len = 1;
    const char *s = text_option(L, idx, option, &len, "one character");

    if (s && (len != 1 || (unsigned char)*s < ' ' || (unsigned char)*s > 126
              || (*s == '"' && strcmp(option, "escape"))))
        csv_args_wrong(L, idx, "%s: expected one character of ASCII", option);
    lua_pop(L, 1);
    return s ? *s : 0;
}

/* The character around fields; "" is none. */
static void
read_quote(lua_State *L, int idx, CsvForm *form)
{
    size_t len = 1;
    const char *s = text_option(L, idx, "quote", &len, "one character, or \"\" for none");

    if (s && len && (len != 1 || (*s != '"' && !csv_is_separator(*s))))
        csv_args_wrong(L, idx, "quote: expected one character of ASCII other than a "
                       "letter or digit, or \"\" for none");
    form->no_quotes = s && !len;
    form->quote = s && len ? *s : 0;
    form->escape = character(L, idx, "escape");
    lua_pop(L, 1);
}

/* The place of the option's text in the list of words, 0 when it is not given. */
static int
choice(lua_State *L, int idx, const char *option, const char *const *words)
{
    const char *s = text_option(L, idx, option, NULL, "a string");
    int found = 0;

    for (; s && words[found] && strcmp(words[found], s) != 0; found++)
        ;
    if (s && !words[found]) {
        lua_newtable(L);
        for (int i = 0; words[i]; i++) {
            lua_pushstring(L, words[i]);
            lua_rawseti(L, -2, i + 1);
        }
        csv_args_hint(L, lua_gettop(L) - 1);
        csv_args_wrong(L, idx, "%s: there is no \"%s\"%s", option, s, lua_tostring(L, -1));
    }
    lua_pop(L, 1);
    return found;
}

static void
read_encoding(lua_State *L, int idx, CsvForm *form)
{
    const char *words[TEXT_ENCODING_NAMES + 2] = {NULL};
    int i;

    memcpy(words, text_encoding_names, sizeof text_encoding_names);
    words[TEXT_ENCODING_NAMES] = "bytes";
    i = choice(L, idx, "encoding", words);
    form->any_bytes = i == TEXT_ENCODING_NAMES;
    form->encoding = form->any_bytes ? TEXT_UTF8 : text_encodings[i];
}

/* The options are at idx, the anchor of the strings below the top. */
static void
read_names(lua_State *L, int idx, CsvForm *form, int anchor)
{
    CsvText *names;
    lua_Integer n;

    if (lua_getfield(L, idx, "names") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    n = lua_istable(L, -1) ? luaL_len(L, -1) : 0;
    if (n < 1)
        csv_args_wrong(L, idx, "names: expected a list of the columns' names");
    names = lua_newuserdatauv(L, (size_t)n * sizeof *names, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_geti(L, -2, i) != LUA_TSTRING || lua_rawlen(L, -1) == 0)
            csv_args_wrong(L, idx, "names: element %I is not a name", (LUAI_UACINT)i);
        names[i - 1].at = lua_tolstring(L, -1, &names[i - 1].len);
        lua_rawseti(L, anchor, i);
    }
    lua_setfield(L, anchor, "names");
    lua_pop(L, 1);
    form->names = names;
    form->n_names = (size_t)n;
}

static void
read_thousands(lua_State *L, int idx, CsvForm *form, int anchor)
{
    static const char expected[] = "a character between groups of digits";
    size_t len = 0;
    const char *s = text_option(L, idx, "thousands", &len, expected);

    if (s && (len < 1 || len > 4 || strcspn(s, "0123456789+-\"\r\n") != len))
        csv_args_wrong(L, idx, "thousands: expected %s", expected);
    form->thousands = (CsvText){s, s ? len : 0};
    lua_setfield(L, anchor, "thousands");
}

static void
read_skip(lua_State *L, int idx, CsvForm *form)
{
    if (lua_getfield(L, idx, "skip") != LUA_TNIL) {
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 0)
            csv_args_wrong(L, idx, "skip: expected a number of lines");
        form->skip = (size_t)lua_tointeger(L, -1);
    }
    lua_pop(L, 1);
}

/* Characters that would mean two things. */
static void
check_clashes(lua_State *L, int idx, const CsvSource *source, const CsvForm *form)
{
    char thousands = form->thousands.len == 1 ? *form->thousands.at : 0;
    char decimal = form->decimal ? form->decimal : '.';

    if (source->separator && form->decimal == source->separator)
        csv_args_wrong(L, idx, "decimal and separator are both \"%c\"", form->decimal);
    if (thousands && thousands == decimal)
        csv_args_wrong(L, idx, "thousands and decimal are both \"%c\"%s", thousands,
                   form->decimal ? "" : "; set decimal = \",\" too");
    if (source->separator && form->comment == source->separator)
        csv_args_wrong(L, idx, "comment and separator are both \"%c\"", form->comment);
    if (form->quote && (form->quote == source->separator || form->quote == form->comment))
        csv_args_wrong(L, idx, "quote and %s are both \"%c\"",
                   form->quote == form->comment ? "comment" : "separator", form->quote);
    if (form->escape && (form->escape == source->separator || form->escape == form->comment))
        csv_args_wrong(L, idx, "escape and %s are both \"%c\"",
                   form->escape == form->comment ? "comment" : "separator", form->escape);
    if (form->decimal && form->decimal != '.' && form->decimal != ',')
        csv_args_wrong(L, idx, "decimal: expected \".\" or \",\"");
}

void
csv_args_form(lua_State *L, int idx, CsvSource *source)
{
    static const char *const ragged[] = {"error", "pad", "skip", NULL};
    static const char *const duplicates[] = {"error", "number", NULL};
    CsvForm *form = lua_newuserdatauv(L, sizeof *form, 1);
    int anchor;

    memset(form, 0, sizeof *form);
    source->form = form;
    if (lua_isnoneornil(L, idx))
        return;
    form->header_said = lua_getfield(L, idx, "header") != LUA_TNIL;
    lua_pop(L, 1);
    lua_newtable(L);
    anchor = lua_gettop(L);
    read_skip(L, idx, form);
    read_encoding(L, idx, form);
    read_quote(L, idx, form);
    form->comment = character(L, idx, "comment");
    form->decimal = character(L, idx, "decimal");
    read_thousands(L, idx, form, anchor);
    form->ragged = (CsvRagged)choice(L, idx, "ragged", ragged);
    form->number_names = choice(L, idx, "duplicates", duplicates);
    read_names(L, idx, form, anchor);
    check_clashes(L, idx, source, form);
    lua_setiuservalue(L, -2, 1);
}
