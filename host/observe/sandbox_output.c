/* sandbox_output.c -- see sandbox.h: what programs that scripts start may print into. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "observe/sandbox.h"

enum { STREAM_NAME = 96 };

/* The name by which a program opens the file that takes what it prints: it has no
 * descriptor of the host, and a host may start programs of its own meanwhile. */
static void
name_output(Sandbox *sandbox, char *out, size_t size)
{
    int fd;

    if (sandbox->output >= 0 && sandbox->output_owner != getpid()) {
        close(sandbox->output);                 /* a worker's is its own */
        sandbox->output = -1;
    }
    if (sandbox->output < 0)
        sandbox->output = memfd_create("rille", MFD_CLOEXEC);
    sandbox->output_owner = getpid();
    snprintf(out, size, "/proc/%ld/fd/%d", (long)getpid(), sandbox->output);
    fd = sandbox->output < 0 ? -1 : open(out, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        snprintf(out, size, "/dev/null");
    else
        close(fd);
}

void
sandbox_command(lua_State *L, Sandbox *sandbox, const char *command, const char *mode)
{
    char output[STREAM_NAME];

    name_output(sandbox, output, sizeof output);
    if (*mode == 'r')
        lua_pushfstring(L, "exec </dev/null 2>>%s\n%s", output, command);
    else
        lua_pushfstring(L, "exec >>%s 2>&1\n%s", output, command);
}

size_t
sandbox_read_output(Sandbox *sandbox, char *p, size_t n)
{
    ssize_t got =
        sandbox->output < 0 || sandbox->output_owner != getpid() ? 0 : read(sandbox->output, p, n);

    if (got > 0)
        return (size_t)got;
    /* all was taken: the next program, which appends, begins anew */
    if (sandbox->output >= 0 && sandbox->output_owner == getpid()
        && lseek(sandbox->output, 0, SEEK_CUR) > 0 && ftruncate(sandbox->output, 0) == 0)
        lseek(sandbox->output, 0, SEEK_SET);
    return 0;
}

int
sandbox_is_stream(const char *path)
{
    static const char *const names[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty",
                                        "/dev/fd/", "/proc/self/fd/"};
    char own[STREAM_NAME];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(path, names[i], strlen(names[i])) == 0)
            return 1;
    snprintf(own, sizeof own, "/proc/%ld/fd/", (long)getpid());
    return strncmp(path, own, strlen(own)) == 0;
}
