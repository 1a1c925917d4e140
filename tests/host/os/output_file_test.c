/* output_file_test.c -- see host/os/output_file.h */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "os/output_file.h"
#include "os/sys.h"

static void
put(const char *path, const char *text)
{
    CHECK(sys_write_file(path, text, strlen(text), NULL) == OK);
}

static int
holds(const char *path, const char *text)
{
    Buf b;
    int same;

    buf_init(&b);
    same = sys_read_file(path, &b, NULL) == OK && b.len == strlen(text)
           && memcmp(b.data, text, b.len) == 0;
    buf_release(&b);
    return same;
}

static mode_t
mode_of(const char *path)
{
    struct stat st;

    return lstat(path, &st) ? 0 : st.st_mode;
}

static int
write_out(const char *path, const char *text, Err *err)
{
    return output_file_write(path, text, strlen(text), err);
}

static void
a_file_is_replaced_and_keeps_its_permissions(void)
{
    struct stat st;
    Err err;

    put("f", "old");
    CHECK(chmod("f", 0640) == 0);
    if (geteuid() == 0)
        CHECK(chown("f", 1234, 1234) == 0);
    CHECK(write_out("f", "new", &err) == OK && holds("f", "new"));
    CHECK(stat("f", &st) == 0 && (st.st_mode & 07777) == 0640);
    CHECK(geteuid() || (st.st_uid == 1234 && st.st_gid == 1234));
    CHECK(write_out("fresh", "x", &err) == OK && holds("fresh", "x"));
}

static void
links_are_followed(void)
{
    Err err;

    CHECK(sys_mkdirs("d/e", &err) == OK);
    put("d/real", "old");
    CHECK(symlink("../real", "d/e/one") == 0 && symlink("d/e/one", "two") == 0);
    CHECK(write_out("two", "new", &err) == OK);
    CHECK(holds("d/real", "new") && S_ISLNK(mode_of("two")) && S_ISLNK(mode_of("d/e/one")));
    CHECK(symlink("d/none", "dangling") == 0);
    CHECK(write_out("dangling", "made", &err) == OK && holds("d/none", "made"));
    CHECK(symlink("round", "round") == 0);
    CHECK(write_out("round", "x", &err) == ERR_IO && strncmp(err.msg, "round: ", 7) == 0);
}

static void
a_named_pipe_is_written(void)
{
    char got[8] = "";
    Err err;
    int fd;

    CHECK(mkfifo("fifo", 0666) == 0);
    fd = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK(write_out("fifo", "text", &err) == OK);
    CHECK(read(fd, got, sizeof got) == 4 && memcmp(got, "text", 4) == 0);
    CHECK(S_ISFIFO(mode_of("fifo")));
    close(fd);
}

static void
a_device_is_written(void)
{
    Err err;

    if (mknod("null", S_IFCHR | 0666, makedev(1, 3))
        || mknod("full", S_IFCHR | 0666, makedev(1, 7)))
        return;                 /* for root alone */
    CHECK(write_out("null", "text", &err) == OK && S_ISCHR(mode_of("null")));
    CHECK(write_out("full", "text", &err) == ERR_IO && S_ISCHR(mode_of("full")));
    CHECK(strcmp(err.msg, "full: No space left on device") == 0);
}

static void
what_takes_no_bytes_is_refused(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    Err err;

    CHECK(bind(s, (struct sockaddr *)&name, sizeof name) == 0);
    CHECK(write_out("socket", "x", &err) == ERR_INVAL);
    CHECK(strcmp(err.msg, "socket: it is a socket, not a file") == 0);
    CHECK(S_ISSOCK(mode_of("socket")));
    CHECK(mkdir("folder", 0777) == 0 && write_out("folder", "x", &err) == ERR_INVAL);
    CHECK(strcmp(err.msg, "folder: it is a folder, not a file") == 0);
    close(s);
}

/* As another user when we are root. */
static int
refused_without_rights(void)
{
    Err err;
    pid_t child = fork();
    int status;

    if (child == 0) {
        if (geteuid() == 0 && setuid(65534))
            _exit(2);
        _exit(write_out("read-only", "new", &err) == ERR_IO
              && strcmp(err.msg, "read-only: Permission denied") == 0 ? 0 : 1);
    }
    return waitpid(child, &status, 0) == child && status == 0;
}

static void
a_file_without_the_right_to_write_is_refused(void)
{
    put("read-only", "old");
    CHECK(chmod("read-only", 0444) == 0 && chmod(".", 0777) == 0);
    CHECK(refused_without_rights());
    CHECK(holds("read-only", "old") && (mode_of("read-only") & 0777) == 0444);
}

static void
an_open_descriptor_is_written_where_it_is(void)
{
    int fd = open("open", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    char path[64];
    Err err;

    CHECK(write(fd, "one ", 4) == 4);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK(write_out(path, "two ", &err) == OK);
    CHECK(write(fd, "three", 5) == 5 && holds("open", "one two three"));
    close(fd);
}

static void
what_is_discarded_leaves_the_file(void)
{
    OutputFile f;
    Err err;

    put("kept", "old");
    CHECK(output_file_open(&f, "kept", &err) == OK);
    CHECK(sys_write(f.fd, "half", 4, "kept", &err) == OK && mode_of(f.tmp));
    output_file_discard(&f);
    output_file_discard(&f);
    CHECK(holds("kept", "old") && !mode_of(f.tmp));
}

int
main(void)
{
    char root[] = "/tmp/rille-test-XXXXXX";
    Err err;

    if (!mkdtemp(root) || chdir(root))
        return 2;
    RUN(a_file_is_replaced_and_keeps_its_permissions);
    RUN(links_are_followed);
    RUN(a_named_pipe_is_written);
    RUN(a_device_is_written);
    RUN(what_takes_no_bytes_is_refused);
    RUN(a_file_without_the_right_to_write_is_refused);
    RUN(an_open_descriptor_is_written_where_it_is);
    RUN(what_is_discarded_leaves_the_file);
    sys_remove(root, &err);
    return check_done();
}
