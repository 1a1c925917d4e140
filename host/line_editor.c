/* line_editor.c -- see line_editor.h.  libedit's callbacks are told nothing but the EditLine: the
 * one that reads is `current`. */
#include <dlfcn.h>
#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/bind.h"
#include "base/buf.h"
#include "line_editor.h"
#include "line_input.h"

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
    int (*wset)(EditLine *, int, ...);
    int (*get)(EditLine *, int, ...);
    const char *(*gets)(EditLine *, int *);
    const LineInfo *(*line)(EditLine *);
    const LineInfoW *(*wline)(EditLine *);
    int (*insertstr)(EditLine *, const char *);
    void (*deletestr)(EditLine *, int);
    int (*cursor)(EditLine *, int);
    void (*push)(EditLine *, const char *);
    int (*source)(EditLine *, const char *);
    void (*resize)(EditLine *);
    History *(*history_init)(void);
    void (*history_end)(History *);
    int (*history)(History *, HistEvent *, int, ...);
} Library;

static const char *const NAMES[] = {
    "el_init", "el_end", "el_set", "el_wset", "el_get", "el_gets", "el_line", "el_wline",
    "el_insertstr", "el_deletestr", "el_cursor", "el_push", "el_source", "el_resize",
    "history_init", "history_end", "history"};
enum { N_NAMES = sizeof NAMES / sizeof *NAMES };

typedef struct Editor {
    Library lib;
    EditLine *el;
    History *history;
    lua_State *L;                       /* while it reads; its complete is at index 2 */
    LineInput input;
    char prompt[64];
    Buf rest;                           /* of a paste what comes after its first line */
    int is_paste;                       /* the line that was read is the first of a paste */
    int is_started;                     /* an entry is: Ctrl-D does nothing */
    locale_t locale;                    /* of the thread while the editor works */
    int is_dumb;                        /* the terminal knows no sequences */
} Editor;

static Editor *current;

/* ---- places on the screen ---- */

static int
columns(void)
{
    struct winsize w = {0};

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : 80;
}

/* How far below the first row of the prompt the character at `at` is. */
static int
row_of(const Editor *ed, const LineInfoW *line, const wchar_t *at)
{
    int wide = columns(), row = 0, column = (int)strlen(ed->prompt);

    for (const wchar_t *p = line->buffer; p < at; p++) {
        int width = *p == L'\t' ? 8 - column % 8 : wcwidth(*p);

        if (*p == L'\n') {
            row++;
            column = 0;
            continue;
        }
        width = width < 0 ? 2 : width;          /* ^A */
        if (column + width > wide) {
            row++;
            column = 0;
        }
        column += width;
    }
    return row + column / wide;
}

/* Goes below the line that is edited. */
static void
go_below(const Editor *ed)
{
    const LineInfoW *line = ed->lib.wline(ed->el);
    int rows = row_of(ed, line, line->lastchar) - row_of(ed, line, line->cursor);

    while (rows-- > 0)
        fputc('\n', stdout);
}

static void
take_terminal(const Editor *ed)
{
    ed->lib.set(ed->el, EL_PREP_TERM, 1);       /* before the prompt: what is typed then is a key */
    line_input_never_block();
    if (!ed->is_dumb)
        fputs(PASTE_ON, stdout);
    fflush(stdout);
}

static void
release_terminal(void *user)
{
    const Editor *ed = user;

    go_below(ed);
    if (!ed->is_dumb)
        fputs(PASTE_OFF, stdout);
    fflush(stdout);
    ed->lib.set(ed->el, EL_PREP_TERM, 0);
}

/* The window has another size, or another program had the terminal. */
static void
redraw(void *user, int taken)
{
    const Editor *ed = user;
    const LineInfoW *line = ed->lib.wline(ed->el);

    if (taken) {
        ed->lib.set(ed->el, EL_PREP_TERM, 0);
        take_terminal(ed);
    } else if (!ed->is_dumb) {
        int rows = row_of(ed, line, line->cursor);

        if (rows > 0)
            fprintf(stdout, "\033[%dA", rows);
        fputs("\r\033[J", stdout);
    }
    fputc('\r', stdout);
    fflush(stdout);
    ed->lib.resize(ed->el);
    ed->lib.set(ed->el, EL_REFRESH);
}

/* ---- keys ---- */

static char *
prompt_of(EditLine *el)
{
    (void)el;
    return current->prompt;
}

