/* as_program.c -- a host that takes the words of `rille run`, so that tests can run the same
 * project by either (tests/lib/oracle.lua, RILLE_THROUGH):
 *
 *     as_program run FILE [PIPELINE] --store DIR --name NAME [--set NAME=VALUE]... [--no-cache]
 *                [--config FILE] [-j N] [--json]
 *
 * VALUE is JSON where it reads as that, else a text.  What the script prints goes to standard
 * output, with --json what the engine says of steps, as events; the message of a failure to
 * standard error.  Exit codes are those of rille run; 64: it has no such word.  Without -j the
 * steps run in as many processes as AS_PROGRAM_JOBS says, else in the host's thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rille.h>

enum { NO_SUCH_WORD = 64, MOST_SETS = 64 };

typedef struct Words {
    const char *file, *pipeline, *store, *name, *config;
    const char *sets[MOST_SETS];
    int n_sets, no_cache, json, jobs;
} Words;

/* The value of an option, or NULL where it is missing. */
static const char *
value(int argc, char **argv, int *i)
{
    return *i + 1 < argc ? argv[++*i] : NULL;
}

static int
read_option(Words *w, int argc, char **argv, int *i)
{
    const char *word = argv[*i];

    if (strcmp(word, "--json") == 0)
        w->json = 1;
    else if (strcmp(word, "--no-cache") == 0)
        w->no_cache = 1;
    else if (strcmp(word, "--store") == 0)
        w->store = value(argc, argv, i);
    else if (strcmp(word, "--name") == 0)
        w->name = value(argc, argv, i);
    else if (strcmp(word, "--config") == 0)
        w->config = value(argc, argv, i);
    else if (strcmp(word, "-j") == 0)
        w->jobs = atoi(value(argc, argv, i));
    else if (strcmp(word, "--set") == 0 && w->n_sets < MOST_SETS)
        w->sets[w->n_sets++] = value(argc, argv, i);
    else
        return NO_SUCH_WORD;
    return 0;
}

static int
read_words(Words *w, int argc, char **argv)
{
    int rc = argc < 2 || strcmp(argv[1], "run") != 0 ? NO_SUCH_WORD : 0;

    for (int i = 2; i < argc && !rc; i++)
        if (argv[i][0] == '-')
            rc = read_option(w, argc, argv, &i);
        else if (!w->file)
            w->file = argv[i];
        else if (!w->pipeline)
            w->pipeline = argv[i];
        else
            rc = NO_SUCH_WORD;
    if (rc || !w->file || !w->store)
        fprintf(stderr, "as_program: no such words\n");
    return w->file && w->store ? rc : NO_SUCH_WORD;
}

/* "NAME=VALUE" as an argument */
static int
set(rille_values *args, const char *text)
{
    const char *equals = strchr(text, '=');
    char name[128];
    int rc;

    if (!equals)
        return RILLE_EINVAL;
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    rc = rille_put_json(args, name, equals + 1);
    return rc ? rille_put_string(args, name, equals + 1, strlen(equals + 1)) : rc;
}

/* The name of the only pipeline in what rille_describe gives; 0 where there are more. */
static int
only_pipeline(const char *json, char *out, size_t size)
{
    const char *at = strstr(json, "\"pipelines\":["), *name = at ? strstr(at, "\"name\":\"") : NULL;
    size_t n;

    if (!name)
        return 0;
    name += strlen("\"name\":\"");
    n = strcspn(name, "\"");
    snprintf(out, size, "%.*s", (int)n, name);
    return n < size;
}

/* As a JSON string. */
static void
put_text(const char *text)
{
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p == '"' || *p == '\\' || *p < ' ')
            printf("\\u%04x", *p);
        else
            putchar(*p);
    putchar('"');
}

/* A sentence of the engine's has no end of line. */
static int
is_note(const rille_event *event)
{
    return event->step && event->text[strcspn(event->text, "\n")] == 0;
}

static int
hear(void *user, const rille_event *event)
{
    const Words *w = user;

    if (event->kind == RILLE_LOG && !w->json) {
        fputs(event->text, stdout);
    } else if (event->kind == RILLE_LOG && is_note(event)) {
        printf("{\"event\":\"note\",\"step\":");
        put_text(event->step);
        printf(",\"text\":");
        put_text(event->text);
        printf("}\n");
    }
    return 0;
}

static int
run(rille_engine *e, const Words *w)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    const char *json;
    char name[128];
    rille_run *made = NULL;
    int rc = RILLE_OK;

    if (w->pipeline)
        snprintf(name, sizeof name, "%s", w->pipeline);
    else if ((rc = rille_describe(e, &json)) || !only_pipeline(json, name, sizeof name))
        return rc ? rc : RILLE_EINVAL;
    how.run_name = w->name;
    how.jobs = w->jobs;
    if (w->no_cache)
        how.flags |= RILLE_RUN_NO_CACHE;
    how.args = w->n_sets ? rille_values_new(e) : NULL;
    for (int i = 0; i < w->n_sets && !rc; i++)
        rc = set(how.args, w->sets[i]);
    rc = rc ? rc : rille_run_pipeline(&made, e, name, &how);
    rille_values_free(how.args);
    rille_run_free(made);
    return rc;
}

/* That of rille run. */
static int
exit_code(int rc)
{
    switch (rc) {
    case RILLE_OK: return 0;
    case RILLE_ESTEP: return 1;
    case RILLE_ENOTFOUND: return 2;
    case RILLE_EIO: case RILLE_EEXISTS: case RILLE_ECORRUPT: return 4;
    default: return 3;
    }
}

int
main(int argc, char **argv)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    Words w = {.jobs = getenv("AS_PROGRAM_JOBS") ? atoi(getenv("AS_PROGRAM_JOBS")) : 0};
    rille_engine *e = NULL;
    int rc = read_words(&w, argc, argv);

    if (rc)
        return rc;
    opt.config = w.config;
    opt.event = hear;
    opt.event_user = &w;
    rc = rille_open(&e, w.store, &opt);
    if (!rc)
        rc = rille_load_file(e, w.file);
    if (!rc)
        rc = run(e, &w);
    if (rc)
        fprintf(stderr, "rille: %s\n", rille_errmsg(e));
    rille_close(e);
    return exit_code(rc);
}
