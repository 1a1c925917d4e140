/* run_lock_test.c -- the lock file of a run: held, stopped and removed. */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "os/run_lock.h"
#include "os/sys.h"

static char dir[] = "/tmp/rille-run-lock-XXXXXX", path[64];

/* A process that holds the lock until it gets SIGINT. */
static pid_t
owner(void)
{
    int pipes[2], fd;
    char c = 0;
    pid_t pid;

    CHECK(pipe(pipes) == 0);
    pid = fork();
    if (pid == 0) {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (sys_lock(fd, 0, NULL))
            _exit(1);
        run_lock_sign(fd);
        run_lock_progress(fd, 1, 3);
        if (write(pipes[1], "x", 1) != 1)
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
a_lock_is_held_while_its_process_lives(void)
{
    int status = 0;
    pid_t pid;
    Err err;

    CHECK(run_lock_is_held(path, &err) == 0);           /* there is no file */
    pid = owner();
    CHECK(run_lock_is_held(path, &err) == 1);
    CHECK(run_lock_remove(path, &err) == OK && access(path, F_OK) == 0);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    CHECK(run_lock_is_held(path, &err) == 0);
    CHECK(run_lock_remove(path, &err) == OK && access(path, F_OK) != 0);
}

static void
the_owner_is_asked_to_stop(void)
{
    int status = 0;
    pid_t pid = owner();
    Err err;

    CHECK(run_lock_stop(path, 0, &err) == OK);
    waitpid(pid, &status, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    CHECK(run_lock_stop(path, 0, &err) == ERR_NOTFOUND);
    CHECK(run_lock_remove(path, &err) == OK);
    CHECK(run_lock_stop(path, 0, &err) == ERR_NOTFOUND);
}

static void
the_file_says_who_runs_and_how_far(void)
{
    unsigned long long pid_there, space, done, total;
    pid_t pid = owner();
    Buf text;
    Err err;

    buf_init(&text);
    CHECK(sys_read_file(path, &text, &err) == OK && text.len == 128);
    CHECK(sscanf(buf_cstr(&text), "%llu %llu %llu %llu", &pid_there, &space, &done, &total) == 4);
    CHECK(pid_there == (unsigned long long)pid && done == 1 && total == 3);
    buf_release(&text);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int
main(void)
{
    Err err;

    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/p-1.lock", dir);
    RUN(a_lock_is_held_while_its_process_lives);
    RUN(the_owner_is_asked_to_stop);
    RUN(the_file_says_who_runs_and_how_far);
    sys_remove(dir, &err);
    return check_done();
}
