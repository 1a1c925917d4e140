/* sys.c -- see sys.h */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "os/sys.h"

enum { CHUNK = 65536, PIPEFS = 0x50495045 };   /* of PIPEFS the kernel's magic number */

static double
seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
fail(const char *path, Err *err)
{
    return err_set(err, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path,
                   err_reason(errno));
}

int
sys_sync_folder(const char *path, Err *err)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd, rc;

    snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) : 1,
             slash ? path : ".");
    fd = open(dir[0] ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(dir, err);
    rc = fsync(fd) ? fail(dir, err) : OK;
    close(fd);
    return rc;
}

static int
remove_at(int at, const char *name, const char *path, Err *err)
{
    struct dirent *e;
    DIR *dir;
    int fd, rc = OK;

    if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
        return OK;
    if (errno != EISDIR && errno != EPERM)
        return fail(path, err);
    fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || !(dir = fdopendir(fd))) {
        rc = fail(path, err);
        if (fd >= 0)
            close(fd);
        return rc;
    }
    while (rc == OK && (e = readdir(dir)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = remove_at(dirfd(dir), e->d_name, path, err);
    closedir(dir);
    if (rc == OK && unlinkat(at, name, AT_REMOVEDIR) && errno != ENOENT)
        rc = fail(path, err);
    return rc;
}

double
sys_now(void)
{
    return seconds(CLOCK_REALTIME);
}

double
sys_mono(void)
{
    return seconds(CLOCK_MONOTONIC);
}

int
sys_random(void *p, size_t n, Err *err)
{
    unsigned char *to = p;

    while (n) {
        ssize_t got = getrandom(to, n, 0);

        if (got < 0 && errno != EINTR)
            return err_set(err, ERR_IO, "getrandom: %s", err_reason(errno));
        if (got > 0) {
            to += got;
            n -= (size_t)got;
        }
    }
    return OK;
}

int
sys_write(int fd, const void *p, size_t n, const char *name, Err *err)
{
    const unsigned char *from = p;

    while (n) {
        ssize_t put = write(fd, from, n);

        if (put < 0 && errno != EINTR)
            return fail(name, err);
        if (put > 0) {
            from += put;
            n -= (size_t)put;
        }
    }
    return OK;
}

const char *
sys_kind(mode_t mode)
{
    return S_ISDIR(mode)                       ? "a folder"
           : S_ISLNK(mode)                     ? "a link"
           : S_ISFIFO(mode)                    ? "a named pipe"
           : S_ISCHR(mode) || S_ISBLK(mode)    ? "a device"
           : S_ISSOCK(mode)                    ? "a socket"
                                               : "something else";
}

/* Whether what is open is a pipe without a name, or a device: what a shell hands over
 * as /dev/stdin or by <(...). */
static int
is_stream(int fd, mode_t mode)
{
    struct statfs fs;

    return S_ISCHR(mode) || (S_ISFIFO(mode) && fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS);
}

int
sys_open_file(const char *path, int flags, Err *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), rc = OK;
    struct stat st;

    if (fd < 0)
        return fail(path, err);
    if (fstat(fd, &st))
        rc = fail(path, err);
    else if (!S_ISREG(st.st_mode) && !(flags & SYS_STREAM && is_stream(fd, st.st_mode)))
        rc = err_set(err, ERR_INVAL, "%s: it is %s, not a file", path, sys_kind(st.st_mode));
    else if (!S_ISREG(st.st_mode) && fcntl(fd, F_SETFL, 0))
        rc = fail(path, err);
    if (rc == OK)
        return fd;
    close(fd);
    return rc;
}

