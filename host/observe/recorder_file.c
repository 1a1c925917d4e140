/* recorder_file.c -- see recorder.h: the files that a step reads and writes */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bind.h"
#include "observe/recorder.h"

void
recorder_note_absent(lua_State *L, Recorder *rec, const char *path, int code)
{
    char name[PATH_MAX], full[PATH_MAX];
    struct stat st;

    if (!recorder_take_path(rec, path, name, full)) {
        if (recorder_is_spelled_in_tmp(rec, path) && lstat(full, &st) == 0 && S_ISLNK(st.st_mode))
            recorder_note_impure(L, rec, "a link in its folder that leads nowhere");
        return;
    }
    if (recorder_wrote(rec, path))
        return;
    if (file_state_is_special(full) || (code != ENOENT && code != ENOTDIR))
        recorder_note_impure(L, rec, name);    /* a right or a limit, not a file */
    else
        recording_put(L, rec->top, FACT_ABSENT, name)->code = code;
}

/* The digest, from what this process hashed before when the signature proves it. */
static int
digest_of(Recorder *rec, const char *full, int fd, FileState *state, Err *err)
{
    Fact *f = fact_find(&rec->hashed, FACT_FILE, full, strlen(full));
    int rc;

    if (f && !(f->flags & FACT_RACY) && fact_same_sig(&f->sig, &state->sig)) {
        memcpy(state->digest, f->digest, HASH_SIZE);
        return OK;
    }
    rc = file_state_digest(fd, state, err);
    if (rc || state->entry != ENTRY_FILE || state->torn)
        return rc;
    if (!f && fact_put(&rec->hashed, FACT_FILE, full, strlen(full), &f))
        return err_nomem(err);
    f->sig = state->sig;
    f->flags = state->racy ? FACT_RACY : 0;
    memcpy(f->digest, state->digest, HASH_SIZE);
    return OK;
}

/* Fills *p; 1 when the step knows the file already, as it is. */
static int
look(Recorder *rec, const char *name, const char *full, int fd, FileState *state, Err *err)
{
    Fact *f;
    int rc = file_state_stat_fd(fd, state, err);

    if (rc)
        return rc;
    f = fact_find(&rec->top->facts, state->entry == ENTRY_FOLDER ? FACT_FOLDER : FACT_FILE, name,
                  strlen(name));
    if (f && fact_same_sig(&f->sig, &state->sig))
        return 1;
    return digest_of(rec, full, fd, state, err);
}

void
recorder_fill_fact(Fact *f, const FileState *state)
{
    f->entry = state->entry;
    f->sig = state->sig;
    f->flags = state->racy ? FACT_RACY : 0;
    memcpy(f->digest, state->digest, HASH_SIZE);
}

static FactKind
kind_of(const FileState *state)
{
    return state->entry == ENTRY_FOLDER ? FACT_FOLDER : FACT_FILE;
}

static void
put_state(lua_State *L, Recording *recording, const char *name, const FileState *state)
{
    Fact *f = fact_find(&recording->facts, kind_of(state), name, strlen(name));

    if (f || state->torn)
        recording_mark_changed(L, recording, name);
    if (!f)
        recorder_fill_fact(recording_put(L, recording, kind_of(state), name), state);
}

/* What a program that is given the path sees of it beside the bytes: the rights, and
 * that it is a link and where to, a fact "link NAME" (lua/cache/lookup.lua). */
static void
note_entry(lua_State *L, Recorder *rec, const char *name, const char *full, unsigned mode)
{
    char target[PATH_MAX];
    int n = file_state_link(full, target, sizeof target);
    Fact *f = fact_find(&rec->top->facts, FACT_FILE, name, strlen(name));

    if (!f && n < 0)
        f = fact_find(&rec->top->facts, FACT_ABSENT, name, strlen(name));
    if (f) {
        f->flags |= FACT_MODE;
        f->mode = mode | (n < 0 ? 0 : MODE_LINK);
    }
    if (n >= 0) {
        f = recording_put(L, rec->top, FACT_VALUE, lua_pushfstring(L, "link %s", name));
        recording_put_value(L, f, target, (size_t)n);
        lua_pop(L, 1);
    }
}

/* as_entry: what it is beside its bytes counts. */
static void
note_file(lua_State *L, Recorder *rec, const char *path, int fd, int as_entry)
{
    char name[PATH_MAX], full[PATH_MAX];
    int own = -1, rc;
    FileState state;
    Err err;

    if (!recorder_take_path(rec, path, name, full) || recorder_wrote(rec, path))
        return;
    if (file_state_is_special(full)) {
        recorder_note_impure(L, rec, name);
        return;
    }
    if (fd < 0) {
        fd = own = open(full, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0) {
            recorder_note_absent(L, rec, path, errno);
            if (as_entry)
                note_entry(L, rec, name, full, 0);
            return;
        }
    }
    rc = look(rec, name, full, fd, &state, &err);
    if (own >= 0)
        close(own);
    if (rc == ERR_NOMEM)
        bind_raise(L, &err);
    if (rc < 0 || state.entry == ENTRY_SPECIAL) {
        recorder_note_impure(L, rec, name);
        return;
    }
    if (rc == OK)
        put_state(L, rec->top, name, &state);
    if (as_entry)
        note_entry(L, rec, name, full, state.mode);
}

void
recorder_note_read(lua_State *L, Recorder *rec, const char *path, int fd)
{
    note_file(L, rec, path, fd, 0);
}

void
recorder_note_handed(lua_State *L, Recorder *rec, const char *path)
{
    note_file(L, rec, path, -1, 1);
}

void
recorder_note_write(lua_State *L, Recorder *rec, const char *path)
{
    char name[PATH_MAX], full[PATH_MAX];

    if (!recorder_take_path(rec, path, name, full))
        return;
    if (file_state_is_special(full))
        recorder_note_impure(L, rec, name);
    else
        recording_put(L, rec->top, FACT_WRITE, name);
}
