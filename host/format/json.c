/* json.c -- see json.h */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/utf8.h"
#include "format/json.h"
#include "os/sys.h"

/* what may come next */
enum {
    AT_VALUE,                   /* a value */
    AT_FIRST,                   /* a value or ']' */
    AT_FIRST_KEY,               /* a key or '}' */
    AT_KEY,                     /* a key, after a comma */
    AT_MORE,                    /* a comma, or the end of what is open */
    AT_END                      /* nothing: the value is complete */
};

#define ONES UINT64_C(0x0101010101010101)
#define TOPS UINT64_C(0x8080808080808080)

int
json_fail(const JsonReader *r, size_t offset, Err *err, const char *fmt, ...)
{
    const char *line = r->text, *at = r->text + offset, *p;
    char message[sizeof err->msg];
    size_t number = 1;
    va_list ap;

    while ((p = memchr(line, '\n', (size_t)(at - line)))) {
        line = p + 1;
        number++;
    }
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    return err_set(err, ERR_SYNTAX, "%.200s:%zu:%zu: %s", r->name, number,
                   utf8_count(line, (size_t)(at - line)) + 1, message);
}

static int
fail_at(const JsonReader *r, const char *at, Err *err, const char *what)
{
    return json_fail(r, (size_t)(at - r->text), err, "%s", what);
}

static int
in_object(const JsonReader *r)
{
    int at = r->depth - 1;

    return r->depth > 0 && (r->objects[at >> 3] >> (at & 7) & 1);
}

/* Advice about the text at r->p when it is a common mistake, else NULL. */
static const char *
advice(const JsonReader *r)
{
    static const struct {
        const char *start, *what;
    } known[] = {
        {"'", "a single quote; write strings in double quotes"},
        {"/", "a comment; JSON has no comments, remove it"},
        {"#", "a comment; JSON has no comments, remove it"},
        {"NaN", "NaN is not JSON; write null, or a string"},
        {"nan", "nan is not JSON; write null, or a string"},
        {"Infinity", "Infinity is not JSON; write null, or a string"},
        {"inf", "inf is not JSON; write null, or a string"},
        {"nil", "nil is not JSON; write null"},
        {"None", "None is not JSON; write null"},
        {"True", "True is not JSON; write true"},
        {"False", "False is not JSON; write false"},
        {"undefined", "undefined is not JSON; write null"},
        {"+", "a number with a plus sign; remove the sign"},
        {".", "a number that begins with a point; write a 0 before it"},
        {"\xef\xbb\xbf", "a byte order mark; remove it, the text is UTF-8 anyway"}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].start);

        if ((size_t)(r->end - r->p) >= n && memcmp(r->p, known[i].start, n) == 0)
            return known[i].what;
    }
    return NULL;
}

/* An error: the text at r->p is not what was expected there. */
static int
unexpected(const JsonReader *r, const char *expected, Err *err)
{
    const char *what = r->p < r->end ? advice(r) : NULL;
    unsigned char c = r->p < r->end ? (unsigned char)*r->p : 0;
    size_t offset = (size_t)(r->p - r->text);

    if (r->p == r->end)
        return json_fail(r, offset, err, "the text ends, but %s is expected; is it "
                         "truncated?", expected);
    if (what)
        return fail_at(r, r->p, err, what);
    if (c > 0x20 && c < 0x7f)
        return json_fail(r, offset, err, "found '%c', expected %s", c, expected);
    return json_fail(r, offset, err, "found byte 0x%02x, expected %s", c, expected);
}

static int
open_container(JsonReader *r, JsonKind kind, Err *err)
{
    int at = r->depth, bit = 1 << (at & 7);

    if (r->depth >= r->max_depth)
        return json_fail(r, r->offset, err, "more than %d levels of nesting; make the "
                         "data flatter", r->max_depth);
    r->p++;
    r->kind = kind;
    r->depth++;
    if (kind == JSON_OBJECT)
        r->objects[at >> 3] |= (unsigned char)bit;
    else
        r->objects[at >> 3] &= (unsigned char)~bit;
    r->state = kind == JSON_OBJECT ? AT_FIRST_KEY : AT_FIRST;
    return OK;
}

