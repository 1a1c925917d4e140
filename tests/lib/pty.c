/* pty.c -- runs a command on a pseudo-terminal of a given size, for tests.
 *
 *     pty COLUMNS LINES OUT [ACTION...] -- COMMAND [ARG...]
 *
 * An action is WHEN:WHAT, in order; WHEN is a time in seconds from the start, or "TEXT": as soon
 * as the command has written TEXT since the action before (with a " in it as \"):
 *     0.5:size:60x20      the terminal has that size (the command gets SIGWINCH)
 *     "> ":keys:TEXT      TEXT is typed; ^C and ^Z stand for those keys, ^M for Enter, ^I for
 *                         Tab, ^[ for Escape, ^\ for that key, ^@ for a zero
 *     0.5:signal:N        the command's process group gets signal N
 * OUT gets what the command wrote, as records
 *     o SECONDS N\n       and N bytes
 *     s SECONDS COLUMNS LINES\n      the size from here on
 *     x STATUS\n          the end: the exit code, or 128 and the signal
 * A last ^D is typed again every 2 seconds while the command runs: the first one may have come
 * before what it was to end, as when a prompt is drawn twice.
 * A command that runs for 120 seconds (PTY_LIMIT) is killed.  The exit code is 0 where there is
 * an end in OUT. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT = 120, AGAIN = 2, CHUNK = 65536, RECENT = 1 << 20 };

static char recent[RECENT];            /* what was written since the last action */
static size_t n_recent;

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Copies what there is; 0 at the end. */
static int
copy(int master, FILE *out, double start)
{
    static char chunk[CHUNK];
    ssize_t n = read(master, chunk, sizeof chunk);

    if (n <= 0)
        return n < 0 && errno == EINTR;
    if (n_recent + (size_t)n > sizeof recent)
        n_recent = 0;
    memcpy(recent + n_recent, chunk, (size_t)n);
    n_recent += (size_t)n;
    fprintf(out, "o %.3f %zd\n", now() - start, n);
    return fwrite(chunk, 1, (size_t)n, out) == (size_t)n;
}

/* Types the text; what the command writes meanwhile is copied, or both would wait for ever. */
static void
type(int master, const char *text, FILE *out, double start)
{
    for (; *text; text++) {
        struct pollfd fd = {master, POLLIN | POLLOUT, 0};
        char c = *text;

        if (c == '^' && ((text[1] >= '@' && text[1] <= 'Z') || text[1] == '[' || text[1] == '\\'))
            c = (char)(*++text & 31);
        do {
            if (poll(&fd, 1, -1) < 0 || fd.revents & POLLHUP)
                return;
            if (fd.revents & POLLIN && !copy(master, out, start))
                return;
        } while (!(fd.revents & POLLOUT));
        if (write(master, &c, 1) != 1)
            return;
    }
}

static void
act(const char *what, int master, pid_t pid, FILE *out, double start)
{
    struct winsize w = {0};
    int columns, lines, number;

    if (sscanf(what, "size:%dx%d", &columns, &lines) == 2) {
        w.ws_col = (unsigned short)columns;
        w.ws_row = (unsigned short)lines;
        ioctl(master, TIOCSWINSZ, &w);
        fprintf(out, "s %.3f %d %d\n", now() - start, columns, lines);
    } else if (strncmp(what, "keys:", 5) == 0) {
        type(master, what + 5, out, start);
    } else if (sscanf(what, "signal:%d", &number) == 1) {
        kill(-pid, number);
    }
}

/* The text in quotes at s, its length in *n; the first byte after it. */
static char *
quoted(char *s, char *out, size_t *n)
{
    *n = 0;
    for (s++; *s && *s != '"' && *n + 1 < 4096; s++)
        out[(*n)++] = *s == '\\' && s[1] == '"' ? *++s : *s;
    return *s ? s + 1 : s;
}

/* Whether the action is due, and what it does; *due is when to look again. */
static int
is_due(char *action, double at, char **what, double *due)
{
    static char text[4096];
    size_t n;

    if (*action != '"') {
        *due = strtod(action, what);
        return at >= *due;
    }
    *what = quoted(action, text, &n);
    if (!memmem(recent, n_recent, text, n))
        return 0;
    return 1;
}

static int
ends_input(const char *action)
{
    size_t n = strlen(action);

    return n >= 2 && strcmp(action + n - 2, "^D") == 0;
}

static int
attend(int master, pid_t pid, FILE *out, char **actions)
{
    const char *given = getenv("PTY_LIMIT");
    double start = now(), acted = 0, due, limit = given ? atof(given) : LIMIT;
    char **first = actions;
    struct pollfd fd = {master, POLLIN, 0};

    for (;;) {
        double at = now() - start;
        char *what;

        if (at > limit)
            kill(-pid, SIGKILL);
        due = at + 0.1;
        if (strcmp(*actions, "--") != 0 && is_due(*actions, at, &what, &due)) {
            n_recent = 0;
            act(what + 1, master, pid, out, start);
            acted = at;
            actions++;
            continue;
        }
        if (strcmp(*actions, "--") == 0 && at > acted + AGAIN && actions > first
            && ends_input(actions[-1])) {
            type(master, "^D", out, start);
            acted = at;
        }
        if (poll(&fd, 1, due - at > 0.1 ? 100 : (int)((due - at) * 1000) + 1) > 0
            && !copy(master, out, start))
            return 0;
    }
}

int
main(int argc, char **argv)
{
    struct winsize w = {0};
    char **command = argv + 4;
    int master, status;
    FILE *out;
    pid_t pid;

    while (argc > 5 && *command && strcmp(*command, "--") != 0)
        command++;
    if (argc <= 5 || !*command || !command[1])
        return fprintf(stderr, "usage: pty COLUMNS LINES OUT [ACTION...] -- COMMAND...\n"), 2;
    w.ws_col = (unsigned short)atoi(argv[1]);
    w.ws_row = (unsigned short)atoi(argv[2]);
    out = fopen(argv[3], "wbe");
    if (!out)
        return perror(argv[3]), 2;
    pid = forkpty(&master, NULL, NULL, &w);
    if (pid < 0)
        return perror("forkpty"), 2;
    if (pid == 0) {
        signal(SIGHUP, SIG_DFL);        /* whatever who runs the tests has ignored */
        execvp(command[1], command + 1);
        _exit(127);
    }
    fcntl(master, F_SETFD, FD_CLOEXEC);
    attend(master, pid, out, argv + 4);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    fprintf(out, "x %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return fclose(out) ? 2 : 0;
}
