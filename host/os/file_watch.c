/* file_watch.c -- see file_watch.h */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "os/file_watch.h"

/* A file that stays open gives an event at every write, one that is renamed over another
 * gives one for the move. */
static const unsigned MASK = IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM
                             | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

int
file_watch_open(FileWatch *w, Err *err)
{
    w->used = w->at = 0;
    w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (w->fd < 0)
        return err_set(err, ERR_IO, "inotify: %s", err_reason(errno));
    return OK;
}

void
file_watch_close(FileWatch *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}

int
file_watch_add(FileWatch *w, const char *path, int *folder, Err *err)
{
    int id = inotify_add_watch(w->fd, path, MASK);

    if (id < 0 && errno == ENOSPC)
        return err_set(err, ERR_IO, "%s: too many folders are watched on this machine; "
                       "raise fs.inotify.max_user_watches", path);
    if (id < 0)
        return err_set(err, errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : ERR_IO, "%s: %s",
                       path, err_reason(errno));
    *folder = id;
    return OK;
}

void
file_watch_drop(FileWatch *w, int folder)
{
    inotify_rm_watch(w->fd, folder);
}

int
file_watch_wait(FileWatch *w, int timeout, Err *err)
{
    struct pollfd p = {w->fd, POLLIN, 0};
    ssize_t n;

    w->used = w->at = 0;
    if (poll(&p, 1, timeout) < 0 && errno != EINTR)
        return err_set(err, ERR_IO, "inotify: %s", err_reason(errno));
    if (!(p.revents & POLLIN))
        return 0;
    n = read(w->fd, w->buffer, sizeof w->buffer);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return err_set(err, ERR_IO, "inotify: %s", err_reason(errno));
    w->used = n > 0 ? (size_t)n : 0;
    return n > 0;
}

int
file_watch_next(FileWatch *w, FileWatchEvent *e)
{
    struct inotify_event head;

    while (w->used - w->at >= sizeof head) {
        const char *name = w->buffer + w->at + sizeof head;

        memcpy(&head, w->buffer + w->at, sizeof head);
        if (head.len > w->used - w->at - sizeof head)
            return 0;
        w->at += sizeof head + head.len;
        if (head.mask & IN_IGNORED)     /* follows the event with gone */
            continue;
        *e = (FileWatchEvent){.folder = head.wd, .lost = (head.mask & IN_Q_OVERFLOW) != 0,
                          .gone = (head.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0,
                          .name = head.len ? name : NULL};
        return 1;
    }
    return 0;
}
