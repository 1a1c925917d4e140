/* file_watch_test.c -- changes in a folder are events. */
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "os/file_watch.h"
#include "os/sys.h"

static char dir[] = "/tmp/rille-file-watch-XXXXXX", path[80], other[80];

/* Waits for an event of that name (NULL: of the folder itself) and returns it. */
static int
comes(FileWatch *w, const char *name, FileWatchEvent *e)
{
    Err err;

    for (int i = 0; i < 50 && file_watch_wait(w, 100, &err) >= 0; i++)
        while (file_watch_next(w, e))
            if (name ? e->name && strcmp(e->name, name) == 0 : e->gone)
                return 1;
    return 0;
}

static void
files_that_change_are_told_by_their_names(void)
{
    FileWatchEvent e;
    FileWatch w;
    int folder, again;
    Err err;

    CHECK(file_watch_open(&w, &err) == OK && file_watch_add(&w, dir, &folder, &err) == OK);
    CHECK(file_watch_add(&w, dir, &again, &err) == OK && again == folder);
    CHECK(file_watch_wait(&w, 0, &err) == 0 && !file_watch_next(&w, &e));
    CHECK(sys_write_scratch(path, "x", 1, 0666, &err) == OK);
    CHECK(comes(&w, "one", &e) && e.folder == folder && !e.gone && !e.lost);
    CHECK(rename(path, other) == 0);
    CHECK(comes(&w, "two", &e) && e.folder == folder);
    CHECK(unlink(other) == 0);
    CHECK(comes(&w, "two", &e));
    file_watch_close(&w);
    file_watch_close(&w);
}

static void
a_folder_that_goes_is_an_event(void)
{
    FileWatchEvent e;
    FileWatch w;
    char sub[96];
    int folder;
    Err err;

    snprintf(sub, sizeof sub, "%s/sub", dir);
    CHECK(file_watch_open(&w, &err) == OK);
    CHECK(file_watch_add(&w, sub, &folder, &err) == ERR_NOTFOUND);
    CHECK(sys_mkdirs(sub, &err) == OK && file_watch_add(&w, sub, &folder, &err) == OK);
    CHECK(sys_remove(sub, &err) == OK);
    CHECK(comes(&w, NULL, &e) && e.folder == folder && e.gone);
    file_watch_close(&w);
}

int
main(void)
{
    Err err;

    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/one", dir);
    snprintf(other, sizeof other, "%s/two", dir);
    RUN(files_that_change_are_told_by_their_names);
    RUN(a_folder_that_goes_is_an_event);
    sys_remove(dir, &err);
    return check_done();
}
