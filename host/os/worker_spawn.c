/* worker_spawn.c -- a worker that is a program of its own (worker_process.h). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "os/sys.h"
#include "os/worker_process.h"

extern char **environ;


/* The descriptor of the channel last: the host's is not to be one of the first three. */
static int
add_files(posix_spawn_file_actions_t *files, int channel)
{
    int rc = 0;

    for (int fd = 0; fd < 3 && !rc; fd++)
        rc = posix_spawn_file_actions_addopen(files, fd, "/dev/null", O_RDWR, 0);
    rc = rc ? rc : posix_spawn_file_actions_adddup2(files, channel, WORKER_CHANNEL);
    return rc ? rc : posix_spawn_file_actions_addclosefrom_np(files, WORKER_CHANNEL + 1);
}

static int
add_attributes(posix_spawnattr_t *attr)
{
    sigset_t all, none;
    int rc = posix_spawnattr_setflags(
        attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);

    sigfillset(&all);
    sigemptyset(&none);
    rc = rc ? rc : posix_spawnattr_setsigdefault(attr, &all);
    rc = rc ? rc : posix_spawnattr_setsigmask(attr, &none);
    return rc ? rc : posix_spawnattr_setpgroup(attr, 0);
}

/* An error number, or 0 with *pid set. */
static int
start(pid_t *pid, const char *path, const char *word, int channel)
{
    char *argv[] = {(char *)(uintptr_t)path, (char *)(uintptr_t)word, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    int rc = posix_spawn_file_actions_init(&files);

    if (rc)
        return rc;
    rc = posix_spawnattr_init(&attr);
    if (!rc) {
        rc = add_files(&files, channel);
        rc = rc ? rc : add_attributes(&attr);
        rc = rc ? rc : posix_spawn(pid, path, &files, &attr, argv, environ);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

int
worker_spawn(Worker *w, const char *path, const char *word, Err *err)
{
    int rc, other;

    *w = (Worker){.log = -1, .pid = -1, .owner = getpid(), .program = 1};
    if ((rc = channel_open_between(&w->channel, err)))
        return rc;
    /* a descriptor that dup2 leaves as it is would be closed by exec */
    other = fcntl(w->channel.other, F_DUPFD_CLOEXEC, WORKER_CHANNEL + 1);
    rc = other < 0 ? errno : start(&w->pid, path, word, other);
    if (other >= 0)
        close(other);
    if (!rc) {
        channel_forked(&w->channel, 0);
        return OK;
    }
    w->pid = -1;
    worker_close(w, NULL);
    return err_set(err, err_code(rc), "%s: %s", path, err_reason(rc));
}