static int
read_all(int fd, const char *path, size_t most, Buf *out, Err *err)
{
    size_t from = out->len;

    while (out->len - from < most) {
        ssize_t got;

        if (buf_reserve(out, CHUNK))
            return err_nomem(err);
        got = read(fd, out->data + out->len, out->cap - out->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(path, err);
        if (got == 0)
            return OK;
        out->len += (size_t)got;
    }
    if (out->len - from > most)
        out->len = from + most;
    return OK;
}

static int
read_path(const char *path, int flags, size_t most, Buf *out, Err *err)
{
    int fd = sys_open_file(path, flags, err), rc;

    if (fd < 0)
        return fd;
    rc = read_all(fd, path, most, out, err);
    close(fd);
    return rc;
}

int
sys_read_plain(const char *path, size_t most, Buf *out, Err *err)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc = OK;
    struct stat st;

    if (fd < 0)
        return fail(path, err);
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        rc = err_set(err, ERR_INVAL, "%s: it is not a plain file", path);
    while (rc == OK && most) {
        size_t n = most < 65536 ? most : 65536;
        ssize_t got;

        if (buf_reserve(out, n)) {
            rc = err_nomem(err);
            break;
        }
        got = read(fd, out->data + out->len, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = fail(path, err);
        if (got <= 0)
            break;
        out->len += (size_t)got;
        most -= (size_t)got;
    }
    close(fd);
    return rc;
}

int
sys_read_file(const char *path, Buf *out, Err *err)
{
    return read_path(path, 0, SIZE_MAX, out, err);
}

int
sys_read_stream(const char *path, size_t most, Buf *out, Err *err)
{
    return read_path(path, SYS_STREAM, most, out, err);
}

int
sys_write_file(const char *path, const void *p, size_t n, Err *err)
{
    char tmp[PATH_MAX];
    const char *slash;
    uint64_t salt;
    int fd, rc;

    if ((rc = sys_random(&salt, sizeof salt, err)))
        return rc;
    /* not the file's own name and more: that may be as long as a name can be */
    slash = strrchr(path, '/');
    if (snprintf(tmp, sizeof tmp, "%.*s.%016llx.tmp", slash ? (int)(slash + 1 - path) : 0, path,
                 (unsigned long long)salt) >= (int)sizeof tmp)
        return err_set(err, ERR_INVAL, "%s: the path is too long", path);
    fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail(path, err);
    rc = sys_write(fd, p, n, path, err);
    if (rc == OK && fsync(fd))
        rc = fail(path, err);
    if (close(fd) && rc == OK)
        rc = fail(path, err);
    if (rc == OK && rename(tmp, path))
        rc = fail(path, err);
    if (rc == OK)
        return sys_sync_folder(path, err);
    unlink(tmp);
    return rc;
}

int
sys_write_scratch(const char *path, const void *p, size_t n, int mode, Err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
    int rc;

    if (fd < 0)
        return fail(path, err);
    rc = sys_write(fd, p, n, path, err);
    if (close(fd) && rc == OK)
        rc = fail(path, err);
    if (rc)
        unlink(path);
    return rc;
}

int
sys_write_private(const char *path, const void *p, size_t n, Err *err)
{
    char tmp[PATH_MAX];
    uint64_t salt;
    int fd, rc;

    if ((rc = sys_random(&salt, sizeof salt, err)))
        return rc;
    if (snprintf(tmp, sizeof tmp, "%s.%016llx.tmp", path, (unsigned long long)salt)
        >= (int)sizeof tmp)
        return err_set(err, ERR_INVAL, "%s: the path is too long", path);
    fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(path, err);
    rc = sys_write(fd, p, n, path, err);
    if (rc == OK && fsync(fd))
        rc = fail(path, err);
    if (close(fd) && rc == OK)
        rc = fail(path, err);
    /* of two processes one makes the file, and both read that */
    if (rc == OK && link(tmp, path) && errno != EEXIST)
        rc = fail(path, err);
    unlink(tmp);
    return rc == OK ? sys_sync_folder(path, err) : rc;
}

int
sys_mkdirs(const char *path, Err *err)
{
    char part[PATH_MAX];
    size_t n = strlen(path);

    if (n >= sizeof part)
        return err_set(err, ERR_INVAL, "%s: the path is too long", path);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0777) && errno != EEXIST)
            return fail(part, err);
    }
    return OK;
}

