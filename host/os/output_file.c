/* output_file.c -- see output_file.h */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/output_file.h"
#include "os/sys.h"

enum { MOST_LINKS = 40, PROCFS = 0x9fa0 };      /* of PROCFS the kernel's magic number */

static int
fail(const char *path, int code, Err *err)
{
    return err_set(err, code == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path,
                   err_reason(code));
}

/* The length of the folder in a path, with its slash. */
static size_t
folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash + 1 - path) : 0;
}

/* The descriptor that a link such as /proc/self/fd/1 names; -1 for any other link. */
static int
descriptor_of(const char *path)
{
    size_t n = folder_length(path);
    char folder[PATH_MAX], *end;
    struct stat there, here;
    struct statfs fs;
    long fd;

    snprintf(folder, sizeof folder, "%.*s", (int)n, path);
    if (!n || statfs(folder, &fs) || fs.f_type != PROCFS)
        return -1;
    fd = strtol(path + n, &end, 10);
    if (*end || end == path + n || fd < 0 || fd > INT_MAX || stat(path, &there)
        || fstat((int)fd, &here) || there.st_dev != here.st_dev || there.st_ino != here.st_ino)
        return -1;
    return (int)fd;
}

/* Replaces the link in target by what it leads to. */
static int
follow(OutputFile *f, Err *err)
{
    char to[PATH_MAX];
    ssize_t n = readlink(f->target, to, sizeof to - 1);
    size_t keep;

    if (n < 0)
        return fail(f->path, errno, err);
    to[n] = 0;
    keep = to[0] == '/' ? 0 : folder_length(f->target);
    if (keep + (size_t)n >= sizeof f->target)
        return fail(f->path, ENAMETOOLONG, err);
    memcpy(f->target + keep, to, (size_t)n + 1);
    return OK;
}

/* Follows symbolic links to the target.  Returns 1 when a link names the open descriptor
 * *fd.  Sets *found to whether the target exists, and *st to its status. */
static int
find_target(OutputFile *f, int *fd, int *found, struct stat *st, Err *err)
{
    for (int i = 0; i < MOST_LINKS; i++) {
        int rc;

        *found = lstat(f->target, st) == 0;
        if (!*found && errno != ENOENT)
            return fail(f->path, errno, err);
        if (!*found || !S_ISLNK(st->st_mode))
            return OK;
        if ((*fd = descriptor_of(f->target)) >= 0)
            return 1;
        if ((rc = follow(f, err)))
            return rc;
    }
    return fail(f->path, ELOOP, err);
}

static int
open_as_it_is(OutputFile *f, const struct stat *st, Err *err)
{
    if (S_ISDIR(st->st_mode))
        return err_set(err, ERR_INVAL, "%s: it is a folder, not a file", f->path);
    if (!S_ISCHR(st->st_mode) && !S_ISFIFO(st->st_mode))
        return err_set(err, ERR_INVAL, "%s: it is %s, not a file", f->path,
                       S_ISBLK(st->st_mode) ? "a block device" : sys_kind(st->st_mode));
    f->fd = open(f->target, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    return f->fd < 0 ? fail(f->path, errno, err) : OK;
}

/* The permissions and the owner of the file that will be replaced. */
static int
keep_permissions(OutputFile *f, const struct stat *st, Err *err)
{
    mode_t mode = st->st_mode & 0777;
    struct stat now;

    if (fstat(f->fd, &now))
        return fail(f->path, errno, err);
    if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid)
        && fchown(f->fd, st->st_uid, st->st_gid) && fchown(f->fd, (uid_t)-1, st->st_gid))
        mode &= 0707;           /* for the group of another, not for ours */
    if ((now.st_mode & 0777) != mode && fchmod(f->fd, mode))
        return fail(f->path, errno, err);
    return OK;
}

static int
open_temporary(OutputFile *f, const struct stat *st, Err *err)
{
    uint64_t salt;
    int rc = sys_random(&salt, sizeof salt, err);

    if (rc)
        return rc;
    if (st && faccessat(AT_FDCWD, f->target, W_OK, AT_EACCESS))
        return fail(f->path, errno, err);
    /* not the file's own name and more: that may be as long as a name can be */
    if (snprintf(f->tmp, sizeof f->tmp, "%.*s.%016llx.tmp", (int)folder_length(f->target),
                 f->target, (unsigned long long)salt) >= (int)sizeof f->tmp)
        return err_set(err, ERR_INVAL, "%s: the path is too long", f->path);
    f->fd = open(f->tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (f->fd < 0)
        return fail(f->path, errno, err);
    if (st && (rc = keep_permissions(f, st, err)))
        output_file_discard(f);
    return rc;
}

int
output_file_open(OutputFile *f, const char *path, Err *err)
{
    int fd = -1, found, rc;
    struct stat st;

    f->fd = -1;
    f->tmp[0] = 0;
    if (strlen(path) >= sizeof f->path)
        return err_set(err, ERR_INVAL, "%s: the path is too long", path);
    strcpy(f->path, path);
    strcpy(f->target, path);
    rc = find_target(f, &fd, &found, &st, err);
    if (rc < 0)
        return rc;
    if (rc == 1) {
        f->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        return f->fd < 0 ? fail(path, errno, err) : OK;
    }
    if (found && !S_ISREG(st.st_mode))
        return open_as_it_is(f, &st, err);
    return open_temporary(f, found ? &st : NULL, err);
}

int
output_file_commit(OutputFile *f, Err *err)
{
    int fd = f->fd, rc = OK;

    f->fd = -1;
    if (f->tmp[0] && fsync(fd))
        rc = fail(f->path, errno, err);
    if (close(fd) && rc == OK)
        rc = fail(f->path, errno, err);
    if (!f->tmp[0])
        return rc;
    if (rc == OK && rename(f->tmp, f->target))
        rc = fail(f->path, errno, err);
    if (rc == OK)
        return sys_sync_folder(f->target, err);
    unlink(f->tmp);
    return rc;
}

void
output_file_discard(OutputFile *f)
{
    if (f->fd < 0)
        return;
    close(f->fd);
    f->fd = -1;
    if (f->tmp[0])
        unlink(f->tmp);
}

int
output_file_write_with(const char *path, int (*fill)(int fd, void *user, Err *err), void *user,
                       Err *err)
{
    OutputFile f;
    int rc = output_file_open(&f, path, err);

    if (rc)
        return rc;
    if ((rc = fill(f.fd, user, err))) {
        output_file_discard(&f);
        return rc;
    }
    return output_file_commit(&f, err);
}

typedef struct Bytes {
    const char *path;
    const void *p;
    size_t n;
} Bytes;

static int
write_bytes(int fd, void *user, Err *err)
{
    const Bytes *b = user;

    return sys_write(fd, b->p, b->n, b->path, err);
}

int
output_file_write(const char *path, const void *p, size_t n, Err *err)
{
    Bytes bytes = {path, p, n};

    return output_file_write_with(path, write_bytes, &bytes, err);
}
