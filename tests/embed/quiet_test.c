/* quiet_test.c -- a host that uses each part of the library, and whose process is looked at before,
 * while its engines are open, and after: nothing is printed, and nothing is changed. */
#define _GNU_SOURCE
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "everything.h"
#include "host.h"
#include "rille.h"

extern char **environ;

enum { SIGNALS = 65 };

/* What of a process others could notice. */
typedef struct Process {
    struct sigaction actions[SIGNALS];
    sigset_t mask, pending;
    mode_t umask;
    struct rlimit limits[16];
    struct itimerval timer;
    locale_t locale;
    int children, threads, priority;
    char folder[512], names[256];
    char environment[1 << 15]; /* with the addresses of its entries */
    char descriptors[4096];    /* the numbers, and what they are */
} Process;

static void add(char *text, size_t room, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
add(char *text, size_t room, const char *fmt, ...)
{
    size_t n = strlen(text);
    va_list args;

    va_start(args, fmt);
    vsnprintf(text + n, room - n, fmt, args);
    va_end(args);
}

static void
look_at_descriptors(Process *p)
{
    for (int fd = 0; fd < 256; fd++) {
        char path[64], what[200];
        ssize_t n;

        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        n = readlink(path, what, sizeof what - 1);
        if (n < 0)
            continue;
        what[n] = 0;
        add(p->descriptors, sizeof p->descriptors, "%d %s %x %x\n", fd, what,
            (unsigned)fcntl(fd, F_GETFD), (unsigned)fcntl(fd, F_GETFL));
    }
}

static int
count_children(void)
{
    char path[64], text[256] = "";
    int n = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    f = fopen(path, "r");
    if (f && fgets(text, sizeof text, f))
        for (char *at = strtok(text, " "); at; at = strtok(NULL, " "))
            n++;
    if (f)
        fclose(f);
    return n;
}

static void
look(Process *p)
{
    memset(p, 0, sizeof *p);
    for (int i = 1; i < SIGNALS; i++)
        if (sigaction(i, NULL, &p->actions[i]))
            memset(&p->actions[i], 0, sizeof p->actions[i]);
    pthread_sigmask(SIG_SETMASK, NULL, &p->mask);
    sigpending(&p->pending);
    p->umask = umask(0);
    umask(p->umask);
    for (int i = 0; i < 16; i++)
        getrlimit((__rlimit_resource_t)i, &p->limits[i]);
    getitimer(ITIMER_REAL, &p->timer);
    p->locale = uselocale((locale_t)0);
    p->children = count_children();
    p->threads = host_count("/proc/self/task");
    p->priority = getpriority(PRIO_PROCESS, 0);
    CHECK(getcwd(p->folder, sizeof p->folder) != NULL);
    snprintf(p->names, sizeof p->names, "%s", setlocale(LC_ALL, NULL));
    for (char **e = environ; *e; e++)
        add(p->environment, sizeof p->environment, "%p %s\n", (void *)*e, *e);
    look_at_descriptors(p);
}

static void
check_signals(const Process *a, const Process *b)
{
    for (int i = 1; i < SIGNALS; i++) {
        CHECK(a->actions[i].sa_handler == b->actions[i].sa_handler);
        CHECK(a->actions[i].sa_flags == b->actions[i].sa_flags);
        CHECK(sigismember(&a->mask, i) == sigismember(&b->mask, i));
        if (i != SIGCHLD)               /* programs that scripts started have ended */
            CHECK(sigismember(&a->pending, i) == sigismember(&b->pending, i));
        for (int j = 1; j < SIGNALS; j++)
            CHECK(sigismember(&a->actions[i].sa_mask, j) == sigismember(&b->actions[i].sa_mask, j));
    }
}

/* All but descriptors, of which an open engine has some. */
static void
check_same(const Process *a, const Process *b)
{
    check_signals(a, b);
    CHECK(a->umask == b->umask);
    CHECK(memcmp(a->limits, b->limits, sizeof a->limits) == 0);
    CHECK(memcmp(&a->timer, &b->timer, sizeof a->timer) == 0);
    CHECK(a->locale == b->locale);
    CHECK(a->children == b->children);
    CHECK(a->threads == b->threads);
    CHECK(a->priority == b->priority);
    CHECK_STR(b->folder, a->folder);
    CHECK_STR(b->names, a->names);
    CHECK_STR(b->environment, a->environment);
}

/* What a library with an open engine has beyond the host is closed in programs of the host. */
static void
check_descriptors_close(const Process *before)
{
    for (int fd = 0; fd < 256; fd++) {
        char line[16];
        int flags = fcntl(fd, F_GETFD);

        snprintf(line, sizeof line, "\n%d ", fd);
        if (flags < 0 || fd < 3 || strstr(before->descriptors, line))
            continue;
        CHECK(flags & FD_CLOEXEC);
    }
}

#define SCRIPT                                                                                     \
    PIPELINE("talk", "print 'p' io.write 'w' io.stderr:write 'e' os.execute 'echo x; echo y >&2' " \
                     "ctx:log 'l' local f = io.popen 'cat; echo z' f:read 'a' f:close() "          \
                     "os.setlocale 'de_DE.UTF-8' return 1")                                        \
    "print 'loaded' warn '@on' warn 'w'\n"                                                         \
    "rille.pipeline 'wrong' { define = function() error 'wrong' end }\n"

static Process before, during, after;

/* The broad host: everything, a script that talks, and calls that fail. */
static void
use_all(void)
{
    Everything all = {.number = 1.25};
    rille_engine *e;
    rille_run *r = NULL;
    int rc;

    look(&before);
    e = host_open();
    CHECK_RC(everything_begin(&all, e), RILLE_OK);
    CHECK_RC(everything_run(&all, e), RILLE_OK);
    CHECK_RC(everything_run(&all, e), RILLE_OK);
    CHECK_RC(host_load(e, SCRIPT), RILLE_OK);
    CHECK(host_run(e, "talk") == 1);
    rc = rille_run_pipeline(&r, e, "wrong", NULL);
    CHECK(rc < 0);
    rille_run_free(r);
    CHECK_RC(host_load(e, "error 'no'"), RILLE_ESYNTAX);
    CHECK(host_load(e, "os.exit(3)") < 0);
    CHECK(rille_load_file(e, "/no/such/file.lua") < 0);
    CHECK(rille_run_pipeline(&r, e, "none", NULL) == RILLE_ENOTFOUND);
    look(&during);
    check_same(&before, &during);
    check_descriptors_close(&before);
    host_close(e);
    CHECK(everything_is_released(&all));
    look(&after);
    check_same(&before, &after);
    CHECK_STR(after.descriptors, before.descriptors);
}

static void
nothing_is_printed_and_nothing_is_changed(void)
{
    const char *text = host_streams_of(use_all);

    CHECK_STR(text, "");
}

/* ---- hosts with signal handlers of their own ---- */

static volatile sig_atomic_t caught[SIGNALS];

static void catch (int number)
{
    caught[number]++;
}

static void
use_with_handlers(void)
{
    static const int numbers[] = {SIGPIPE, SIGCHLD, SIGINT, SIGALRM, SIGTERM, SIGUSR1, SIGSEGV};
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = catch;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGHUP);
    action.sa_flags = SA_RESTART;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
    use_all();
    CHECK(caught[SIGPIPE] == 0 && caught[SIGINT] == 0 && caught[SIGSEGV] == 0);
    raise(SIGINT);
    raise(SIGPIPE);
    CHECK(caught[SIGPIPE] == 1 && caught[SIGINT] == 1);
}

