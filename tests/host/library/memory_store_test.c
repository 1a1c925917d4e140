/* memory_store_test.c -- a store in memory: private, gone with its owner, and removed by the next
 * one when its owner was killed. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "library/memory_store.h"
#include "os/sys.h"

static Err err;

static int
exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static void
it_is_private_and_gone_at_its_end(void)
{
    MemoryStore m;
    struct stat st;
    char folder[256], file[300];
    int fd;

    CHECK(memory_store_init(&m, &err) == OK);
    CHECK(stat(m.folder, &st) == 0 && (st.st_mode & 07777) == 0700 && st.st_uid == geteuid());
    CHECK(strncmp(m.store, m.folder, strlen(m.folder)) == 0);
    CHECK_STR(m.store + strlen(m.folder), "/.rille");
    snprintf(folder, sizeof folder, "%s", m.folder);
    snprintf(file, sizeof file, "%s/objects/ab", m.store);
    CHECK(sys_mkdirs(file, &err) == OK);
    strcat(file, "/x");
    fd = open(file, O_CREAT | O_WRONLY, 0444);
    CHECK(fd >= 0 && close(fd) == 0);
    memory_store_release(&m);
    CHECK(!exists(folder) && !m.folder && !m.store);
    memory_store_release(&m);
}

static void
two_of_a_process_leave_each_other_alone(void)
{
    MemoryStore a, b;

    CHECK(memory_store_init(&a, &err) == OK && memory_store_init(&b, &err) == OK);
    CHECK(strcmp(a.folder, b.folder) != 0 && exists(a.folder) && exists(b.folder));
    memory_store_release(&a);
    CHECK(exists(b.folder));
    memory_store_release(&b);
}

/* Another process that has one; its path is in out.  It is alive. */
static pid_t
owner(char *out, size_t size)
{
    int pipes[2];
    ssize_t n;
    pid_t pid;

    CHECK(pipe(pipes) == 0);
    pid = fork();
    if (pid == 0) {
        MemoryStore m;

        if (memory_store_init(&m, NULL) || sys_mkdirs(m.store, NULL)
            || write(pipes[1], m.folder, strlen(m.folder)) < 0)
            _exit(1);
        pause();
        _exit(0);
    }
    close(pipes[1]);
    n = read(pipes[0], out, size - 1);
    CHECK(n > 0);
    out[n > 0 ? n : 0] = 0;
    close(pipes[0]);
    return pid;
}

static void
that_of_a_killed_process_is_removed_by_the_next(void)
{
    MemoryStore m;
    char folder[256];
    pid_t pid = owner(folder, sizeof folder);

    CHECK(memory_store_init(&m, &err) == OK);
    CHECK(exists(folder));              /* its owner lives */
    memory_store_release(&m);
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    CHECK(exists(folder));
    CHECK(memory_store_init(&m, &err) == OK);
    CHECK(!exists(folder));
    memory_store_release(&m);
}

static void
a_link_and_a_file_of_that_name_are_left_alone(void)
{
    MemoryStore m;
    char kept[] = "/tmp/rille-kept-XXXXXX", link[128], file[128];
    int fd;

    CHECK(mkdtemp(kept) != NULL);
    snprintf(link, sizeof link, "/tmp/rille-memory-link-%ld", (long)getpid());
    snprintf(file, sizeof file, "/tmp/rille-memory-file-%ld", (long)getpid());
    CHECK(symlink(kept, link) == 0);
    fd = open(file, O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0 && close(fd) == 0);
    CHECK(memory_store_init(&m, &err) == OK);
    memory_store_release(&m);
    CHECK(exists(kept) && exists(link) && exists(file));
    CHECK(unlink(link) == 0 && unlink(file) == 0 && rmdir(kept) == 0);
}

/* In a process of its own whose /dev/shm has 1 MiB: 0, 1 for a failure, 2 where this machine does
 * not let us. */
static int
try_with_a_small_tmpfs(void)
{
    MemoryStore m;

    if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)
        || mount("none", "/dev/shm", "tmpfs", 0, "size=1m"))
        return 2;
    if (memory_store_init(&m, &err) || strncmp(m.folder, "/tmp/", 5) != 0)
        return 1;
    memory_store_release(&m);
    setenv("TMPDIR", "/no/such/folder", 1);
    return memory_store_init(&m, &err) != ERR_IO || !strstr(err.msg, "/no/such/folder: ")
        || m.folder;
}

static void
where_the_tmpfs_is_small_it_is_in_the_temporary_folder(void)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(try_with_a_small_tmpfs());
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) != 1);
    if (WEXITSTATUS(status) == 2)
        CHECK_CANNOT("a mount namespace needs the rights of root");
}

int
main(void)
{
    unsetenv("TMPDIR");
    RUN(it_is_private_and_gone_at_its_end);
    RUN(two_of_a_process_leave_each_other_alone);
    RUN(that_of_a_killed_process_is_removed_by_the_next);
    RUN(a_link_and_a_file_of_that_name_are_left_alone);
    RUN(where_the_tmpfs_is_small_it_is_in_the_temporary_folder);
    return check_done();
}
