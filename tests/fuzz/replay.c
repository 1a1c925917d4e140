/* replay.c -- gives every file of a folder to a target: replay DIR
 *
 * A target that aborts ends the program, with the file's name printed before.
 * RILLE_ONLY=text gives only the files whose name contains the text. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "fuzz.h"
#include "os/sys.h"

enum { SLOW = 2 };              /* seconds that one file may take */

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* 1 when the target came back in time. */
static int
replay(const char *path)
{
    Buf b;
    Err err;
    double t0;
    int ok;

    buf_init(&b);
    if (sys_read_file(path, &b, &err)) {
        printf("%s\n", err.msg);
        return 0;
    }
    printf("%s", path);
    fflush(stdout);             /* the name is there when the target is not */
    t0 = now();
    LLVMFuzzerTestOneInput((const uint8_t *)b.data, b.len);
    ok = now() - t0 < SLOW;
    printf(ok ? "\n" : ": took longer than %d s\n", SLOW);
    buf_release(&b);
    return ok;
}

int
main(int argc, char **argv)
{
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    struct dirent *e;
    const char *only = getenv("RILLE_ONLY");
    char path[4096];
    int passed = 0, failed = 0;

    if (!dir) {
        printf("usage: replay DIR\n");
        return 2;
    }
    while ((e = readdir(dir)) != NULL) {
        if (e->d_name[0] == '.' || (only && !strstr(e->d_name, only)))
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], e->d_name);
        if (replay(path))
            passed++;
        else
            failed++;
    }
    closedir(dir);
    if (passed + failed == 0 && !getenv("RILLE_SUITE"))
        failed = printf("%s: no such file in it\n", argv[1]) > 0;
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
