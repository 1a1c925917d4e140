/* db_transaction_test.c -- the lock of a writer beside processes that are forked while it is held,
 * as another thread of the process may do at any time. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "meta/db.h"
#include "os/sys.h"

static const char SCHEMA[] = "-- version 1\n"
                             "create table t(id integer primary key);\n";
static char dir[64];

/* A process with copies of all descriptors, that lives until *end is closed. */
static pid_t
fork_idle(int *end)
{
    int ends[2];
    char byte;
    pid_t pid;

    CHECK(pipe(ends) == 0);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) != 0);
    }
    close(ends[0]);
    *end = ends[1];
    return pid;
}

/* finish ends a transaction during which a process was forked; the next writer does not wait
 * for that process. */
static void
check_lock_after(void (*finish)(Db *))
{
    Db *db = NULL, *other = NULL;
    int end, status = -1;
    pid_t pid;

    CHECK(db_open(&db, dir, SCHEMA, DB_CREATE, NULL) == OK);
    CHECK(db_open(&other, dir, SCHEMA, DB_CREATE, NULL) == OK);
    CHECK(db_begin(db, 0, NULL) == OK);
    pid = fork_idle(&end);
    db_limit_wait(other, 0.01);
    CHECK(db_begin(other, 0, NULL) == ERR_BUSY);
    finish(db);
    CHECK(db_begin(other, 0, NULL) == OK && db_commit(other, NULL) == OK);
    close(end);
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    db_close(other);
    db_close(db);
}

static void
commit(Db *db)
{
    CHECK(db_commit(db, NULL) == OK);
}

static void
a_process_forked_during_a_transaction_keeps_no_lock(void)
{
    check_lock_after(commit);
    check_lock_after(db_rollback);
}

int
main(void)
{
    snprintf(dir, sizeof dir, "/tmp/db_transaction_test.%ld", (long)getpid());
    RUN(a_process_forked_during_a_transaction_keeps_no_lock);
    sys_remove(dir, NULL);
    return check_done();
}
