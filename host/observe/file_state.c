/* file_state.c -- see file_state.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "observe/file_state.h"

enum { CHUNK = 32768 };
#define RACY_NS 2000000000ll

static int64_t
nanoseconds(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static void
fill(const struct stat *st, FileState *state)
{
    struct timespec now;
    int64_t youngest;

    memset(state, 0, sizeof *state);
    state->entry = S_ISREG(st->st_mode)   ? ENTRY_FILE
              : S_ISDIR(st->st_mode) ? ENTRY_FOLDER
                                     : ENTRY_SPECIAL;
    state->mode = S_ISREG(st->st_mode) ? st->st_mode & MODE_EXECUTE : 0;
    state->sig.size = (uint64_t)st->st_size;
    state->sig.inode = (uint64_t)st->st_ino;
    state->sig.mtime = nanoseconds(&st->st_mtim);
    state->sig.ctime = nanoseconds(&st->st_ctim);
    youngest = state->sig.mtime > state->sig.ctime ? state->sig.mtime : state->sig.ctime;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    state->racy = nanoseconds(&now) - youngest < RACY_NS;
}

/* Whether it is in a file system that the kernel makes up: proc, sysfs, cgroup 1
 * and 2, tracefs, debugfs.  Their files say that they have 0 or 4096 bytes. */
static int
in_kernel_files(int fd, const struct stat *st)
{
    static const long kinds[] = {0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x74726163,
                                 0x64626720};
    struct statfs fs;

    if (S_ISREG(st->st_mode) && st->st_size != 0 && st->st_size != 4096)
        return 0;
    if (fstatfs(fd, &fs))
        return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((long)fs.f_type == kinds[i])
            return 1;
    return 0;
}