static int
get_char(EditLine *el, wchar_t *c)
{
    int got = line_input_char(&current->input, c);

    (void)el;
    if (got < 0) {
        go_below(current);
        errno = EINTR;
    }
    return got;
}

/* Inserts text; bytes that are none in the locale become question marks. */
static void
insert(Editor *ed, const char *text)
{
    char *plain;

    if (ed->lib.insertstr(ed->el, text) == 0 || !*text || !(plain = strdup(text)))
        return;
    for (char *p = plain; *p; p++)
        if (*p & 0x80)
            *p = '?';
    ed->lib.insertstr(ed->el, plain);
    free(plain);
}

/* Takes what is behind the cursor out of the line, to the end of b. */
static int
take_tail(Editor *ed, Buf *b)
{
    const LineInfo *line = ed->lib.line(ed->el);
    const LineInfoW *wide;

    if (buf_put(b, line->cursor, (size_t)(line->lastchar - line->cursor)))
        return -1;
    wide = ed->lib.wline(ed->el);
    if (wide->lastchar > wide->cursor) {
        int n = (int)(wide->lastchar - wide->cursor);

        ed->lib.cursor(ed->el, n);
        ed->lib.deletestr(ed->el, n);
    }
    return 0;
}

/* The paste is inserted where it is one line; else its first line ends the line that is edited, and
 * what was behind the cursor comes after its last one. */
static unsigned char
on_paste(EditLine *el, int key)
{
    Editor *ed = current;
    char *text = (char *)buf_cstr(&ed->input.paste), *end;

    (void)key;
    if (!text)
        return CC_ERROR;
    end = strchr(text, '\n');
    if (!end) {
        insert(ed, text);
        return CC_REFRESH;
    }
    *end = 0;
    ed->rest.len = 0;
    if (buf_puts(&ed->rest, end + 1) || take_tail(ed, &ed->rest))
        return CC_ERROR;
    insert(ed, text);
    ed->is_paste = 1;
    ed->lib.push(el, "\n");
    return CC_REFRESH;
}

/* How many characters the n bytes are. */
static int
characters(const char *p, size_t n)
{
    mbstate_t state = {0};
    size_t count = mbsnrtowcs(NULL, &p, n, 0, &state);

    return count == (size_t)-1 ? (int)n : (int)count;
}

/* complete(line, at) has its results at the top; does what they say. */
static unsigned char
use_completion(Editor *ed, lua_State *L, const LineInfo *line)
{
    size_t at = (size_t)(line->cursor - line->buffer), from;
    const char *text = lua_tostring(L, -2), *list = lua_tostring(L, -1);

    if (lua_isinteger(L, -3) && text) {
        from = (size_t)lua_tointeger(L, -3) - 1;
        if (from > at)
            return CC_ERROR;
        ed->lib.deletestr(ed->el, characters(line->buffer + from, at - from));
        insert(ed, text);
    }
    if (list) {
        go_below(ed);
        fprintf(stdout, "\n%s\n", list);
        fflush(stdout);
        ed->lib.set(ed->el, EL_REFRESH);
        return CC_NORM;
    }
    return text ? CC_REFRESH : CC_ERROR;
}

static unsigned char
on_complete(EditLine *el, int key)
{
    lua_State *L = current->L;
    const LineInfo *line = current->lib.line(el);
    unsigned char code = CC_ERROR;

    (void)key;
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    lua_pushlstring(L, line->buffer, (size_t)(line->lastchar - line->buffer));
    lua_pushinteger(L, (lua_Integer)(line->cursor - line->buffer));
    if (lua_pcall(L, 2, 3, 0) == 0)
        code = use_completion(current, L, line);
    lua_settop(L, 2);
    return code;
}

/* Ctrl-D: the end on an empty line, unless an entry is started; else the character goes. */
static unsigned char
on_delete(EditLine *el, int key)
{
    const LineInfoW *line = current->lib.wline(el);

    (void)key;
    if (line->lastchar == line->buffer)
        return current->is_started ? CC_NORM : CC_EOF;
    if (line->cursor == line->lastchar)
        return CC_ERROR;
    current->lib.cursor(el, 1);
    current->lib.deletestr(el, 1);
    return CC_REFRESH;
}

