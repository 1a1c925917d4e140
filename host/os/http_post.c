/* http_post.c -- see http_post.h
 *
 * libcurl is not linked, and its header is not needed: the parts in use are declared here, with
 * the numbers of its stable binary interface (libcurl.so.4, since 2006). */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "os/http_post.h"
#include "os/sys.h"

enum { BODY_KEPT = 2000, REASON = 256, RETRY_AFTER = 64 };

/* Options, their numbers; what is 10,000 and more takes a pointer, 20,000 a function. */
enum {
    QUICK_EXIT = 322, TIMEOUT_MS = 155, POSTFIELDSIZE = 60, NOSIGNAL = 99, PROTOCOLS = 181,
    WRITEDATA = 10001, URL = 10002, ERRORBUFFER = 10010, USERAGENT = 10018,
    HTTPHEADER = 10023, HEADERDATA = 10029, COPYPOSTFIELDS = 10165,
    WRITEFUNCTION = 20011, HEADERFUNCTION = 20079
};
enum { RESPONSE_CODE = 0x200000 + 2, GLOBAL_DEFAULT = 3, MESSAGE_DONE = 1, HTTP_AND_HTTPS = 3 };

typedef struct Message {
    int kind;
    void *easy;
    union {
        void *whatever;
        int result;
    } data;
} Message;

typedef struct Curl {
    int (*global_init)(long flags);
    void *(*easy_init)(void);
    int (*easy_setopt)(void *easy, int option, ...);
    int (*easy_getinfo)(void *easy, int info, ...);
    const char *(*easy_strerror)(int code);
    void (*easy_cleanup)(void *easy);
    void *(*slist_append)(void *list, const char *text);
    void (*slist_free_all)(void *list);
    void *(*multi_init)(void);
    int (*multi_add_handle)(void *multi, void *easy);
    int (*multi_remove_handle)(void *multi, void *easy);
    int (*multi_perform)(void *multi, int *running);
    int (*multi_poll)(void *multi, void *extra, unsigned n, int milliseconds, int *ready);
    Message *(*multi_info_read)(void *multi, int *left);
    int (*multi_cleanup)(void *multi);
} Curl;

struct HttpPost {
    Curl curl;
    void *easy, *multi, *headers;
    int is_added;
    char body[BODY_KEPT];
    size_t size;
    char retry_after[RETRY_AFTER];
    char reason[REASON];
};

/* ---- the library ---- */

static const char *const names[] = {
    "global_init", "easy_init", "easy_setopt", "easy_getinfo", "easy_strerror", "easy_cleanup",
    "slist_append", "slist_free_all", "multi_init", "multi_add_handle", "multi_remove_handle",
    "multi_perform", "multi_poll", "multi_info_read", "multi_cleanup"};

/* The functions have the order of the fields of Curl. */
static int
find_functions(Curl *curl, void *library)
{
    char *at = (char *)curl, name[64];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++, at += sizeof(void *)) {
        void *found;

        snprintf(name, sizeof name, "curl_%s", names[i]);
        found = dlsym(library, name);
        if (!found)
            return 0;
        memcpy(at, &found, sizeof found);
    }
    return 1;
}

/* It stays loaded: it keeps threads and what belongs to TLS. */
static int
load(Curl *curl, Err *err)
{
    static const char *const files[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl-nss.so.4"};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        void *library = dlopen(files[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

        if (!library || !find_functions(curl, library))
            continue;
        return curl->global_init(GLOBAL_DEFAULT) ? err_set(err, ERR_ANY, "libcurl does not start")
                                                 : OK;
    }
    return err_set(err, ERR_NOTFOUND,
                   "libcurl (7.66 or later) is not installed (Debian: apt-get install libcurl4)");
}

/* ---- what the library calls ---- */

static size_t
take_body(char *bytes, size_t size, size_t n, void *user)
{
    HttpPost *p = user;
    size_t room = sizeof p->body - p->size, take = size * n < room ? size * n : room;

    memcpy(p->body + p->size, bytes, take);
    p->size += take;
    return size * n;
}

static size_t
take_header(char *bytes, size_t size, size_t n, void *user)
{
    static const char name[] = "retry-after:";
    HttpPost *p = user;
    size_t len = size * n, skip = sizeof name - 1;

    if (len > skip && strncasecmp(bytes, name, skip) == 0) {
        while (skip < len && (bytes[skip] == ' ' || bytes[skip] == '\t'))
            skip++;
        while (len > skip && strchr(" \t\r\n", bytes[len - 1]))
            len--;
        snprintf(p->retry_after, sizeof p->retry_after, "%.*s", (int)(len - skip), bytes + skip);
    }
    return size * n;
}

/* ---- signals ---- */

/* A connection that the server closed raises SIGPIPE in a library whose host does not expect
 * one: it is blocked meanwhile, and one that came is taken. */