static int
hash_file(int fd, unsigned char out[HASH_SIZE], Err *err)
{
    unsigned char chunk[CHUNK];
    off_t at = 0;
    Hash h;

    hash_init(&h);
    for (;;) {
        ssize_t got = pread(fd, chunk, sizeof chunk, at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_IO, "observed file: %s", err_reason(errno));
        if (got == 0)
            break;
        hash_bytes(&h, chunk, (size_t)got);
        at += got;
    }
    hash_final(&h, out);
    return OK;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
add_name(char ***names, size_t *n, const char *name)
{
    char **more = *names;

    if ((*n & (*n - 1)) == 0)           /* full at each power of two */
        more = realloc(more, (*n ? *n * 2 : 1) * sizeof *more);
    if (!more)
        return ERR_NOMEM;
    *names = more;
    more[*n] = strdup(name);
    if (!more[*n])
        return ERR_NOMEM;
    ++*n;
    return OK;
}

static int
kind_of(mode_t mode)
{
    return S_ISREG(mode) ? 'f' : S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : 's';
}

/* The path of an open folder, without links, or NULL. */
static const char *
path_of(int fd, char out[PATH_MAX])
{
    char self[32];
    ssize_t n;

    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    n = readlink(self, out, PATH_MAX - 1);
    if (n <= 0)
        return NULL;
    out[n] = 0;
    return out;
}

/* Adds the target of the link, all links followed, relative to the folder: how many folders
 * up, and the path from there.  It stays the same when both move together. */
static void
hash_end(Hash *h, int fd, const char *name)
{
    char folder[PATH_MAX], path[PATH_MAX * 2], end[PATH_MAX];
    size_t same = 0, up = 0;

    if (!path_of(fd, folder)
        || (size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path
        || !realpath(path, end))
        return;
    for (size_t i = 0; end[i] && end[i] == folder[i]; i++)
        if (end[i] == '/')
            same = i + 1;
    if (strncmp(end, folder, strlen(folder)) == 0 && end[strlen(folder)] == '/')
        same = strlen(folder) + 1;
    for (size_t i = same; same <= strlen(folder) && folder[i]; i++)
        up += i == same || folder[i] == '/';
    hash_field(h, 'u', &up, sizeof up);
    hash_field(h, 'e', end + same, strlen(end + same));
}

/* Adds what the entry is; *links counts those that are links.  One that is gone
 * meanwhile has the kind -. */
static void
hash_entry(Hash *h, int fd, const char *name, int *links)
{
    char kind[2] = "-", target[PATH_MAX];
    struct stat st;
    ssize_t n;

    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        kind[0] = (char)kind_of(st.st_mode);
    hash_field(h, 'n', name, strlen(name));
    hash_field(h, 'k', kind, 1);
    if (kind[0] != 'l')
        return;
    ++*links;
    n = readlinkat(fd, name, target, sizeof target);
    kind[0] = fstatat(fd, name, &st, 0) == 0 ? (char)kind_of(st.st_mode) : '-';
    hash_field(h, 'l', target, n < 0 ? 0 : (size_t)n);
    hash_field(h, 't', kind, 1);
    hash_end(h, fd, name);
}

static int
read_names(DIR *dir, char ***names, size_t *n, Err *err)
{
    struct dirent *e;

    while ((e = readdir(dir)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0
            && add_name(names, n, e->d_name))
            return err_nomem(err);
    return OK;
}

static int
hash_folder(int fd, FileState *state, Err *err)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), links = 0, rc;
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    char **names = NULL;
    size_t n = 0;
    Hash h;

    if (!dir) {
        rc = err_set(err, ERR_IO, "observed folder: %s", err_reason(errno));
        if (copy >= 0)
            close(copy);
        return rc;
    }
    rc = read_names(dir, &names, &n, err);
    if (n)
        qsort(names, n, sizeof *names, by_name);
    hash_init(&h);
    hash_field(&h, 'f', "rille-folder/1", 14);
    for (size_t i = 0; i < n; i++) {
        hash_entry(&h, dirfd(dir), names[i], &links);
        free(names[i]);
    }
    hash_final(&h, state->digest);
    state->racy |= links > 0;
    free(names);
    closedir(dir);
    return rc;
}

/* Whether the file can be read; the system is asked only for a file of another user. */
static int
may_read(const char *path, const struct stat *st)
{
    uid_t self = geteuid();

    if (self == 0 || (st->st_uid == self && (st->st_mode & S_IRUSR)))
        return 1;
    return faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0;
}

void
file_state_stat(const char *path, FileState *state)
{
    struct stat st;

    if (stat(path, &st) || !may_read(path, &st)) {
        memset(state, 0, sizeof *state);
        state->code = errno;
        return;
    }
    fill(&st, state);
}

int
file_state_stat_fd(int fd, FileState *state, Err *err)
{
    struct stat st;

    if (fstat(fd, &st))
        return err_set(err, ERR_IO, "observed file: %s", err_reason(errno));
    fill(&st, state);
    if (in_kernel_files(fd, &st))
        state->entry = ENTRY_SPECIAL;
    return OK;
}

int
file_state_digest(int fd, FileState *state, Err *err)
{
    struct stat st;
    FileState after;
    int rc = state->entry == ENTRY_FILE     ? hash_file(fd, state->digest, err)
             : state->entry == ENTRY_FOLDER ? hash_folder(fd, state, err)
                                       : OK;

    if (rc)
        return rc;
    if (fstat(fd, &st))
        return err_set(err, ERR_IO, "observed file: %s", err_reason(errno));
    fill(&st, &after);
    state->torn = !fact_same_sig(&state->sig, &after.sig);
    return OK;
}

int
file_state_of_fd(int fd, FileState *state, Err *err)
{
    int rc = file_state_stat_fd(fd, state, err);

    return rc ? rc : file_state_digest(fd, state, err);
}

int
file_state_of_path(const char *path, FileState *state, Err *err)
{
    /* so that a pipe without a writer does not block */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), rc;

    if (fd < 0) {
        memset(state, 0, sizeof *state);
        state->code = errno;
        return OK;
    }
    rc = file_state_of_fd(fd, state, err);
    close(fd);
    return rc;
}

int
file_state_link(const char *path, char *out, size_t size)
{
    ssize_t n = readlink(path, out, size - 1);

    if (n < 0)
        return -1;
    out[n] = 0;
    return (int)n;
}

int
file_state_is_special(const char *path)
{
    if (strncmp(path, "/dev/shm/", 9) == 0)
        return 0;
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0
           || strncmp(path, "/sys/", 5) == 0;
}