/* The up key within an entry of several lines; in its first one the entry before. */
static unsigned char
on_up(EditLine *el, int key)
{
    const LineInfoW *line = current->lib.wline(el);
    const wchar_t *start = line->cursor, *above;

    (void)key;
    while (start > line->buffer && start[-1] != L'\n')
        start--;
    if (start == line->buffer) {
        current->lib.push(el, "\020");
        return CC_NORM;
    }
    above = start - 1;
    while (above > line->buffer && above[-1] != L'\n')
        above--;
    if (above + (line->cursor - start) < start)
        above += line->cursor - start;
    else
        above = start - 1;
    current->lib.cursor(el, (int)(above - line->cursor));
    return CC_CURSOR;
}

static unsigned char
on_down(EditLine *el, int key)
{
    const LineInfoW *line = current->lib.wline(el);
    const wchar_t *start = line->cursor, *below = line->cursor, *end;

    (void)key;
    while (start > line->buffer && start[-1] != L'\n')
        start--;
    while (below < line->lastchar && *below != L'\n')
        below++;
    if (below == line->lastchar) {
        current->lib.push(el, "\016");
        return CC_NORM;
    }
    end = ++below;
    while (end < line->lastchar && *end != L'\n')
        end++;
    below = below + (line->cursor - start) < end ? below + (line->cursor - start) : end;
    current->lib.cursor(el, (int)(below - line->cursor));
    return CC_CURSOR;
}

/* ---- locale ---- */

