/* host.h -- what the hosts among the tests share: a folder, an engine that is listened to, short
 * scripts.  A test includes rille.h and this, and links the library as any program would; it is
 * built against librille.so and against librille.a (rules.mk).
 *
 *     int main(void)
 *     {
 *         host_begin("load");          a folder below /tmp, which becomes the working folder
 *         RUN(a_sentence);
 *         return host_end();           removes it; counts
 *     } */
#ifndef HOST_H
#define HOST_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "rille.h"

#define HEAD                                                                                       \
    "local rille = require 'rille' local t, step, pipeline = rille.types, rille.step, "            \
    "rille.pipeline\n"
/* A pipeline of one step of the same name with one number, body being its code. */
#define PIPELINE(name, body)                                                                       \
    HEAD "local s = step '" name "' { outputs = { t.number 'n' }, run = function(_, ctx) " body    \
         " end }\n"                                                                                \
         "pipeline '" name "' { define = function() s() end }\n"

#define CHECK_RC(got, want) host_check_rc(__FILE__, __LINE__, #got, (got), (want))

static char host_dir[64], host_store[96];
static char host_said[1 << 16]; /* the texts of the events RILLE_LOG */

/* The engine asked last, so that a status other than wanted comes with its message. */
static rille_engine *host_engine;

static inline void
host_check_rc(const char *file, int line, const char *what, int got, int want)
{
    if (got == want)
        return;
    check_bad = 1;
    printf("%s:%d: %s: %s: got %d (%s), want %d\n", file, line, check_name, what, got,
           host_engine ? rille_errmsg(host_engine) : rille_strerror(got), want);
}

static inline int
host_hear(void *user, const rille_event *event)
{
    size_t n = strlen(host_said), len = event->text ? strlen(event->text) : 0;

    (void)user;
    if (event->kind == RILLE_LOG && n + len < sizeof host_said)
        memcpy(host_said + n, event->text, len + 1);
    return 0;
}

static inline rille_engine *
host_engine_with(rille_event_fn event)
{
    rille_options opt = RILLE_OPTIONS_INIT;

    opt.event = event;
    host_said[0] = 0;
    host_engine = NULL;
    CHECK_RC(rille_open(&host_engine, host_store, &opt), RILLE_OK);
    return host_engine;
}

static inline rille_engine *
host_open(void)
{
    return host_engine_with(host_hear);
}

static int host_ran, host_cached;       /* steps, by the events of the last run */

static inline int
host_count_steps(void *user, const rille_event *event)
{
    (void)user;
    if (event->kind == RILLE_RUN_BEGIN)
        host_ran = host_cached = 0;
    host_ran += event->kind == RILLE_STEP_END;
    host_cached += event->kind == RILLE_STEP_CACHED;
    return 0;
}

/* An engine that counts steps. */
static inline rille_engine *
host_open_at(const char *store, unsigned flags)
{
    rille_options opt = RILLE_OPTIONS_INIT;

    opt.event = host_count_steps;
    opt.flags = flags;
    CHECK_RC(rille_open(&host_engine, store, &opt), RILLE_OK);
    return host_engine;
}

static inline void
host_close(rille_engine *e)
{
    if (host_engine == e)
        host_engine = NULL;
    rille_close(e);
}

static inline int
host_load(rille_engine *e, const char *script)
{
    host_engine = e;
    return rille_load_string(e, "inline", script, strlen(script));
}

/* The number that the only step of the pipeline gives, or -1 with the message kept. */
static inline double
host_run(rille_engine *e, const char *name)
{
    rille_run *r = NULL;
    double v = -1;

    host_engine = e;
    if (rille_run_pipeline(&r, e, name, NULL) || rille_get_number(rille_run_outputs(r), name, &v))
        v = -1;
    rille_run_free(r);
    return v;
}

static inline int
host_has(const char *text, const char *part)
{
    int found = strstr(text, part) != NULL;

    if (!found)
        printf("not in it: \"%s\": %s\n", part, text);
    return found;
}

/* The path of a new file with the text; until the next one. */
static inline const char *
host_write(const char *name, const char *text)
{
    static char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", host_dir, name);
    f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return path;
}

/* The number of entries of a folder. */
static inline int
host_count(const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *one;
    int n = 0;

    while (d && (one = readdir(d)))
        n += one->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

static inline int
host_descriptors(void)
{
    return host_count("/proc/self/fd");
}

/* The status that f ends a child with, or -1. */
static inline int
host_in_child(void (*f)(void))
{
    int status;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        check_bad = 0;
        f();
        fflush(NULL);
        _exit(check_bad);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void (*host_part)(void);

/* Calls host_part with streams that are files; nobody takes what is there to be read. */
static inline void
host_do_part(void)
{
    char path[128], text[64];
    int fd, in[2];

    snprintf(path, sizeof path, "%s/streams", host_dir);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0666);
    CHECK(pipe(in) == 0 && write(in[1], "host's input\n", 13) == 13);
    close(in[1]);
    dup2(in[0], 0);
    dup2(fd, 1);
    dup2(fd, 2);
    host_part();
    CHECK(read(0, text, sizeof text) == 13);
}

/* What f, in a child, wrote to its streams (its failed checks are in it); until the next one. */
static inline const char *
host_streams_of(void (*f)(void))
{
    static char text[8192];
    char path[128];
    FILE *file;
    size_t n;

    host_part = f;
    CHECK(host_in_child(host_do_part) == 0);
    snprintf(path, sizeof path, "%s/streams", host_dir);
    file = fopen(path, "r");
    n = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[n] = 0;
    return text;
}

static inline void
host_begin(const char *name)
{
    snprintf(host_dir, sizeof host_dir, "/tmp/rille-%s-XXXXXX", name);
    if (!mkdtemp(host_dir) || chdir(host_dir)) {
        perror(host_dir);
        exit(2);
    }
    snprintf(host_store, sizeof host_store, "%s/store", host_dir);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}

static inline int
host_end(void)
{
    char command[96];

    snprintf(command, sizeof command, "rm -rf '%s'", host_dir);
    if (chdir("/") || system(command)) {
        printf("%s cannot be removed\n", host_dir);
        check_failed++;
    }
    return check_done();
}

#endif
