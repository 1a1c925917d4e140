/* recorder_log.c -- see recorder.h: what a step prints */
#include <stdio.h>
#include <unistd.h>

#include "base/terminal_text.h"
#include "observe/recorder.h"
#include "os/sys.h"

/* Into the file that is the log, whose middle goes as it grows. */
static void
write_log(Recorder *rec, const char *p, size_t n)
{
    for (size_t part; n; p += part, n -= part) {
        part = n < CAPPED_LOG_TAIL ? n : CAPPED_LOG_TAIL;
        sys_write(STDERR_FILENO, p, part, "log", NULL);
        rec->written += part;
        if (rec->written >= CAPPED_LOG_SLACK) {
            capped_log_trim(STDERR_FILENO);
            rec->written = 0;
        }
    }
}

void
recorder_log_flush(Recorder *rec)
{
    write_log(rec, (const char *)rec->unwritten.data, rec->unwritten.len);
    rec->unwritten.len = 0;
}

void
recorder_log(lua_State *L, Recorder *rec, const char *p, size_t n)
{
    if (rec->echo == LOG_WRITE && n > LOG_PIECE) {
        recorder_log_flush(rec);
        write_log(rec, p, n);
        return;
    }
    if (rec->echo == LOG_SHOW && rec->sandbox)
        fwrite(p, 1, n, rec->sandbox->stream[1]);
    else if (rec->echo == LOG_SHOW)
        terminal_put(stderr, p, n, TERMINAL_LOG);
    if (rec->echo == LOG_WRITE ? buf_put(&rec->unwritten, p, n) : capped_log_put(&rec->log, p, n))
        luaL_error(L, "out of memory");
    if (rec->unwritten.len > LOG_PIECE)
        recorder_log_flush(rec);
}

void
recorder_log_arguments(lua_State *L, Recorder *rec, int first)
{
    int top = lua_gettop(L);

    for (int i = first; i <= top; i++) {
        char number[64];
        const char *p = number;
        size_t n;

        if (lua_type(L, i) != LUA_TNUMBER)
            p = luaL_checklstring(L, i, &n);
        else if (lua_isinteger(L, i))
            n = (size_t)snprintf(number, sizeof number, LUA_INTEGER_FMT,
                                 (LUAI_UACINT)lua_tointeger(L, i));
        else
            n = (size_t)snprintf(number, sizeof number, LUA_NUMBER_FMT,
                                 (LUAI_UACNUMBER)lua_tonumber(L, i));
        recorder_log(L, rec, p, n);
    }
    recorder_log_flush(rec);
}

void
recorder_log_output(lua_State *L, Recorder *rec, const char *p, size_t n)
{
    if (!n)
        return;
    if (rec->step) {
        recorder_log(L, rec, p, n);
        recorder_log_flush(rec);
    } else {
        fwrite(p, 1, n, rec->sandbox->stream[1]);
    }
}

void
recorder_log_programs(lua_State *L, Recorder *rec)
{
    char text[4096];
    size_t n;

    while (rec->sandbox && (n = sandbox_read_output(rec->sandbox, text, sizeof text)) > 0)
        recorder_log_output(L, rec, text, n);
}
