/* line_editor.c -- see line_editor.h.  libedit's callbacks are told nothing but the EditLine: the
 * one that reads is `current`. */
#include <dlfcn.h>
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "base/buf.h"
#include "line_editor.h"

static const char TYPE[] = "rille.line_editor";
static const char LIBRARY[] = "libedit.so.2";
static const char PASTE_ON[] = "\033[?2004h", PASTE_OFF[] = "\033[?2004l";
static const char PASTE_BEGIN[] = "\033[200~", PASTE_END[] = "\033[201~";

enum { REMEMBERED = 2000 };             /* entries that the arrow keys show */

/* What is used of libedit, in the order of NAMES. */
typedef struct Library {
    EditLine *(*init)(const char *, FILE *, FILE *, FILE *);
    void (*end)(EditLine *);
    int (*set)(EditLine *, int, ...);
    const char *(*gets)(EditLine *, int *);
    int (*getc)(EditLine *, char *);
    const LineInfo *(*line)(EditLine *);
    int (*insertstr)(EditLine *, const char *);
    void (*deletestr)(EditLine *, int);
    int (*source)(EditLine *, const char *);
    void (*resize)(EditLine *);
    History *(*history_init)(void);
    void (*history_end)(History *);
    int (*history)(History *, HistEvent *, int, ...);
} Library;

static const char *const NAMES[] = {"el_init", "el_end", "el_set", "el_gets", "el_getc", "el_line",
                                    "el_insertstr", "el_deletestr", "el_source", "el_resize",
                                    "history_init", "history_end", "history"};
enum { N_NAMES = sizeof NAMES / sizeof *NAMES };

typedef struct Editor {
    Library lib;
    EditLine *el;
    History *history;
    lua_State *L;                       /* while it reads; its complete is at index 2 */
    char prompt[64];
    Buf pasted;                         /* of a paste what comes after its first line */
    int is_paste;                       /* the line that was read is the first of a paste */
} Editor;

static Editor *current;
static volatile sig_atomic_t interrupted;

/* ---- keys ---- */

static char *
prompt_of(EditLine *el)
{
    (void)el;
    return current->prompt;
}

/* Reads a paste to its end into b, lines ending with "\n". */
static int
read_paste(EditLine *el, Buf *b)
{
    size_t end = sizeof PASTE_END - 1;
    char c;

    while (b->len < end || memcmp(b->data + b->len - end, PASTE_END, end) != 0) {
        if (current->lib.getc(el, &c) != 1)
            return -1;
        if (buf_byte(b, c == '\r' ? '\n' : c))
            return -1;
    }
    b->len -= end;
    return 0;
}

/* The paste is inserted where it is one line; else its first line ends the line that is edited. */
static unsigned char
on_paste(EditLine *el, int key)
{
    Buf *b = &current->pasted;
    char *end;

    (void)key;
    b->len = 0;
    if (read_paste(el, b) || !buf_cstr(b))
        return CC_ERROR;
    end = strchr((char *)b->data, '\n');
    if (end)
        *end = 0;
    current->lib.insertstr(el, (char *)b->data);
    if (!end) {
        b->len = 0;
        return CC_REFRESH;
    }
    current->is_paste = 1;
    fprintf(stdout, "%s\r\n", (char *)b->data);     /* libedit shows a line that ends by Enter */
    fflush(stdout);
    memmove(b->data, end + 1, b->len - (size_t)(end + 1 - (char *)b->data));
    b->len -= (size_t)(end + 1 - (char *)b->data);
    return CC_NEWLINE;
}

/* How many bytes all n texts from index 4 on begin with. */
static size_t
common_length(lua_State *L, int n)
{
    size_t len, other;
    const char *first = lua_tolstring(L, 4, &len);

    for (int i = 1; i < n; i++) {
        const char *text = lua_tolstring(L, 4 + i, &other);
        size_t same = 0;

        while (same < len && same < other && text[same] == first[same])
            same++;
        len = same;
    }
    return len;
}

/* Shows the texts below the line, in columns, and the line again. */
static void
show_choices(lua_State *L, int n)
{
    fputc('\n', stdout);
    for (int i = 0; i < n; i++)
        fprintf(stdout, "%s%s", lua_tostring(L, 4 + i), i + 1 < n ? "  " : "\n");
    fflush(stdout);
}

/* l_complete(line, at) with complete below: the number of choices, *first set.  They stand from
 * index 4 on. */
static unsigned char
offer(EditLine *el, lua_State *L, const LineInfo *line, int *again)
{
    size_t at = (size_t)(line->cursor - line->buffer), common;
    int n;
    lua_Integer first;
    char *text;

    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    lua_pushlstring(L, line->buffer, (size_t)(line->lastchar - line->buffer));
    lua_pushinteger(L, (lua_Integer)at);
    if (lua_pcall(L, 2, LUA_MULTRET, 0) || !lua_isinteger(L, 3) || lua_gettop(L) < 4)
        return CC_REFRESH_BEEP;
    n = lua_gettop(L) - 3;
    first = lua_tointeger(L, 3);
    common = common_length(L, n);
    if (common <= at - (size_t)(first - 1) && n > 1) {
        show_choices(L, n);
        *again = 1;
        return CC_REDISPLAY;
    }
    text = strndup(lua_tostring(L, 4), common);
    current->lib.deletestr(el, (int)(at - (size_t)(first - 1)));
    if (text)
        current->lib.insertstr(el, text);
    free(text);
    return CC_REFRESH;
}