static int
close_container(JsonReader *r)
{
    r->p++;
    r->kind = in_object(r) ? JSON_OBJECT_END : JSON_ARRAY_END;
    if (r->kind == JSON_OBJECT_END)
        open_keys_close(&r->keys, (uint32_t)r->depth);
    r->depth--;
    r->state = r->depth ? AT_MORE : AT_END;
    return OK;
}

static int
read_word(JsonReader *r, Err *err)
{
    static const struct {
        const char *word;
        size_t n;
        JsonKind kind;
    } words[] = {{"NaN", 3, JSON_NULL}, {"null", 4, JSON_NULL}, {"true", 4, JSON_TRUE},
                 {"false", 5, JSON_FALSE}};
    ptrdiff_t n = 0;

    for (int i = r->nan_is_null ? 0 : 1; i < 4; i++)
        if ((size_t)(r->end - r->p) >= words[i].n
            && memcmp(r->p, words[i].word, words[i].n) == 0) {
            r->p += words[i].n;
            r->kind = words[i].kind;
            r->state = r->depth ? AT_MORE : AT_END;
            return OK;
        }
    while (n < r->end - r->p && n < 20 && ((r->p[n] | 32) >= 'a' && (r->p[n] | 32) <= 'z'))
        n++;
    if (n && !advice(r))
        return json_fail(r, r->offset, err, "unknown word '%.*s'; JSON has null, true "
                         "and false, and strings in double quotes", (int)n, r->p);
    return unexpected(r, "a value", err);
}

/* Why JSON does not allow a number that decimal_scan takes; NULL when it does. */
static const char *
number_fault(const Decimal *d)
{
    const char *first = d->text + (d->sign != 0);

    if (d->n_whole == 0)
        return d->point ? "a number that begins with a point; write a 0 before it"
                        : "'-' without a digit after it";
    if (d->n_whole > 1 && *first == '0')
        return "a number with a leading zero; remove the zero, or write a string";
    if (d->point && d->n_fraction == 0)
        return "a number that ends with a point; write a digit after it";
    if (d->exponent && d->n_exponent == 0)
        return "an exponent without a digit";
    return NULL;
}

static int
read_number(JsonReader *r, Err *err)
{
    const char *fault;
    Decimal d;
    int n;

    decimal_scan(r->p, r->end, &d);
    fault = number_fault(&d);
    n = d.end - d.text > 60 ? 60 : (int)(d.end - d.text);
    if (fault)
        return fail_at(r, r->p, err, fault);
    if (!d.point && !d.exponent) {
        if (decimal_int(&d, &r->i))
            return json_fail(r, r->offset, err, "integer %.*s does not fit 64 bits; "
                             "write it with a point, or as a string", n, d.text);
        r->kind = JSON_INT;
    } else {
        r->f = decimal_double(&d);
        if (isinf(r->f))
            return json_fail(r, r->offset, err, "number %.*s is beyond the range of "
                             "a float; write it as a string", n, d.text);
        r->kind = JSON_FLOAT;
    }
    r->p = d.end;
    r->state = r->depth ? AT_MORE : AT_END;
    return OK;
}

