/* shared_log_test.c -- lines that several processes append to one file. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "os/shared_log.h"
#include "os/sys.h"

static char dir[] = "/tmp/rille-shared-log-XXXXXX", path[80];

static int
append(const char *line, size_t most)
{
    Err err;

    return shared_log_append(path, line, strlen(line), most, &err);
}

static const char *
text(void)
{
    static Buf b;
    Err err;

    b.len = 0;
    return sys_read_file(path, &b, &err) == OK ? buf_cstr(&b) : "?";
}

static void
a_line_is_appended_to_a_file_of_the_user_alone(void)
{
    struct stat s;

    unlink(path);
    CHECK(append("one", 1000) == OK && append("two", 1000) == OK);
    CHECK(strcmp(text(), "one\ntwo\n") == 0);
    CHECK(stat(path, &s) == 0 && (s.st_mode & 0777) == 0600);
}

static void
a_line_without_its_end_is_ended(void)
{
    FILE *f = fopen(path, "w");

    CHECK(f && fputs("one\nhal", f) >= 0 && fclose(f) == 0);
    CHECK(append("two", 1000) == OK);
    CHECK(strcmp(text(), "one\nhal\ntwo\n") == 0);
}

static void
a_file_that_grows_keeps_its_newest_lines(void)
{
    unlink(path);
    for (int i = 0; i < 1000; i++) {
        char line[20];

        snprintf(line, sizeof line, "line %d", i);
        CHECK(append(line, 100) == OK);
        CHECK(strlen(text()) <= 100);
    }
    CHECK(strncmp(text(), "line 9", 6) == 0 && strstr(text(), "\nline 999\n"));
}

static void
processes_side_by_side_never_mix_lines(void)
{
    int n = 0, status;

    unlink(path);
    for (int p = 0; p < 4; p++)
        if (fork() == 0) {
            for (int i = 0; i < 100; i++)
                append(p % 2 ? "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" : "bbbbbbbbbbbbbbbbbbbb", 3000);
            _exit(0);
        }
    while (wait(&status) > 0)
        CHECK(status == 0);
    for (char *line = strtok((char *)text(), "\n"); line; line = strtok(NULL, "\n"), n++)
        CHECK(strcmp(line, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") == 0
              || strcmp(line, "bbbbbbbbbbbbbbbbbbbb") == 0);
    CHECK(n > 40);
}

static void
a_file_that_cannot_be_written_is_an_error_with_its_name(void)
{
    Err err;

    CHECK(shared_log_append("/tmp/rille-no-such-folder/x", "a", 1, 100, &err) == ERR_IO);
    CHECK(strstr(err.msg, "/tmp/rille-no-such-folder/x: "));
}

int
main(void)
{
    CHECK(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/log", dir);
    RUN(a_line_is_appended_to_a_file_of_the_user_alone);
    RUN(a_line_without_its_end_is_ended);
    RUN(a_file_that_grows_keeps_its_newest_lines);
    RUN(processes_side_by_side_never_mix_lines);
    RUN(a_file_that_cannot_be_written_is_an_error_with_its_name);
    unlink(path);
    rmdir(dir);
    return check_done();
}
