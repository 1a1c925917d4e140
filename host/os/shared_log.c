/* shared_log.c -- see shared_log.h */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/shared_log.h"
#include "os/sys.h"

static int
fail(const char *path, Err *err)
{
    return err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
}

/* Whether the last line has no end; a file that cannot be read has one. */
static int
is_cut_off(int fd, off_t size)
{
    char last;

    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* Keeps the lines that begin in the last n bytes. */
static int
keep_newest(int fd, off_t size, size_t n, const char *path, Err *err)
{
    char *tail = malloc(n), *first;
    int rc = OK;

    if (!tail)
        return err_set(err, ERR_NOMEM, "%s: out of memory", path);
    if (pread(fd, tail, n, size - (off_t)n) != (ssize_t)n) {
        rc = fail(path, err);
    } else if ((first = memchr(tail, '\n', n))) {
        size_t kept = n - (size_t)(++first - tail);

        if (lseek(fd, 0, SEEK_SET) < 0)
            rc = fail(path, err);
        else if ((rc = sys_write(fd, first, kept, path, err)) == OK && ftruncate(fd, (off_t)kept))
            rc = fail(path, err);
    }
    free(tail);
    return rc;
}

static int
append(int fd, const Buf *line, size_t most, const char *path, Err *err)
{
    off_t size;
    int cut, rc;

    if ((rc = sys_lock(fd, 1, err)))
        return rc;
    if ((size = lseek(fd, 0, SEEK_END)) < 0)
        return fail(path, err);
    cut = is_cut_off(fd, size);
    rc = sys_write(fd, line->data + !cut, line->len - !cut, path, err);
    size += (off_t)(line->len - !cut);
    return rc == OK && size > (off_t)most ? keep_newest(fd, size, most / 2, path, err) : rc;
}

int
shared_log_append(const char *path, const void *p, size_t n, size_t most, Err *err)
{
    Buf line;
    int fd, rc;

    buf_init(&line);                    /* "\n", the line, "\n"; the first is for a cut off file */
    if (buf_byte(&line, '\n') || buf_put(&line, p, n) || buf_byte(&line, '\n')) {
        buf_release(&line);
        return err_set(err, ERR_NOMEM, "%s: out of memory", path);
    }
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    rc = fd < 0 ? fail(path, err) : append(fd, &line, most, path, err);
    if (fd >= 0)
        sys_unlock(fd);
    buf_release(&line);
    return rc;
}
