/* tool_embed.c -- a tool of the build: writes files as C arrays, for embedded.c.
 *
 *     embed FILE... > scripts.c
 *
 * Every file is kept verbatim, so that line numbers hold, and a Lua file also
 * compiled: the program, which has the Lua that compiled it inside, starts in a
 * third of the time.  The compiled form keeps its lines and leaves out the names
 * of locals and upvalues, which are half of what loading it costs.  The table is sorted by
 * path; its last entry is all NULL.  A second table has the numbers of its entries that are
 * modules, sorted by the names of these. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lauxlib.h>

#include "base/buf.h"
#include "embedded/embedded.h"
#include "embedded/module_name.h"

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
by_module(const void *a, const void *b)
{
    return strcmp(a, b);            /* the name is a Module's first field */
}

static void
put_bytes(const char *what, int number, const char *p, size_t n)
{
    printf("static const char %s_%d[] = {", what, number);
    for (size_t i = 0; i < n; i++)
        printf("%s%d,", i % 24 ? "" : "\n", (signed char)p[i]);
    printf("0};\n");
}

static int
add_piece(lua_State *L, const void *p, size_t n, void *user)
{
    (void)L;
    return buf_put(user, p, n);
}

/* A walk over what lua_dump wrote (Lua 5.4: lundump.c reads it in this order),
 * which copies what is kept. */
typedef struct Walk {
    const unsigned char *p;
    Buf *out;
} Walk;

enum { HEADER = 31 + 1 };       /* then the number of upvalues, a byte */

static void
keep(Walk *w, size_t n)
{
    if (buf_put(w->out, w->p, n))
        abort();
    w->p += n;
}

/* A number: 7 bits a byte, the last one marked. */
static size_t
number(Walk *w, int kept)
{
    const unsigned char *from = w->p;
    size_t n = 0;

    do
        n = n << 7 | (*w->p & 0x7f);
    while (!(*w->p++ & 0x80));
    if (kept && buf_put(w->out, from, (size_t)(w->p - from)))
        abort();
    return n;
}

static void
string(Walk *w, int kept)
{
    size_t n = number(w, kept);

    n = n ? n - 1 : 0;
    if (kept)
        keep(w, n);
    else
        w->p += n;
}

static void
constant(Walk *w)
{
    int type = *w->p;

    keep(w, 1);
    if (type == (LUA_TNUMBER | 0 << 4) || type == (LUA_TNUMBER | 1 << 4))
        keep(w, 8);
    else if ((type & 0x0f) == LUA_TSTRING)
        string(w, 1);
}

static void
function(Walk *w)
{
    size_t n;

    string(w, 1);                               /* source */
    number(w, 1);                               /* first and last line */
    number(w, 1);
    keep(w, 3);                                 /* parameters, vararg, stack */
    n = number(w, 1);
    keep(w, n * 4);                             /* code */
    for (n = number(w, 1); n; n--)
        constant(w);
    n = number(w, 1);
    keep(w, n * 3);                             /* upvalues */
    for (n = number(w, 1); n; n--)
        function(w);
    n = number(w, 1);
    keep(w, n);                                 /* lines */
    for (n = number(w, 1); n; n--) {
        number(w, 1);
        number(w, 1);
    }
    for (n = number(w, 0); n; n--) {            /* locals */
        string(w, 0);
        number(w, 0);
        number(w, 0);
    }
    for (n = number(w, 0); n; n--)              /* names of upvalues */
        string(w, 0);
    if (buf_put(w->out, "\x80\x80", 2))         /* none of either */
        abort();
}

/* Appends the dump without the names of locals and upvalues. */
static void
without_names(const Buf *dump, Buf *out)
{
    Walk w = {dump->data, out};

    keep(&w, HEADER);
    function(&w);
    if (w.p != dump->data + dump->len)
        abort();
}

/* The descriptions for editors are texts that the prompt reads, and never run. */
static int
is_description(const char *path)
{
    return strncmp(path, "lua/library/", strlen("lua/library/")) == 0;
}