/* The signal comes while a script runs: it is the host's, and the run goes on. */
static void
use_while_signals_come(void)
{
    struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    struct sigaction action;
    rille_engine *e = host_open();

    memset(&action, 0, sizeof action);
    action.sa_handler = catch; /* without SA_RESTART: calls are interrupted */
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    CHECK_RC(host_load(e, PIPELINE("alarmed", "for i = 1, 20 do local f = io.popen 'echo x' "
                                              "assert(f:read 'a' == 'x\\n') f:close() end "
                                              "local n = 0 for i = 1, 1e6 do n = n + 1 end "
                                              "return n")),
             RILLE_OK);
    if (host_run(e, "alarmed") != 1e6)
        CHECK_STR(rille_errmsg(e), "");
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK(caught[SIGALRM] > 3);
    host_close(e);
}

static void
use_with_children_ignored(void)
{
    rille_engine *e;

    signal(SIGCHLD, SIG_IGN);
    e = host_open();
    CHECK_RC(host_load(e, PIPELINE("kids", "local f = io.popen 'echo x' assert(f:read 'a' == "
                                           "'x\\n') f:close() os.execute 'true' return 1")),
             RILLE_OK);
    CHECK(host_run(e, "kids") == 1);
    if (check_bad)
        printf("%s\n", rille_errmsg(e));
    host_close(e);
}

static void
use_with_signals_blocked(void)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    use_all();
}

static void
use_in_another_folder_and_language(void)
{
    CHECK(mkdir("here", 0700) == 0 && chdir("here") == 0);
    umask(0027);
    setenv("LANG", "de_DE.UTF-8", 1);
    putenv((char[]){"RILLE_STORE=/nowhere"});
    use_all();
    CHECK(host_count("..") > 0 && host_count(".") == 0);
}

static void
hosts_with_signals_of_their_own_keep_them(void)
{
    void (*const hosts[])(void) = {use_with_handlers, use_while_signals_come,
                                   use_with_children_ignored, use_with_signals_blocked,
                                   use_in_another_folder_and_language};

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts && !check_bad; i++) {
        const char *text = host_streams_of(hosts[i]);

        CHECK_STR(text, "");
        if (check_bad)
            printf("host %zu\n", i);
    }
}

static void
leave_without_closing(void)
{
    Everything *all = calloc(1, sizeof *all);
    rille_engine *e = host_open();

    all->number = 2.5;
    CHECK_RC(everything_begin(all, e), RILLE_OK);
    CHECK_RC(everything_run(all, e), RILLE_OK);
    fflush(NULL);
    exit(check_bad);
}

static void
a_host_may_exit_with_an_open_engine(void)
{
    Everything all = {.number = 2.5};
    rille_engine *e;

    CHECK(host_in_child(leave_without_closing) == 0);
    e = host_open();
    CHECK_RC(everything_begin(&all, e), RILLE_OK);
    CHECK_RC(everything_run(&all, e), RILLE_OK);
    CHECK(all.steps == 0); /* what it left is a hit */
    host_close(e);
}

int
main(void)
{
    host_begin("quiet");
    RUN(nothing_is_printed_and_nothing_is_changed);
    RUN(hosts_with_signals_of_their_own_keep_them);
    RUN(a_host_may_exit_with_an_open_engine);
    return host_end();
}