typedef struct Shield {
    sigset_t before;
    int was_pending;
} Shield;

static void
shield_up(Shield *s)
{
    sigset_t set;

    sigpending(&set);
    s->was_pending = sigismember(&set, SIGPIPE);
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, &s->before);
}

static void
shield_down(const Shield *s)
{
    static const struct timespec now = {0, 0};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    while (!s->was_pending && sigtimedwait(&set, NULL, &now) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}

/* ---- the post ---- */

int
http_post_new(HttpPost **out, Err *err)
{
    HttpPost *p = calloc(1, sizeof *p);
    int rc;

    *out = NULL;
    if (!p)
        return err_nomem(err);
    rc = load(&p->curl, err);
    if (rc) {
        free(p);
        return rc;
    }
    *out = p;
    return OK;
}

static int
add_headers(HttpPost *p, const char *const *headers)
{
    for (; *headers; headers++) {
        void *longer = p->curl.slist_append(p->headers, *headers);

        if (!longer)
            return 0;
        p->headers = longer;
    }
    return 1;
}

static int
set_options(HttpPost *p, const HttpPostPlan *plan)
{
    const Curl *c = &p->curl;
    void *e = p->easy;

    /* a name that is being looked up is given up; unknown to libcurl before 7.87 */
    c->easy_setopt(e, QUICK_EXIT, 1L);
    return c->easy_setopt(e, NOSIGNAL, 1L) || c->easy_setopt(e, PROTOCOLS, (long)HTTP_AND_HTTPS)
           || c->easy_setopt(e, URL, plan->url) || c->easy_setopt(e, USERAGENT, "rille")
           || c->easy_setopt(e, ERRORBUFFER, p->reason)
           || c->easy_setopt(e, TIMEOUT_MS, plan->milliseconds)
           || c->easy_setopt(e, HTTPHEADER, p->headers)
           || c->easy_setopt(e, POSTFIELDSIZE, (long)plan->size)
           || c->easy_setopt(e, COPYPOSTFIELDS, plan->body)
           || c->easy_setopt(e, WRITEFUNCTION, take_body) || c->easy_setopt(e, WRITEDATA, p)
           || c->easy_setopt(e, HEADERFUNCTION, take_header) || c->easy_setopt(e, HEADERDATA, p);
}

int
http_post_start(HttpPost *p, const HttpPostPlan *plan, Err *err)
{
    p->easy = p->curl.easy_init();
    p->multi = p->curl.multi_init();
    if (!p->easy || !p->multi || !add_headers(p, plan->headers))
        return err_nomem(err);
    if (set_options(p, plan))
        return err_set(err, ERR_INVAL, "libcurl refuses the request");
    if (p->curl.multi_add_handle(p->multi, p->easy))
        return err_nomem(err);
    p->is_added = 1;
    return OK;
}

/* What became of the transfer, when it is over. */
static int
read_result(HttpPost *p, int *done, Err *err)
{
    int left;
    Message *message = p->curl.multi_info_read(p->multi, &left);

    if (!message || message->kind != MESSAGE_DONE)
        return OK;
    *done = 1;
    if (message->data.result == 0)
        return OK;
    return err_set(err, ERR_IO, "%s",
                   p->reason[0] ? p->reason : p->curl.easy_strerror(message->data.result));
}

int
http_post_wait(HttpPost *p, int milliseconds, int *done, Err *err)
{
    double ends = sys_mono() + milliseconds / 1000.0;
    int running = 0, failed, left = milliseconds;
    Shield shield;

    *done = 0;
    shield_up(&shield);
    failed = p->curl.multi_perform(p->multi, &running);
    while (!failed && running && left > 0) {
        failed = p->curl.multi_poll(p->multi, NULL, 0, left, NULL);
        failed = failed || p->curl.multi_perform(p->multi, &running);
        left = (int)((ends - sys_mono()) * 1000);
    }
    shield_down(&shield);
    if (failed)
        return err_set(err, ERR_IO, "libcurl fails");
    return running ? OK : read_result(p, done, err);
}

void
http_post_answer(const HttpPost *p, HttpAnswer *out)
{
    out->status = 0;
    p->curl.easy_getinfo(p->easy, RESPONSE_CODE, &out->status);
    out->body = p->body;
    out->size = p->size;
    out->retry_after = p->retry_after;
}

void
http_post_free(HttpPost *p)
{
    Shield shield;

    if (!p)
        return;
    shield_up(&shield);
    if (p->is_added)
        p->curl.multi_remove_handle(p->multi, p->easy);
    if (p->easy)
        p->curl.easy_cleanup(p->easy);
    if (p->multi)
        p->curl.multi_cleanup(p->multi);
    if (p->headers)
        p->curl.slist_free_all(p->headers);
    shield_down(&shield);
    free(p);
}
