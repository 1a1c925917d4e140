/* terminal_text.c -- see terminal_text.h */
#include <string.h>
#include <unistd.h>

#include "base/terminal_text.h"
#include "base/utf8.h"

enum { ESC = 0x1b, DEL = 0x7f, SGR_MAX = 64 };

typedef struct Text {
    Buf *out;
    const char *mark;
    TerminalForm form;
    int bad;                    /* out of memory */
} Text;

static void
put(Text *t, const char *p, size_t n)
{
    t->bad |= buf_put(t->out, p, n);
}

/* Does a terminal act on this code point instead of showing it? */
static int
is_active(uint32_t code)
{
    return (code >= 0x80 && code < 0xa0) || (code >= 0x2028 && code <= 0x202e)
           || (code >= 0x2066 && code <= 0x2069);
}

static void
put_control(Text *t, unsigned char c)
{
    const char *name = c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "\\r" : NULL;

    if (name)
        t->bad |= buf_puts(t->out, name);
    else
        t->bad |= buf_printf(t->out, "\\x%02x", c);
}

/* The length of a colour sequence, ESC [ 1 ; 31 m, at p, or 0. */
static size_t
colour(const char *p, const char *end)
{
    size_t n = 2;

    if (end - p < 3 || p[0] != ESC || p[1] != '[')
        return 0;
    while (n < SGR_MAX && n < (size_t)(end - p) && strchr("0123456789;:", p[n]) && p[n])
        n++;
    return n < (size_t)(end - p) && p[n] == 'm' ? n + 1 : 0;
}

/* An ESC of rille's own, followed by the mark where there is one. */
static void
put_escape(Text *t)
{
    put(t, "\033", 1);
    if (t->mark)
        t->bad |= buf_puts(t->out, t->mark);
}

/* Writes the unprintable character at p escaped; returns its length. */
static size_t
put_unprintable(Text *t, const char *p, const char *end)
{
    size_t mark = t->mark ? strlen(t->mark) : 0;

    if (t->form == TERMINAL_LINES && *p == ESC && mark && (size_t)(end - p) > mark
        && memcmp(p + 1, t->mark, mark) == 0) {
        put(t, "\033", 1);
        return 1 + mark;
    }
    put_control(t, (unsigned char)*p);
    return 1;
}

/* The characters from p to end, without the end of the line. */
static void
put_line(Text *t, const char *p, const char *end)
{
    int coloured = 0;

    while (p < end && !t->bad) {
        unsigned char c = (unsigned char)*p;
        size_t size = t->form == TERMINAL_LOG ? colour(p, end) : 0;

        if (size) {
            put_escape(t);
            put(t, p + 1, size - 1);
            coloured = 1;
        } else if (c < ' ' ? c == '\t' && t->form != TERMINAL_LINE : c < DEL) {
            put(t, p, size = 1);
        } else if (c <= DEL || utf8_valid(p, (size_t)(end - p < 4 ? end - p : 4)) == 0) {
            size = put_unprintable(t, p, end);
        } else {
            uint32_t code = utf8_get(p, &size);

            if (is_active(code))
                t->bad |= buf_printf(t->out, "\\u{%x}", (unsigned)code);
            else
                put(t, p, size);
        }
        p += size;
    }
    if (coloured) {
        put_escape(t);
        put(t, "[0m", 3);
    }
}

/* Where the part of a line begins that follows its last carriage return. */
static const char *
after_return(const char *p, const char *end)
{
    for (const char *q = end; q > p; q--)
        if (q[-1] == '\r')
            return q;
    return p;
}

int
terminal_text(Buf *out, const char *p, size_t n, TerminalForm form, const char *mark)
{
    Text t = {out, mark, form, 0};
    const char *end = p + n;

    while (p < end && !t.bad) {
        const char *newline = form == TERMINAL_LINE ? NULL : memchr(p, '\n', (size_t)(end - p));
        const char *line_end = newline ? newline : end, *last = line_end;

        if (newline && last > p && last[-1] == '\r')
            last--;
        if (form == TERMINAL_LOG) {
            while (last > p && last[-1] == '\r')
                last--;
            p = after_return(p, last);
        }
        put_line(&t, p, last);
        if (newline)
            put(&t, "\n", 1);
        p = newline ? newline + 1 : end;
    }
    return t.bad;
}

void
terminal_put(FILE *file, const char *p, size_t n, TerminalForm form)
{
    Buf b;

    if (!isatty(fileno(file))) {
        fwrite(p, 1, n, file);
        return;
    }
    buf_init(&b);
    if (!terminal_text(&b, p, n, form, NULL))
        fwrite(b.data, 1, b.len, file);
    buf_release(&b);
}
