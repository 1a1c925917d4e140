/* descendants.c -- see descendants.h */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/descendants.h"
#include "os/procfs.h"

enum { PAUSE_MS = 20, MOST_LISTED = 32768, ROUNDS = 8 };

static unsigned long long
tick_now(void)
{
    unsigned long long per_second = (unsigned long long)sysconf(_SC_CLK_TCK);
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return (unsigned long long)t.tv_sec * per_second
           + (unsigned long long)t.tv_nsec * per_second / 1000000000;
}

static int
was_sent(const Termination *t, pid_t pid)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->sent[i] == pid)
            return 1;
    return 0;
}

static void
add_sent(Termination *t, pid_t pid)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        pid_t *more = realloc(t->sent, cap * sizeof *more);

        if (!more)
            return;             /* it gets SIGTERM once more: harmless */
        t->sent = more;
        t->cap = cap;
    }
    t->sent[t->n++] = pid;
}

static int
has_stopped(const Process *one)
{
    return one->state == 'Z' || one->state == 'X';
}

void
descendants_terminate(Termination *t)
{
    size_t n;
    Process *list;

    if (t->calls > 2)
        return;
    if (t->calls == 0)
        t->tick = tick_now();
    list = procfs_all(&n);
    procfs_mark_below(list, n, getpid(), 0);
    for (size_t i = 0; i < n; i++) {
        const Process *one = &list[i];

        if (!one->below || has_stopped(one) || (t->calls && one->started >= t->tick)
            || was_sent(t, one->pid))
            continue;
        kill(one->pid, SIGTERM);
        if (one->state == 'T')
            kill(one->pid, SIGCONT);    /* a stopped process gets the signal only when continued */
        add_sent(t, one->pid);
    }
    free(list);
    t->calls++;
}

int
descendants_kill(pid_t but)
{
    size_t n;
    Process *list = procfs_all(&n);
    int found = 0;

    procfs_mark_below(list, n, getpid(), 1);
    for (size_t i = 0; i < n; i++)
        if (list[i].below && list[i].pid != but && !has_stopped(&list[i]))
            found += kill(list[i].pid, SIGKILL) == 0;
    free(list);
    return found;
}

/* Whether a process below this one runs. */
static int
any_runs(void)
{
    size_t n;
    Process *list = procfs_all(&n);
    int found = 0;

    procfs_mark_below(list, n, getpid(), 1);
    for (size_t i = 0; i < n && !found; i++)
        found = list[i].below && !has_stopped(&list[i]);
    free(list);
    return found;
}

void
descendants_name(pid_t top, pid_t parent, Names *names)
{
    size_t n;
    Process *list = procfs_all(&n);

    procfs_mark_below(list, n, top, 0);
    for (size_t i = 0; i < n; i++) {
        const Process *one = &list[i];

        if (!one->below || one->supervisor || one->parent == parent || has_stopped(one))
            continue;
        names->n++;
        if (names->named < NAMES_MOST
            && procfs_words(one->pid, names->text[names->named], NAME_SIZE - 1))
            names->named++;
    }
    free(list);
}

int
descendants_exist(void)
{
    siginfo_t info;

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void
descendants_wait(void)
{
    const struct timespec pause = {0, PAUSE_MS * 1000000};

    while (any_runs())
        nanosleep(&pause, NULL);
}

/* -- in a signal handler ------------------------------------------------------------ */

/* Sends the signal to all below that the list has, of one process group or (0) of any;
 * how many those are. */
static int
signal_listed(const Process *list, size_t n, int signal, pid_t group)
{
    int sent = 0;

    for (size_t i = 0; i < n; i++)
        if (list[i].below && (!group || list[i].group == group))
            sent += kill(list[i].pid, signal) == 0;
    return sent;
}

static Process listed[MOST_LISTED];

/* They are stopped first, so that none starts another while the list is read. */
void
descendants_kill_in_handler(void)
{
    int before = -1, now = 0;
    size_t n = 0;

    for (int i = 0; i < ROUNDS && now != before; i++) {
        before = now;
        n = procfs_list(listed, MOST_LISTED);
        procfs_mark_below(listed, n, getpid(), 1);
        now = signal_listed(listed, n, SIGSTOP, 0);
    }
    signal_listed(listed, n, SIGKILL, 0);
}

void
descendants_terminate_in_handler(void)
{
    size_t n = procfs_list(listed, MOST_LISTED);

    procfs_mark_below(listed, n, getpid(), 0);
    signal_listed(listed, n, SIGTERM, getpgrp());
}