static unsigned char
on_complete(EditLine *el, int key)
{
    lua_State *L = current->L;
    int again = 0;
    unsigned char code;

    (void)key;
    code = offer(el, L, current->lib.line(el), &again);
    lua_settop(L, 2);
    return code;
}

/* ---- reading ---- */

static void
on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* The line, with Ctrl-C ending the read and nothing else: no SA_RESTART. */
static const char *
get_line(Editor *ed, int *n)
{
    struct sigaction action = {0}, before;
    const char *line;

    interrupted = 0;
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, &before);
    ed->lib.resize(ed->el);             /* the window may have changed while something ran */
    ed->lib.set(ed->el, EL_PREP_TERM, 1);       /* before the prompt: what is typed then is a key */
    fputs(PASTE_ON, stdout);
    fflush(stdout);
    line = ed->lib.gets(ed->el, n);
    fputs(PASTE_OFF, stdout);
    fflush(stdout);
    sigaction(SIGINT, &before, NULL);
    return line;
}

/* read(editor, complete, prompt) */
static int
l_read(lua_State *L)
{
    Editor *ed = bind_check(L, 1, TYPE);
    const char *line;
    int n = 0;

    snprintf(ed->prompt, sizeof ed->prompt, "%s", luaL_checkstring(L, 3));
    luaL_checktype(L, 2, LUA_TFUNCTION);
    luaL_checkstack(L, 1000, "too many completions");
    lua_settop(L, 2);
    ed->L = L;
    ed->is_paste = 0;
    ed->pasted.len = 0;
    current = ed;
    line = get_line(ed, &n);
    current = NULL;
    if (line && n > 0) {
        lua_pushlstring(L, line, (size_t)n - (line[n - 1] == '\n'));
        if (!ed->is_paste)
            return 1;
        lua_pushlstring(L, (const char *)ed->pasted.data, ed->pasted.len);
        return 2;
    }
    lua_pushnil(L);
    lua_pushstring(L, interrupted ? "interrupted" : "end");
    return 2;
}

/* add(editor, text) */
static int
l_add(lua_State *L)
{
    Editor *ed = bind_check(L, 1, TYPE);
    HistEvent event;

    ed->lib.history(ed->history, &event, H_ENTER, luaL_checkstring(L, 2));
    return 0;
}

static void
release(Editor *ed)
{
    if (ed->el)
        ed->lib.end(ed->el);
    if (ed->history)
        ed->lib.history_end(ed->history);
    ed->el = NULL;
    ed->history = NULL;
    buf_release(&ed->pasted);
}

static int
l_close(lua_State *L)
{
    Editor **box = luaL_checkudata(L, 1, TYPE);

    if (*box)
        release(*box);
    free(*box);
    *box = NULL;
    return 0;
}

/* ---- opening ---- */

static int
load_library(Library *lib)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *found[N_NAMES];

    if (!handle)
        return 0;
    for (int i = 0; i < N_NAMES; i++)
        if (!(found[i] = dlsym(handle, NAMES[i])))
            return 0;
    memcpy(lib, found, sizeof found);
    return 1;
}

static void
set_locale(void)
{
    const char *codes;

    if (!setlocale(LC_CTYPE, ""))
        setlocale(LC_CTYPE, "C");
    codes = setlocale(LC_CTYPE, NULL);
    if (strcmp(codes, "C") == 0 || strcmp(codes, "POSIX") == 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static int
start(Editor *ed)
{
    HistEvent event;

    if (!load_library(&ed->lib))
        return 0;
    set_locale();
    ed->el = ed->lib.init("rille", stdin, stdout, stderr);
    ed->history = ed->lib.history_init();
    if (!ed->el || !ed->history)
        return 0;
    ed->lib.history(ed->history, &event, H_SETSIZE, REMEMBERED);
    ed->lib.history(ed->history, &event, H_SETUNIQUE, 1);
    ed->lib.set(ed->el, EL_EDITOR, "emacs");
    ed->lib.set(ed->el, EL_PROMPT, prompt_of);
    ed->lib.set(ed->el, EL_HIST, ed->lib.history, ed->history);
    ed->lib.set(ed->el, EL_ADDFN, "rille-complete", "complete", on_complete);
    ed->lib.set(ed->el, EL_ADDFN, "rille-paste", "paste", on_paste);
    ed->lib.set(ed->el, EL_BIND, "\t", "rille-complete", NULL);
    ed->lib.set(ed->el, EL_BIND, PASTE_BEGIN, "rille-paste", NULL);
    ed->lib.set(ed->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    ed->lib.source(ed->el, NULL);
    return 1;
}

int
line_editor_l_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"read", l_read}, {"add", l_add}, {"close", l_close}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_close}, {NULL, NULL}};
    Editor **box, *ed;

    bind_type(L, TYPE, methods, meta);
    box = bind_box(L, TYPE);
    *box = ed = calloc(1, sizeof *ed);
    if (!ed)
        return luaL_error(L, "out of memory");
    buf_init(&ed->pasted);
    if (start(ed))
        return 1;
    lua_pushnil(L);
    lua_pushfstring(L, "lines cannot be edited: %s is not installed", LIBRARY);
    return 2;
}