/* Files of templates are texts that rille init writes; they never run here. */
static int
is_template(const char *path)
{
    return strncmp(path, EMBEDDED_TEMPLATES, strlen(EMBEDDED_TEMPLATES)) == 0;
}

static int
is_executable(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && (st.st_mode & S_IXUSR) != 0;
}

/* Pushes the compiled form of the text at the top. */
static int
compile(lua_State *L, const char *path)
{
    size_t n;
    const char *text = lua_tolstring(L, -1, &n);
    Buf dump, out;

    buf_init(&dump);
    buf_init(&out);
    lua_pushfstring(L, "%s%s", EMBEDDED_PREFIX, path);
    if (luaL_loadbufferx(L, text, n, lua_tostring(L, -1), "t")) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        return -1;
    }
    if (lua_dump(L, add_piece, &dump, 0))
        return -1;
    without_names(&dump, &out);
    lua_pushlstring(L, (const char *)out.data, out.len);
    buf_release(&dump);
    buf_release(&out);
    return 0;
}

static int
put_file(lua_State *L, const char *path, int number)
{
    size_t n = strlen(path);
    FILE *f = fopen(path, "rb");
    luaL_Buffer text;
    size_t got;

    if (!f) {
        perror(path);
        return -1;
    }
    luaL_buffinit(L, &text);
    do {
        got = fread(luaL_prepbuffer(&text), 1, LUAL_BUFFERSIZE, f);
        luaL_addsize(&text, got);
    } while (got);
    fclose(f);
    luaL_pushresult(&text);
    put_bytes("text", number, lua_tostring(L, -1), lua_rawlen(L, -1));
    if (n > 4 && strcmp(path + n - 4, ".lua") == 0 && !is_description(path)
        && !is_template(path)) {
        if (compile(L, path))
            return -1;
        put_bytes("code", number, lua_tostring(L, -1), lua_rawlen(L, -1));
    } else {
        printf("static const char code_%d[] = {0};\n", number);
    }
    lua_settop(L, 0);
    return 0;
}

static void
put_entry(const char *path, int number)
{
    char name[MODULE_NAME_SIZE];

    printf("    {\"%s\", ", path);
    if (module_name(path, name, sizeof name))
        printf("\"%s\"", name);
    else
        printf("NULL");
    printf(", text_%d, sizeof text_%d - 1, code_%d, sizeof code_%d - 1, %d},\n", number, number,
           number, number, is_executable(path));
}

typedef struct Module {
    char name[MODULE_NAME_SIZE];
    int entry;
} Module;

/* The numbers of the entries that are modules, in the order of their names. */
static int
put_modules(char **paths, int n)
{
    Module *modules = calloc((size_t)n, sizeof *modules);
    int count = 0;

    if (!modules)
        return -1;
    for (int i = 0; i < n; i++)
        if (module_name(paths[i], modules[count].name, sizeof modules->name))
            modules[count++].entry = i;
    qsort(modules, (size_t)count, sizeof *modules, by_module);
    printf("const unsigned short embedded_by_module[] = {");
    for (int i = 0; i < count; i++)
        printf("%s%d,", i % 16 ? "" : "\n", modules[i].entry);
    printf("};\nconst int embedded_module_count = %d;\n", count);
    free(modules);
    return 0;
}

int
main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();

    qsort(argv + 1, (size_t)argc - 1, sizeof *argv, by_name);
    printf("#include \"embedded/embedded.h\"\n");
    for (int i = 1; i < argc; i++)
        if (put_file(L, argv[i], i))
            return EXIT_FAILURE;
    printf("const EmbeddedFile embedded_files[] = {\n");
    for (int i = 1; i < argc; i++)
        put_entry(argv[i], i);
    printf("    {NULL, NULL, NULL, 0, NULL, 0, 0}\n};\nconst int embedded_count = %d;\n", argc - 1);
    lua_close(L);
    if (put_modules(argv + 1, argc - 1))
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