/* The folder NAME of the open folder, made where it is missing; never through a link. */
static int
enter(int at, const char *name, int make)
{
    if (make && mkdirat(at, name, 0777) && errno != EEXIST)
        return -1;
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int
sys_beneath(const char *root, const char *path, int make, int *fd, Err *err)
{
    char name[NAME_MAX + 1];
    int at = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;

    if (at < 0)
        return fail(root, err);
    for (const char *p = path;; p += strlen(name) + 1) {
        size_t n = strcspn(p, "/");

        if (n == 0 || n > NAME_MAX || (n <= 2 && strspn(p, ".") >= n)) {
            close(at);
            return err_set(err, ERR_INVAL, "%s: not a path below %s", path, root);
        }
        if (p[n] == 0)
            break;
        memcpy(name, p, n);
        name[n] = 0;
        next = enter(at, name, make);
        if (next < 0) {
            int rc = errno == ELOOP || errno == ENOTDIR
                         ? err_set(err, ERR_INVAL,
                                   "%s/%s: %.255s is a link or a file, which rille does not "
                                   "write through; remove it", root, path, name)
                         : fail(path, err);

            close(at);
            return rc;
        }
        close(at);
        at = next;
    }
    *fd = at;
    return OK;
}

int
sys_remove(const char *path, Err *err)
{
    return remove_at(AT_FDCWD, path, path, err);
}

int
sys_lock(int fd, int wait, Err *err)
{
    while (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB))) {
        if (errno == EWOULDBLOCK)
            return err_set(err, ERR_BUSY, "another process holds the lock");
        if (errno != EINTR)
            return err_set(err, ERR_IO, "flock: %s", err_reason(errno));
    }
    return OK;
}

void
sys_unlock(int fd)
{
    flock(fd, LOCK_UN);
    close(fd);
}

int
sys_lock_folder(const char *path, int *fd, Err *err)
{
    struct stat here, there;
    int rc;

    *fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0)
        return fail(path, err);
    rc = sys_lock(*fd, 0, err);
    /* the process that had the lock may have removed the folder */
    if (rc == OK && (fstat(*fd, &here) || stat(path, &there)))
        rc = fail(path, err);
    if (rc == OK && (here.st_ino != there.st_ino || here.st_dev != there.st_dev))
        rc = err_set(err, ERR_NOTFOUND, "%s: no longer exists", path);
    if (rc) {
        close(*fd);
        *fd = -1;
    }
    return rc;
}

/* A shared lock: two that look at the same time do not take each other for the owner. */
int
sys_is_folder_locked(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), held;

    if (fd < 0)
        return 0;
    while ((held = flock(fd, LOCK_SH | LOCK_NB)) && errno == EINTR)
        ;
    held = held && errno == EWOULDBLOCK;
    close(fd);
    return held;
}

void
sys_user(char *out, size_t size)
{
    char buf[4096];
    struct passwd entry, *found = NULL;

    if (getpwuid_r(geteuid(), &entry, buf, sizeof buf, &found) == 0 && found)
        snprintf(out, size, "%s", found->pw_name);
    else
        snprintf(out, size, "uid %d", (int)geteuid());
}

int
sys_home(char *out, size_t size, Err *err)
{
    char path[PATH_MAX];
    Dl_info info;
    char *slash;

    if (!dladdr((void *)(uintptr_t)sys_home, &info) || !info.dli_fname)
        return err_set(err, ERR_NOTFOUND, "cannot determine where rille is installed");
    /* for the program itself dli_fname is argv[0], which may be relative */
    if (!strchr(info.dli_fname, '/') || !realpath(info.dli_fname, path)) {
        ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

        if (n < 0 && access("/proc/self", F_OK))
            return err_set(err, ERR_NOTFOUND, "/proc is not mounted here; rille needs it");
        if (n < 0)
            return fail("/proc/self/exe", err);
        path[n] = 0;
    }
    slash = strrchr(path, '/');
    if (slash)
        *slash = 0;
    if (snprintf(out, size, "%s", path) >= (int)size)
        return err_set(err, ERR_INVAL, "%s: the path is too long", path);
    return OK;
}
