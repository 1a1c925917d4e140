/* sys_test.c -- see host/os/sys.h */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "os/sys.h"

static char root[] = "/tmp/rille-test-XXXXXX";

static const char *
in_root(const char *name)
{
    static char path[4][256];
    static int turn;
    char *out = path[turn++ % 4];

    snprintf(out, sizeof path[0], "%s/%s", root, name);
    return out;
}

static void
a_file_is_written_whole_and_read_back(void)
{
    Buf b;
    Err err;

    buf_init(&b);
    CHECK(sys_mkdirs(in_root("a/b/c"), &err) == OK);
    CHECK(sys_mkdirs(in_root("a/b/c"), &err) == OK);
    CHECK(sys_write_file(in_root("a/b/c/f"), "one", 3, &err) == OK);
    CHECK(sys_write_file(in_root("a/b/c/f"), "two!", 4, &err) == OK);
    CHECK(sys_read_file(in_root("a/b/c/f"), &b, &err) == OK);
    CHECK(b.len == 4 && memcmp(b.data, "two!", 4) == 0);
    buf_release(&b);
    CHECK(sys_read_file(in_root("none"), &b, &err) == ERR_NOTFOUND);
    CHECK(strstr(err.msg, "none: No such file") != NULL);
    CHECK(sys_write_file(in_root("none/f"), "x", 1, &err) != OK);
    buf_release(&b);
}

static void
removing_a_folder_follows_no_link(void)
{
    struct stat st;
    Err err;

    CHECK(sys_mkdirs(in_root("keep"), &err) == OK);
    CHECK(sys_write_file(in_root("keep/f"), "x", 1, &err) == OK);
    CHECK(sys_mkdirs(in_root("gone/deep"), &err) == OK);
    CHECK(symlink(in_root("keep"), in_root("gone/deep/link")) == 0);
    CHECK(sys_remove(in_root("gone"), &err) == OK);
    CHECK(stat(in_root("gone"), &st) && errno == ENOENT);
    CHECK(stat(in_root("keep/f"), &st) == 0);
    CHECK(sys_remove(in_root("gone"), &err) == OK);
}

static void
a_lock_is_held_by_one(void)
{
    int a = open(in_root("lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    int b = open(in_root("lock"), O_RDWR | O_CLOEXEC);
    Err err;

    CHECK(sys_lock(a, 0, &err) == OK);
    CHECK(sys_lock(b, 0, &err) == ERR_BUSY);
    close(a);
    CHECK(sys_lock(b, 0, &err) == OK);
    close(b);
}

int
main(void)
{
    Err err;

    if (!mkdtemp(root))
        return 2;
    RUN(a_file_is_written_whole_and_read_back);
    RUN(removing_a_folder_follows_no_link);
    RUN(a_lock_is_held_by_one);
    sys_remove(root, &err);
    return check_done();
}
