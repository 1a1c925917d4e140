/* cleanup.c -- see cleanup.h */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/sys.h"

static const double LINGER = 0.1;       /* seconds in which they may end by themselves */

struct Cleanup {
    double terminate, kill;             /* when they get SIGTERM, when SIGKILL */
    int signals;
    Names names;
    Termination termination;
};

Cleanup *
cleanup_new(int signals)
{
    Cleanup *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->signals = signals;
    c->terminate = sys_mono() + LINGER;
    c->kill = c->terminate + DESCENDANTS_KILL_DELAY;
    return c;
}

void
cleanup_free(Cleanup *c)
{
    if (c)
        free(c->termination.sent);
    free(c);
}

/* Waits for children that have ended; whether others are left. */
static int
has_others(void)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        ;
    return pid == 0;
}

int
cleanup_poll(Cleanup *c)
{
    double now = sys_mono();

    if (!has_others())
        return 0;
    if (now < c->terminate)
        return 1;
    if (!c->names.n)
        descendants_name(getpid(), 0, &c->names);
    if (c->signals && now < c->kill)
        descendants_terminate(&c->termination);
    else if (c->signals)
        descendants_kill(0);
    return 1;
}

const Names *
cleanup_names(const Cleanup *c)
{
    return &c->names;
}
