/* timer.c -- what one command costs as a whole process.
 *
 *     timer OUT COMMAND [ARG]...
 *
 * runs the command with its standard output in the file OUT and prints one line:
 * the wall time from before fork to after wait, in milliseconds; the peak of its
 * resident memory in KiB (of its own or of a child it waited for, whichever is
 * larger); its exit code, or 128 + the signal.  An exit code of 2 of timer's own
 * means that nothing was measured. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { USAGE = 2, NOT_STARTED = 127 };

static double
milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int
complain(const char *what)
{
    fprintf(stderr, "timer: %s: %s\n", what, strerror(errno));
    return USAGE;
}

static void
become(char **command, int out)
{
    if (dup2(out, STDOUT_FILENO) >= 0)
        execvp(command[0], command);
    complain(command[0]);
    _exit(NOT_STARTED);
}

int
main(int argc, char **argv)
{
    struct rusage used;
    double start, end;
    int out, status;
    pid_t pid;

    if (argc < 3) {
        fprintf(stderr, "usage: timer OUT COMMAND [ARG]...\n");
        return USAGE;
    }
    out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out < 0)
        return complain(argv[1]);
    start = milliseconds();
    pid = fork();
    if (pid < 0)
        return complain("fork");
    if (pid == 0)
        become(argv + 2, out);
    while (wait4(pid, &status, 0, &used) < 0)
        if (errno != EINTR)
            return complain("wait4");
    end = milliseconds();
    printf("%.3f %ld %d\n", end - start, used.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
