/* proc.c -- see proc.h */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"

static void
become_child(pid_t parent)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        close(null);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)    /* it died before prctl could tell */
        _exit(1);
}

int
proc_fork(Proc *p, Err *err)
{
    pid_t parent = getpid();
    int pair[2];

    p->fd = -1;
    p->pid = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    fflush(NULL);               /* or both processes would write what is buffered */
    p->pid = fork();
    if (p->pid < 0) {
        close(pair[0]);
        close(pair[1]);
        return err_set(err, ERR_IO, "fork: %s", strerror(errno));
    }
    p->fd = pair[p->pid == 0];
    close(pair[p->pid != 0]);
    if (p->pid == 0)
        become_child(parent);
    return OK;
}

static int
send_all(int fd, const unsigned char *p, size_t n, Err *err)
{
    while (n) {
        ssize_t put = send(fd, p, n, MSG_NOSIGNAL);

        if (put < 0 && errno != EINTR)
            return err_set(err, ERR_IO, "channel: %s", strerror(errno));
        if (put > 0) {
            p += put;
            n -= (size_t)put;
        }
    }
    return OK;
}

static int
receive_all(int fd, unsigned char *p, size_t n, Err *err)
{
    while (n) {
        ssize_t got = recv(fd, p, n, 0);

        if (got < 0 && errno != EINTR)
            return err_set(err, ERR_IO, "channel: %s", strerror(errno));
        if (got == 0)
            return err_set(err, ERR_NOTFOUND, "channel: the other process has ended");
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
    return OK;
}

int
proc_send(Proc *p, const void *data, size_t n, Err *err)
{
    unsigned char head[4];
    int rc;

    if (n > PROC_MESSAGE_MAX)
        return err_set(err, ERR_INVAL, "channel: a message of %zu bytes is too long", n);
    for (int i = 0; i < 4; i++)
        head[i] = (unsigned char)(n >> (8 * i));
    if ((rc = send_all(p->fd, head, sizeof head, err)))
        return rc;
    return send_all(p->fd, data, n, err);
}

int
proc_receive(Proc *p, Buf *out, Err *err)
{
    unsigned char head[4];
    size_t n = 0;
    int rc;

    if ((rc = receive_all(p->fd, head, sizeof head, err)))
        return rc;
    for (int i = 0; i < 4; i++)
        n |= (size_t)head[i] << (8 * i);
    if (n > PROC_MESSAGE_MAX)
        return err_set(err, ERR_CORRUPT, "channel: a message of %zu bytes is too long", n);
    out->len = 0;
    if (buf_reserve(out, n))
        return err_nomem(err);
    if ((rc = receive_all(p->fd, out->data, n, err)))
        return rc;
    out->len = n;
    return OK;
}

void
proc_close(Proc *p, int *status)
{
    int ignored;

    if (p->fd < 0)
        return;
    close(p->fd);
    p->fd = -1;
    if (p->pid > 0)
        while (waitpid(p->pid, status ? status : &ignored, 0) < 0 && errno == EINTR)
            ;
}
