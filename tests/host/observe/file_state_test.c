/* file_state_test.c -- see host/observe/file_state.h */
#include <errno.h>

#include "check.h"
#include "observe/file_state.h"
#include "os/sys.h"

static void
a_file_and_a_folder_are_never_the_same(void)
{
    char dir[] = "/tmp/rille-probe-XXXXXX", path[64];
    Fact a, b;
    FileState p, q;
    Err err;

    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/empty", dir);
    CHECK(sys_write_file(path, "", 0, &err) == OK);
    CHECK(file_state_of_path(path, &p, &err) == OK);
    CHECK(sys_remove(path, &err) == OK);
    CHECK(file_state_of_path(dir, &q, &err) == OK);
    CHECK(memcmp(p.digest, q.digest, HASH_SIZE) != 0);
    a.entry = (FactEntry)p.entry;
    b.entry = (FactEntry)q.entry;
    CHECK(!fact_same_content(&a, &b));      /* of equal digests even */
    CHECK(sys_remove(dir, &err) == OK);
}

static void
folder_digest(const char *dir, unsigned char out[HASH_SIZE], int *racy)
{
    FileState p;
    Err err;

    CHECK(file_state_of_path(dir, &p, &err) == OK && p.entry == ENTRY_FOLDER);
    memcpy(out, p.digest, HASH_SIZE);
    *racy = p.racy;
}

static void
a_folder_is_its_entries_with_their_kinds_and_where_links_lead(void)
{
    static const char *const made[] = {
        ": > d/a", "mkdir d/a", "mkfifo d/a", "ln -s ../f d/a", "ln -s ./../f d/a",
        "ln -s ../e d/a", "ln -s ../none d/a", ": > d/b",
        "rm f && ln -s e f && ln -s ../f d/a", "mkdir d/c && rm f && ln -s d/c f && ln -s ../f d/a",
        "rm -rf f && mkdir f && ln -s ../f d/a"};
    enum { N = sizeof made / sizeof *made };
    char dir[] = "/tmp/rille-probe-XXXXXX", command[256], d[64];
    unsigned char digests[N][HASH_SIZE], again[HASH_SIZE];
    int racy;
    Err err;

    CHECK(mkdtemp(dir) != NULL);
    snprintf(d, sizeof d, "%s/d", dir);
    for (size_t i = 0; i < N; i++) {
        snprintf(command, sizeof command,
                 "cd %s && rm -rf d f && mkdir -p d e && : > f && %s && touch -d 2020-01-01 d",
                 dir, made[i]);
        CHECK(system(command) == 0);
        folder_digest(d, digests[i], &racy);
        folder_digest(d, again, &racy);
        CHECK(memcmp(digests[i], again, HASH_SIZE) == 0);
        for (size_t j = 0; j < i; j++)
            CHECK(memcmp(digests[i], digests[j], HASH_SIZE) != 0);
        if (strncmp(made[i], "ln", 2) == 0)
            CHECK(racy);                    /* what it leads to may change */
    }
    CHECK(sys_remove(dir, &err) == OK);
}

static void
a_probe_tells_who_may_execute_a_file(void)
{
    char dir[] = "/tmp/rille-probe-XXXXXX", path[64], command[128], target[8];
    FileState p;
    Err err;

    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/file", dir);
    CHECK(sys_write_file(path, "x", 1, &err) == OK);
    file_state_stat(path, &p);
    CHECK(p.mode == 0 && file_state_link(path, target, sizeof target) == -1);
    snprintf(command, sizeof command, "cd %s && chmod 754 file && ln -s file l", dir);
    CHECK(system(command) == 0);
    file_state_stat(path, &p);
    CHECK(p.mode == 0110);
    file_state_stat(dir, &p);
    CHECK(p.mode == 0);
    snprintf(path, sizeof path, "%s/l", dir);
    file_state_stat(path, &p);
    CHECK(p.mode == 0110 && file_state_link(path, target, sizeof target) == 4);
    CHECK_STR(target, "file");
    CHECK(sys_remove(dir, &err) == OK);
}

static void
a_path_is_normal_without_dots_and_double_slashes(void)
{
    static const char *const cases[][2] = {
        {"x", "x"}, {"./x", "x"}, {".//./x", "x"}, {"a//b/./c", "a/b/c"},
        {"/a/./b", "/a/b"}, {"//a", "/a"}, {"../x", "../x"}, {"a/../b", "a/../b"},
        {".x", ".x"}, {"", ""}, {"a/.", "a/."}};
    char out[16];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(fact_normal_path(cases[i][0], out, sizeof out) == (int)strlen(cases[i][1]));
        CHECK_STR(out, cases[i][1]);
    }
    CHECK(fact_normal_path("a path that is long", out, sizeof out) == -1);
}

static void
a_probe_tells_files_folders_and_what_is_missing(void)
{
    char dir[] = "/tmp/rille-probe-XXXXXX", path[64];
    unsigned char digest[HASH_SIZE];
    FileState p, q;
    Err err;

    CHECK(mkdtemp(dir) != NULL);
    CHECK(file_state_of_path(dir, &p, &err) == OK && p.entry == ENTRY_FOLDER);
    snprintf(path, sizeof path, "%s/file", dir);
    CHECK(file_state_of_path(path, &q, &err) == OK && q.code == ENOENT);
    CHECK(sys_write_file(path, "hello", 5, &err) == OK);
    CHECK(file_state_of_path(path, &q, &err) == OK && q.entry == ENTRY_FILE && q.racy && !q.torn);
    hash_of("hello", 5, digest);
    CHECK(memcmp(q.digest, digest, HASH_SIZE) == 0);
    CHECK(file_state_of_path(dir, &q, &err) == OK && memcmp(p.digest, q.digest, HASH_SIZE) != 0);
    CHECK(file_state_of_path("/dev/null", &q, &err) == OK && q.entry == ENTRY_SPECIAL);
    CHECK(file_state_of_path("/proc/self/stat", &q, &err) == OK && q.entry == ENTRY_SPECIAL);
    CHECK(file_state_is_special("/proc/self/stat") && !file_state_is_special("/dev/shm/x"));
    CHECK(sys_remove(dir, &err) == OK);
}

int
main(void)
{
    RUN(a_file_and_a_folder_are_never_the_same);
    RUN(a_folder_is_its_entries_with_their_kinds_and_where_links_lead);
    RUN(a_probe_tells_who_may_execute_a_file);
    RUN(a_path_is_normal_without_dots_and_double_slashes);
    RUN(a_probe_tells_files_folders_and_what_is_missing);
    return check_done();
}