/* Characters as the environment has them, C.UTF-8 where it says nothing. */
static locale_t
new_locale(void)
{
    locale_t given = newlocale(LC_CTYPE_MASK, "", (locale_t)0);

    if (given && strcmp(nl_langinfo_l(CODESET, given), "ANSI_X3.4-1968") != 0)
        return given;
    if (given)
        freelocale(given);
    return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* The editor's locale from here on, for this thread; returns the one before. */
static locale_t
enter(const Editor *ed)
{
    return uselocale(ed->locale);       /* 0 changes nothing */
}

/* ---- reading ---- */

static const char *
get_line(Editor *ed, int *n)
{
    const char *line;

    line_input_begin(&ed->input);
    ed->lib.resize(ed->el);             /* the window may have changed while something ran */
    take_terminal(ed);
    line = ed->lib.gets(ed->el, n);
    if (!ed->is_dumb)
        fputs(PASTE_OFF, stdout);
    fflush(stdout);
    line_input_end(&ed->input);
    return line;
}

/* Text that is in the line from the beginning is a paste that the terminal never sent; what was
 * typed meanwhile comes after it. */
static void
put_before(Editor *ed, const char *text)
{
    Buf *typed = &ed->input.bytes, b;

    buf_init(&b);
    if (buf_puts(&b, PASTE_BEGIN) || buf_puts(&b, text) || buf_puts(&b, PASTE_END)
        || (typed->len > ed->input.at
            && buf_put(&b, typed->data + ed->input.at, typed->len - ed->input.at))) {
        buf_release(&b);
        return;
    }
    buf_release(typed);
    *typed = b;
    ed->input.at = 0;
}

/* read(editor, complete, prompt, started[, text]) */
static int
l_read(lua_State *L)
{
    Editor *ed = bind_check(L, 1, TYPE);
    const char *line, *text = luaL_optstring(L, 5, NULL);
    locale_t before;
    int n = 0;

    snprintf(ed->prompt, sizeof ed->prompt, "%s", luaL_checkstring(L, 3));
    luaL_checktype(L, 2, LUA_TFUNCTION);
    ed->is_started = lua_toboolean(L, 4);
    if (text)
        put_before(ed, text);
    lua_settop(L, 2);
    ed->L = L;
    ed->is_paste = 0;
    current = ed;
    before = enter(ed);
    line = get_line(ed, &n);
    uselocale(before);
    current = NULL;
    if (line && n > 0 && !ed->input.interrupted) {
        lua_pushlstring(L, line, (size_t)n - (line[n - 1] == '\n'));
        if (!ed->is_paste)
            return 1;
        lua_pushlstring(L, (const char *)ed->rest.data, ed->rest.len);
        return 2;
    }
    lua_pushnil(L);
    lua_pushstring(L, ed->input.interrupted ? "interrupted" : ed->input.gone ? "gone" : "end");
    return 2;
}

/* add(editor, text) */
static int
l_add(lua_State *L)
{
    Editor *ed = bind_check(L, 1, TYPE);
    const char *text = luaL_checkstring(L, 2);
    locale_t before = enter(ed);
    HistEvent event;

    ed->lib.history(ed->history, &event, H_ENTER, text);
    uselocale(before);
    return 0;
}

static void
release(Editor *ed)
{
    if (ed->locale)
        freelocale(ed->locale);
    ed->locale = (locale_t)0;
    if (ed->el)
        ed->lib.end(ed->el);
    if (ed->history)
        ed->lib.history_end(ed->history);
    ed->el = NULL;
    ed->history = NULL;
    buf_release(&ed->rest);
    line_input_release(&ed->input);
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

/* Our keys, after ~/.editrc: `bind -v` there begins with new tables of keys.  In vi mode Escape
 * cannot begin a sequence, and libedit binds the arrow keys itself. */
static void
bind_keys(const Library *lib, EditLine *el)
{
    const wchar_t paste[] = {LINE_INPUT_PASTE, 0};
    const char *mode = NULL;

    lib->set(el, EL_BIND, "\t", "rille-complete", NULL);
    lib->set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    lib->wset(el, EL_BIND, paste, L"rille-paste", NULL);
    if (lib->get(el, EL_EDITOR, &mode) == 0 && mode && strcmp(mode, "vi") == 0) {
        lib->wset(el, EL_BIND, L"-a", paste, L"rille-paste", NULL);
        return;
    }
    lib->set(el, EL_BIND, "^D", "rille-delete", NULL);
    lib->set(el, EL_BIND, "\033[A", "rille-up", NULL);
    lib->set(el, EL_BIND, "\033OA", "rille-up", NULL);
    lib->set(el, EL_BIND, "\033[B", "rille-down", NULL);
    lib->set(el, EL_BIND, "\033OB", "rille-down", NULL);
}

static int
start(Editor *ed)
{
    const Library *lib = &ed->lib;
    const char *terminal = getenv("TERM");
    HistEvent event;

    if (!load_library(&ed->lib))
        return 0;
    ed->is_dumb = !terminal || !*terminal || strcmp(terminal, "dumb") == 0;
    ed->el = lib->init("rille", stdin, stdout, stderr);
    ed->history = lib->history_init();
    if (!ed->el || !ed->history)
        return 0;
    lib->history(ed->history, &event, H_SETSIZE, REMEMBERED);
    lib->history(ed->history, &event, H_SETUNIQUE, 1);
    lib->set(ed->el, EL_EDITOR, "emacs");
    lib->set(ed->el, EL_PROMPT, prompt_of);
    lib->set(ed->el, EL_HIST, lib->history, ed->history);
    lib->wset(ed->el, EL_GETCFN, get_char);
    lib->set(ed->el, EL_ADDFN, "rille-complete", "complete", on_complete);
    lib->set(ed->el, EL_ADDFN, "rille-paste", "paste", on_paste);
    lib->set(ed->el, EL_ADDFN, "rille-delete", "delete, or the end", on_delete);
    lib->set(ed->el, EL_ADDFN, "rille-up", "up, or the entry before", on_up);
    lib->set(ed->el, EL_ADDFN, "rille-down", "down, or the entry after", on_down);
    lib->source(ed->el, NULL);
    bind_keys(lib, ed->el);
    return 1;
}

/* Between lines and entries: Ctrl-C never leaves the prompt. */
static void
on_late_interrupt(int number)
{
    (void)number;
}

int
line_editor_l_open(lua_State *L)
{
    struct sigaction action = {0};
    static const luaL_Reg methods[] = {
        {"read", l_read}, {"add", l_add}, {"close", l_close}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_close}, {NULL, NULL}};
    Editor **box, *ed;
    locale_t before;
    int started;

    action.sa_handler = on_late_interrupt;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    bind_type(L, TYPE, methods, meta);
    box = bind_box(L, TYPE);
    *box = ed = calloc(1, sizeof *ed);
    if (!ed)
        return luaL_error(L, "out of memory");
    buf_init(&ed->rest);
    line_input_init(&ed->input, (LineInputOwner){release_terminal, redraw, ed});
    ed->locale = new_locale();
    before = enter(ed);
    started = start(ed);
    uselocale(before);
    if (started)
        return 1;
    lua_pushnil(L);
    lua_pushfstring(L, "lines cannot be edited: %s is not installed", LIBRARY);
    return 2;
}
