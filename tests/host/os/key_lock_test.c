/* key_lock_test.c -- locks of keys: two processes, one that dies, the counters. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "check.h"
#include "os/key_lock.h"
#include "os/sys.h"

static unsigned char one[HASH_SIZE] = {1}, two[HASH_SIZE] = {2};
static char dir[] = "/tmp/rille-key-lock-XXXXXX";

/* A process that takes a key, says so, and waits to be killed. */
static pid_t
owner(const unsigned char *key)
{
    int pipes[2];
    char c = 0;
    pid_t pid;

    CHECK(pipe(pipes) == 0);
    pid = fork();
    if (pid == 0) {
        KeyLock *f;
        int64_t holder;

        if (key_lock_open(&f, dir, NULL) || key_lock_acquire(f, key, &holder, NULL) != 1 ||
            write(pipes[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    close(pipes[1]);
    CHECK(read(pipes[0], &c, 1) == 1 && c == 'x');
    close(pipes[0]);
    return pid;
}

static void
end(pid_t pid)
{
    int status;

    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

static void
a_key_is_one_process_s_until_it_dies(void)
{
    KeyLock *f;
    int64_t holder;
    pid_t pid = owner(one);

    CHECK(key_lock_open(&f, dir, NULL) == OK);
    CHECK(key_lock_acquire(f, one, &holder, NULL) == 0);
    CHECK(holder == pid);
    CHECK(key_lock_acquire(f, two, &holder, NULL) == 1);
    end(pid);
    CHECK(key_lock_acquire(f, one, &holder, NULL) == 1);
    key_lock_close(f);
}

static void
a_key_that_was_dropped_is_another_s(void)
{
    KeyLock *f;
    int64_t holder;
    pid_t pid;

    CHECK(key_lock_open(&f, dir, NULL) == OK);
    CHECK(key_lock_acquire(f, one, &holder, NULL) == 1);
    CHECK(key_lock_acquire(f, one, &holder, NULL) == 1);     /* our own is no obstacle */
    CHECK(key_lock_release(f, one, NULL) == OK);
    pid = owner(one);
    CHECK(key_lock_acquire(f, one, &holder, NULL) == 0 && holder == pid);
    end(pid);
    key_lock_close(f);
}

static void
a_forked_process_has_no_key_of_its_parent_s(void)
{
    KeyLock *f;
    int64_t holder;
    int status;
    pid_t pid;

    CHECK(key_lock_open(&f, dir, NULL) == OK);
    CHECK(key_lock_acquire(f, one, &holder, NULL) == 1);
    pid = fork();
    if (pid == 0) {
        int taken = key_lock_acquire(f, one, &holder, NULL);

        key_lock_close(f);
        _exit(taken == 0 && holder == getppid() ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    pid = owner(two);
    CHECK(key_lock_acquire(f, two, &holder, NULL) == 0);
    end(pid);
    key_lock_close(f);
}

static void
requests_and_commits_are_seen_by_all(void)
{
    KeyLock *a, *b;
    uint64_t requests, commits;

    CHECK(key_lock_open(&a, dir, NULL) == OK && key_lock_open(&b, dir, NULL) == OK);
    requests = key_lock_requests(a);
    commits = key_lock_commits(a);
    key_lock_request(b);
    key_lock_committed(b);
    key_lock_committed(b);
    CHECK(key_lock_requests(a) == requests + 1 && key_lock_commits(a) == commits + 2);
    key_lock_close(a);
    key_lock_close(b);
    key_lock_close(NULL);
}

static void
a_folder_that_cannot_be_is_an_error(void)
{
    KeyLock *f;
    Err err;

    CHECK(key_lock_open(&f, "/dev/null/x", &err) == ERR_IO || f == NULL);
    CHECK(f == NULL && strstr(err.msg, "/dev/null"));
}

int
main(void)
{
    Err err;

    CHECK(mkdtemp(dir) != NULL);
    RUN(a_key_is_one_process_s_until_it_dies);
    RUN(a_key_that_was_dropped_is_another_s);
    RUN(a_forked_process_has_no_key_of_its_parent_s);
    RUN(requests_and_commits_are_seen_by_all);
    RUN(a_folder_that_cannot_be_is_an_error);
    sys_remove(dir, &err);
    return check_done();
}