/* Four hex digits at r->p into *code, which move it. */
static int
read_hex(JsonReader *r, uint32_t *code, Err *err)
{
    uint32_t v = 0;

    for (int i = 0; i < 4; i++, r->p++) {
        int c = r->p < r->end ? (unsigned char)*r->p : 0;

        if (c >= '0' && c <= '9')
            v = v << 4 | (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            v = v << 4 | (uint32_t)((c | 32) - 'a' + 10);
        else
            return fail_at(r, r->p, err, "\\u needs four hex digits");
    }
    *code = v;
    return OK;
}

/* r->p is behind \u; at is the backslash. */
static int
read_unicode(JsonReader *r, const char *at, Err *err)
{
    uint32_t code, low;
    char utf8[4];

    if (read_hex(r, &code, err))
        return err->code;
    if (code >= 0xd800 && code < 0xe000) {
        if (code >= 0xdc00 || r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
            return fail_at(r, at, err, "half of a surrogate pair");
        r->p += 2;
        if (read_hex(r, &low, err))
            return err->code;
        if (low < 0xdc00 || low >= 0xe000)
            return fail_at(r, at, err, "half of a surrogate pair");
        code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
    }
    if (buf_put(&r->scratch, utf8, utf8_put(code, utf8)))
        return err_nomem(err);
    return OK;
}

static int
read_escape(JsonReader *r, Err *err)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = r->p, *found;

    r->p++;
    if (r->p == r->end)
        return unexpected(r, "the end of a string", err);
    if (*r->p == 'u') {
        r->p++;
        return read_unicode(r, at, err);
    }
    found = *r->p ? strchr(from, *r->p) : NULL;
    if (!found)
        return fail_at(r, at, err, "an unknown escape; write \\\\ for a backslash");
    r->p++;
    return buf_byte(&r->scratch, to[found - from]) ? err_nomem(err) : OK;
}

/* Moves r->p to the next '"', '\', control character or the end; the bytes that
 * it passes are checked to be UTF-8. */
static int
pass_plain(JsonReader *r, Err *err)
{
    const char *from = r->p, *p = r->p;
    uint64_t seen = 0, w;
    size_t bad;

    while (r->end - p >= 8) {
        uint64_t quote, slash;

        memcpy(&w, p, 8);
        quote = w ^ ONES * '"';
        slash = w ^ ONES * '\\';
        if ((((quote - ONES) & ~quote) | ((slash - ONES) & ~slash)
             | ((w - ONES * 0x20) & ~w)) & TOPS)
            break;
        seen |= w;
        p += 8;
    }
    for (; p < r->end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20; p++)
        seen |= (unsigned char)*p;
    r->p = p;
    if (!(seen & TOPS))
        return OK;
    bad = utf8_valid(from, (size_t)(p - from));
    if (bad < (size_t)(p - from))
        return json_fail(r, (size_t)(from + bad - r->text), err, "byte 0x%02x is not "
                         "UTF-8; save the text as UTF-8", (unsigned char)from[bad]);
    return OK;
}

/* r->p is behind the opening quote.  Leaves the text in r->s, r->n. */
static int
read_text(JsonReader *r, Err *err)
{
    const char *from = r->p;
    int escaped = 0;

    r->scratch.len = 0;
    for (;;) {
        const char *part = r->p;

        if (pass_plain(r, err))
            return err->code;
        if (r->p == r->end)
            return json_fail(r, r->offset, err, "a string that is never closed; write "
                             "\" at its end");
        if (*r->p == '"' && !escaped) {
            r->s = from;
            r->n = (size_t)(r->p++ - from);
            return OK;
        }
        if (buf_put(&r->scratch, part, (size_t)(r->p - part)))
            return err_nomem(err);
        if (*r->p == '"')
            break;
        if (*r->p != '\\')
            return json_fail(r, (size_t)(r->p - r->text), err, "control character "
                             "0x%02x in a string; write it as \\u%04x",
                             (unsigned char)*r->p, (unsigned char)*r->p);
        escaped = 1;
        if (read_escape(r, err))
            return err->code;
    }
    r->p++;
    r->s = (const char *)r->scratch.data;
    r->n = r->scratch.len;
    if (!r->s)
        r->s = "";
    return OK;
}

static void
skip_space(JsonReader *r)
{
    while (r->p < r->end
           && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
        r->p++;
}

static int
read_key(JsonReader *r, Err *err)
{
    int rc;

    if (r->p == r->end || *r->p != '"') {
        if (r->p < r->end && *r->p == '}')
            return fail_at(r, r->p, err, "a comma before '}'; remove it");
        return unexpected(r, "a key in double quotes", err);
    }
    r->p++;
    if (read_text(r, err))
        return err->code;
    rc = open_keys_add(&r->keys, (uint32_t)r->depth, r->s, r->n, err);
    if (rc == ERR_EXISTS)
        return json_fail(r, r->offset, err, "key \"%.*s\" is written twice; remove one",
                         r->n > 60 ? 60 : (int)r->n, r->s);
    if (rc)
        return rc;
    skip_space(r);
    if (r->p == r->end || *r->p != ':')
        return unexpected(r, "':'", err);
    r->p++;
    r->kind = JSON_KEY;
    r->state = AT_VALUE;
    return OK;
}

static int
read_value(JsonReader *r, Err *err)
{
    int c = r->p < r->end ? *r->p : 0;

    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(r, err);
    switch (c) {
    case '"':
        r->p++;
        if (read_text(r, err))
            return err->code;
        r->kind = JSON_STRING;
        r->state = r->depth ? AT_MORE : AT_END;
        return OK;
    case '[':
        return open_container(r, JSON_ARRAY, err);
    case '{':
        return open_container(r, JSON_OBJECT, err);
    case ']':
        return r->state == AT_VALUE && r->depth && !in_object(r)
                   ? fail_at(r, r->p, err, "a comma before ']'; remove it")
                   : unexpected(r, "a value", err);
    default:
        return read_word(r, err);
    }
}

static int
read_end(JsonReader *r, Err *err)
{
    if (r->p < r->end)
        return fail_at(r, r->p, err, "more text after the value; keep one value per text");
    r->kind = JSON_END;
    return OK;
}

void
json_init(JsonReader *r, const char *name, const char *text, size_t len)
{
    memset(r, 0, sizeof *r);
    r->name = name;
    r->text = r->p = text;
    r->end = text + len;
    r->state = AT_VALUE;
    r->max_size = SIZE_MAX;
    r->max_depth = JSON_DEPTH;
    open_keys_init(&r->keys, sys_random);
    buf_init(&r->scratch);
}

void
json_release(JsonReader *r)
{
    open_keys_release(&r->keys);
    buf_release(&r->scratch);
}

int
json_next(JsonReader *r, Err *err)
{
    if ((size_t)(r->end - r->text) > r->max_size)
        return json_fail(r, 0, err, "the text has %zu bytes; the limit is %zu",
                         (size_t)(r->end - r->text), r->max_size);
    skip_space(r);
    if (r->state == AT_MORE) {
        int c = r->p < r->end ? *r->p : 0, object = in_object(r);

        r->offset = (size_t)(r->p - r->text);
        if (c == (object ? '}' : ']'))
            return close_container(r);
        if (c != ',')
            return unexpected(r, object ? "',' or '}'" : "',' or ']'", err);
        r->p++;
        skip_space(r);
        r->state = object ? AT_KEY : AT_VALUE;
    }
    r->offset = (size_t)(r->p - r->text);
    if (r->state == AT_END)
        return read_end(r, err);
    if (r->p < r->end && ((r->state == AT_FIRST && *r->p == ']')
                          || (r->state == AT_FIRST_KEY && *r->p == '}')))
        return close_container(r);
    return r->state == AT_FIRST_KEY || r->state == AT_KEY ? read_key(r, err)
                                                          : read_value(r, err);
}

size_t
json_ahead(const JsonReader *r)
{
    size_t commas = 0;
    const char *p = r->p;

    for (; p < r->end && *p != ']' && *p != '[' && *p != '{' && *p != '"'; p++)
        commas += *p == ',';
    return commas + (p > r->p);
}

static int
put_escape(Buf *out, unsigned char c)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *found = c ? strchr(from, c) : NULL;

    if (!found)
        return buf_printf(out, "\\u%04x", c);
    return buf_byte(out, '\\') || buf_byte(out, to[found - from]) ? ERR_NOMEM : OK;
}

int
json_put_string(Buf *out, const char *s, size_t n)
{
    size_t from = 0;

    if (buf_reserve(out, n + 2) || buf_byte(out, '"'))
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        if (buf_put(out, s + from, i - from) || put_escape(out, c))
            return ERR_NOMEM;
        from = i + 1;
    }
    return buf_put(out, s + from, n - from) || buf_byte(out, '"') ? ERR_NOMEM : OK;
}

int
json_put_int(Buf *out, int64_t v)
{
    if (buf_reserve(out, DECIMAL_SIZE))
        return ERR_NOMEM;
    out->len += decimal_put_int(v, (char *)out->data + out->len);
    return OK;
}

int
json_put_float(Buf *out, double v)
{
    if (buf_reserve(out, DECIMAL_SIZE))
        return ERR_NOMEM;
    out->len += decimal_put_double(v, (char *)out->data + out->len);
    return OK;
}
