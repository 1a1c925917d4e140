/* filter_text.c -- see filter_text.h */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/suggest.h"
#include "meta/filter_text.h"

typedef enum TokenKind { END, WORD, TEXT, OPERATOR, OPEN, CLOSE } TokenKind;

typedef struct Token {
    TokenKind kind;
    Slice text;
    size_t at;                          /* where it begins */
} Token;

typedef struct Reader {
    FilterText *out;
    const FilterKnown *known;
    const char *text;
    size_t at, len;
    Token token;                        /* the next one */
    int flags, depth;
    Err *err;
} Reader;

/* ---- life ---- */

void
filter_text_init(FilterText *t, const FilterSubject *subject)
{
    memset(t, 0, sizeof *t);
    t->filter.subject = subject;
}

void
filter_text_release(FilterText *t)
{
    char *const *kept = (char **)(void *)t->kept.data;

    for (size_t i = 0; i < t->kept.len / sizeof *kept; i++)
        free(kept[i]);
    buf_release(&t->kept);
    buf_release(&t->message);
    filter_release(&t->filter);
}

/* A copy of the text that lives as long as the filter. */
static int
keep(Reader *r, Slice text, Slice *out)
{
    char *copy = malloc(text.len + 1);

    if (!copy || buf_put(&r->out->kept, &copy, sizeof copy)) {
        free(copy);
        return err_nomem(r->err);
    }
    if (text.len)
        memcpy(copy, text.data, text.len);
    copy[text.len] = 0;
    *out = (Slice){copy, text.len};
    return OK;
}

/* ---- mistakes ---- */

/* Ends the message that was begun with the text and the caret; returns the code. */
static int
point_at(Reader *r, size_t at, int bad)
{
    Buf *m = &r->out->message;

    bad = bad || buf_puts(m, "\n  ") || buf_put(m, r->text, r->len) || buf_puts(m, "\n  ");
    for (size_t i = 0; i < at && !bad; i++)
        bad = buf_byte(m, ' ');
    if (bad || buf_byte(m, '^') || !buf_cstr(m))
        return err_nomem(r->err);
    return err_set(r->err, ERR_INVAL, "%s", buf_cstr(m));
}

__attribute__((format(printf, 3, 4)))
static int
fail(Reader *r, size_t at, const char *fmt, ...)
{
    Buf *m = &r->out->message;
    va_list args;
    char *text;
    int n, bad;

    va_start(args, fmt);
    n = vasprintf(&text, fmt, args);
    va_end(args);
    if (n < 0)
        return err_nomem(r->err);
    bad = buf_put(m, text, (size_t)n);
    free(text);
    return point_at(r, at, bad);
}

static const char *
shown(const Token *t)
{
    return t->kind == END ? "the end" : t->text.data;
}

static int
width(const Token *t)
{
    return t->kind == END ? 7 : (int)t->text.len;
}

static int
is(Slice s, const char *word)
{
    return s.data && s.len == strlen(word) && memcmp(s.data, word, s.len) == 0;
}

static int
is_word(const Token *t, const char *word)
{
    return t->kind == WORD && is(t->text, word);
}

/* ---- tokens ---- */

static const struct {
    const char *text;
    FilterCmp cmp;
} operators[] = {{"=", FILTER_EQ}, {"==", FILTER_EQ}, {"!=", FILTER_NE}, {"~=", FILTER_NE},
                 {"<", FILTER_LT}, {"<=", FILTER_LE}, {">", FILTER_GT}, {">=", FILTER_GE}};

/* The comparison that the operator is, or -1. */
static int
cmp_of(Slice text)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (is(text, operators[i].text))
            return (int)operators[i].cmp;
    return -1;
}

static int
is_letter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c && strchr("_-.:+", c));
}

/* A word with names in quotes in it: metric."a/b".c */
static size_t
word_length(const char *p, const char *end)
{
    const char *q = p, *close;

    while (q < end && is_letter(*q))
        q++;
    while (q > p && q < end && *q == '"' && q[-1] == '.'
           && (close = memchr(q + 1, '"', (size_t)(end - q) - 1)))
        for (q = close + 1; q < end && is_letter(*q) && *q != ':' && *q != '+'; q++)
            ;
    return (size_t)(q - p);
}

/* Nothing begins with the character. */
static int
unexpected(Reader *r, size_t at)
{
    const char *p = r->text + at, *end = r->text + r->len;
    size_t n = 1;
    char before = at ? p[-1] : ' ';

    while ((unsigned char)*p >= 0xc2 && (unsigned char)*p <= 0xf4 && p + n < end
           && ((unsigned char)p[n] & 0xc0) == 0x80)
        n++;
    return fail(r, at, "unexpected \"%.*s\"%s", (int)n, p,
                is_letter(before) && !strchr("-.:+", before)
                    ? "; a name that has it is put in quotes, as in metric.\"a/b\"" : "");
}

static int
take(Reader *r, TokenKind kind, const char *from, size_t n, size_t behind)
{
    r->token.kind = kind;
    r->token.text = (Slice){from, n};
    r->at = behind;
    return OK;
}

/* Reads the next token. */
static int
scan(Reader *r)
{
    const char *p, *end = r->text + r->len, *close;
    size_t n;

    while (r->at < r->len && strchr(" \t\n\v\f\r", r->text[r->at]) && r->text[r->at])
        r->at++;
    p = r->text + r->at;
    r->token.at = r->at;
    if (p == end)
        return take(r, END, p, 0, r->at);
    if (*p == '(' || *p == ')')
        return take(r, *p == '(' ? OPEN : CLOSE, p, 1, r->at + 1);
    for (n = 0; p + n < end && p[n] && strchr("<>=!~", p[n]); n++)
        ;
    if (n && cmp_of((Slice){p, n}) < 0)
        return fail(r, r->at, "unknown operator \"%.*s\"; available: = != < <= > >=", (int)n, p);
    if (n)
        return take(r, OPERATOR, p, n, r->at + n);
    if ((*p == '"' || *p == '\'') && (close = memchr(p + 1, *p, (size_t)(end - p) - 1)))
        return take(r, TEXT, p + 1, (size_t)(close - p) - 1, (size_t)(close - r->text) + 1);
    n = word_length(p, end);
    return n ? take(r, WORD, p, n, r->at + n) : unexpected(r, r->at);
}

/* The token at hand, behind which the reader goes. */
static int
advance(Reader *r, Token *out)
{
    *out = r->token;
    return scan(r);
}

/* ---- values ---- */

static int
set_real(DbValue *out, double v)
{
    *out = (DbValue){DB_REAL, {.d = v}};
    return 1;
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                                              : -1;
}

/* 0x10, as Lua has it: it wraps around. */
static int
read_hex(Slice s, DbValue *out)
{
    size_t i = s.len && (s.data[0] == '-' || s.data[0] == '+');
    int minus = i && s.data[0] == '-';
    uint64_t v = 0;

    if (s.len < i + 3 || s.data[i] != '0' || (s.data[i + 1] | 32) != 'x')
        return 0;
    for (i += 2; i < s.len; i++) {
        if (hex_digit(s.data[i]) < 0)
            return 0;
        v = v << 4 | (uint64_t)hex_digit(s.data[i]);
    }
    *out = (DbValue){DB_INT, {.i = (int64_t)(minus ? 0 - v : v)}};
    return 1;
}

static Slice
trimmed(Slice s)
{
    while (s.len && strchr(" \t\n\v\f\r", s.data[0])) {
        s.data++;
        s.len--;
    }
    while (s.len && strchr(" \t\n\v\f\r", s.data[s.len - 1]))
        s.len--;
    return s;
}

/* Whether the text is a number: 7, -1.5e3, 0x10. */
static int
read_number(Slice s, DbValue *out)
{
    Decimal d;

    s = trimmed(s);
    if (read_hex(s, out))
        return 1;
    if (!s.len)
        return 0;
    decimal_scan(s.data, s.data + s.len, &d);
    if (d.end != s.data + s.len || d.n_whole + d.n_fraction == 0
        || (d.exponent && !d.n_exponent))
        return 0;
    out->type = DB_INT;
    if (!d.point && !d.exponent && decimal_int(&d, &out->as.i) == 0)
        return 1;
    return set_real(out, decimal_double(&d));
}

/* true, inf, nan ... */
static int
read_constant(Slice s, DbValue *out)
{
    if (is(s, "true") || is(s, "false")) {
        *out = (DbValue){DB_INT, {.i = s.data[0] == 't'}};
        return 1;
    }
    if (is(s, "inf") || is(s, "+inf"))
        return set_real(out, INFINITY);
    if (is(s, "-inf"))
        return set_real(out, -INFINITY);
    return is(s, "nan") && set_real(out, NAN);
}

/* Refuses a value that is none of those that the field can have. */
static int
check_choice(Reader *r, const Token *t, const FilterColumn *column)
{
    size_t n = 0;
    Slice text;
    Buf hint;
    int rc;

    for (; column && column->choices && column->choices[n]; n++)
        if (is(t->text, column->choices[n]))
            return OK;
    if (!n)
        return OK;
    buf_init(&hint);
    if ((rc = keep(r, t->text, &text)) == OK
        && (suggest_hint(&hint, text.data, column->choices, n) || !buf_cstr(&hint)))
        rc = err_nomem(r->err);
    if (rc == OK)
        rc = fail(r, t->at, "%s is never \"%.*s\"%s", column->name, width(t), shown(t),
                  buf_cstr(&hint));
    buf_release(&hint);
    return rc;
}

/* The value of a token for the field; name is the field as it is written. */
static int
read_value(Reader *r, const Token *t, const Token *name, const FilterField *field, DbValue *out)
{
    const FilterColumn *column = field->n_path ? NULL : filter_column(r->out->filter.subject,
                                                                      field->name);
    int is_number = filter_is_metric(field) || (column && column->kind == FILTER_NUMBER), rc;

    out->type = DB_NULL;
    if (t->kind != WORD && t->kind != TEXT)
        return fail(r, t->at, "expected a value, found %.*s", width(t), shown(t));
    if (column && column->kind == FILTER_TIME) {
        double time;

        if (!filter_fields_time(t->text, &time))
            return fail(r, t->at, "expected a time such as 2026-11-01 or 2d (ago), found %.*s",
                        width(t), shown(t));
        set_real(out, time);
        return OK;
    }
    if (is_word(t, "null"))
        return OK;
    if (is_number && !read_constant(t->text, out) && !read_number(t->text, out))
        return fail(r, t->at, "%.*s: expected a number, found %.*s", width(name), shown(name),
                    width(t), shown(t));
    if ((rc = check_choice(r, t, column)) || is_number)
        return rc;
    if (t->kind == WORD && (read_constant(t->text, out) || read_number(t->text, out)))
        return OK;
    out->type = DB_TEXT;
    return keep(r, t->text, &out->as.s);
}

/* ---- conditions ---- */

static int
add(Reader *r, const FilterNode *node)
{
    return buf_put(&r->out->filter.nodes, node, sizeof *node) ? err_nomem(r->err) : OK;
}

/* Puts a node that joins n conditions before those from `from` on. */
static int
join(Reader *r, size_t from, FilterOp op, size_t n)
{
    FilterNode node = {.op = op, .n = n};
    Buf *b = &r->out->filter.nodes;
    int rc = add(r, &node);

    if (rc)
        return rc;
    memmove(b->data + from + sizeof node, b->data + from, b->len - from - sizeof node);
    memcpy(b->data + from, &node, sizeof node);
    return OK;
}

/* No such field: says which may be meant. */
static int
fail_field(Reader *r, const Token *name)
{
    Buf hint;
    int rc = OK;

    r->out->is_unknown = 1;
    buf_init(&hint);
    if (filter_fields_hint(r->out->filter.subject, name->text, r->known, &hint)
        || !buf_cstr(&hint))
        rc = err_nomem(r->err);
    if (rc == OK)
        rc = fail(r, name->at, "unknown field \"%.*s\"%s", width(name), shown(name),
                  buf_cstr(&hint));
    buf_release(&hint);
    return rc;
}

/* The field that the token is, its path copied. */
static int
read_field(Reader *r, const Token *name, FilterField *out)
{
    Buf *path = &r->out->filter.names, names;
    const Slice *list;
    size_t n, first;
    int found, rc = OK;

    *out = (FilterField){.name = {"tag", 3}, .path = path->len / sizeof(Slice)};
    if (is(name->text, "tag"))
        return OK;
    buf_init(&names);
    found = filter_fields_split(name->text, &names);
    list = (const Slice *)(const void *)names.data;
    n = names.len / sizeof *list;
    found = found > 0 ? filter_fields_read(r->out->filter.subject, list, n, &out->name, &first)
                      : found;
    for (; found > 0 && rc == OK && first < n; first++) {
        Slice copy;

        if ((rc = keep(r, list[first], &copy)) == OK && buf_put(path, &copy, sizeof copy))
            rc = err_nomem(r->err);
        out->n_path++;
    }
    buf_release(&names);
    return found < 0 ? err_nomem(r->err) : found ? rc : fail_field(r, name);
}

/* A commit is known by its beginning. */
static int
commit_condition(Reader *r, const Token *t, FilterNode *node)
{
    int is_not = node->cmp == FILTER_NE, rc;
    FilterNode not = {.op = FILTER_NOT, .n = 1}, and = {.op = FILTER_AND, .n = 2};
    char sha[128];
    size_t n = t->kind == END ? 0 : t->text.len;

    if (n > sizeof sha - 2 || n < 4)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        sha[i] = t->text.data[i] >= 'A' && t->text.data[i] <= 'F' ? t->text.data[i] + 32
                                                                  : t->text.data[i];
        if (!strchr("0123456789abcdef", sha[i]))
            n = 0;
    }
    if (!n || (node->cmp != FILTER_EQ && !is_not))
        return fail(r, t->at, "expected = or != and 4 or more hexadecimal digits of a commit");
    sha[n] = 'g';                       /* behind all that begin so */
    node->value.type = DB_TEXT;
    node->cmp = FILTER_GE;
    if ((is_not && (rc = add(r, &not))) || (rc = add(r, &and))
        || (rc = keep(r, (Slice){sha, n}, &node->value.as.s)) || (rc = add(r, node)))
        return rc;
    node->cmp = FILTER_LT;
    rc = keep(r, (Slice){sha, n + 1}, &node->value.as.s);
    return rc ? rc : add(r, node);
}

/* A tag is a text, whatever it looks like, and has no order. */
static int
tag_value(Reader *r, const Token *op, const Token *value, FilterNode *node)
{
    if (node->cmp > FILTER_NE || node->value.type == DB_NULL)
        return fail(r, op->at, "a tag has no order and no value: write tag = NAME or tag != NAME");
    node->value.type = DB_TEXT;
    return keep(r, value->text, &node->value.as.s);
}

static int
condition(Reader *r)
{
    FilterNode node = {.op = FILTER_COMPARE};
    Token name, op, value;
    int rc = advance(r, &name);

    if (rc)
        return rc;
    if (name.kind != WORD)
        return fail(r, name.at, "expected a field, found %.*s", width(&name), shown(&name));
    if ((rc = read_field(r, &name, &node.field)) || (rc = advance(r, &op)))
        return rc;
    if (op.kind != OPERATOR)
        return fail(r, op.at, "expected = != < <= > or >=, found %.*s", width(&op), shown(&op));
    if ((rc = advance(r, &value)))
        return rc;
    node.cmp = (FilterCmp)cmp_of(op.text);
    if (is(node.field.name, "git.sha") && !(value.kind != END && is(value.text, "null")))
        return commit_condition(r, &value, &node);
    if ((rc = read_value(r, &value, &name, &node.field, &node.value)))
        return rc;
    if (is(node.field.name, "tag") && (rc = tag_value(r, &op, &value, &node)))
        return rc;
    return add(r, &node);
}

static int expression(Reader *r);

/* ( expr ) */
static int
in_brackets(Reader *r)
{
    Token close;
    int rc = expression(r);

    if (rc || (rc = advance(r, &close)))
        return rc;
    return close.kind == CLOSE ? OK : fail(r, close.at, "expected \")\", \"and\" or \"or\", found "
                                           "%.*s", width(&close), shown(&close));
}

static int
factor(Reader *r)
{
    FilterNode not = {.op = FILTER_NOT, .n = 1};
    Token token = r->token;
    int is_not = is_word(&token, "not"), rc;

    if (!is_not && token.kind != OPEN)
        return condition(r);
    if (++r->depth > FILTER_TEXT_DEEPEST)
        return fail(r, token.at, "more than %d nested conditions", FILTER_TEXT_DEEPEST);
    if ((rc = advance(r, &token)) || (is_not && (rc = add(r, &not))))
        return rc;
    rc = is_not ? factor(r) : in_brackets(r);
    r->depth--;
    return rc;
}

/* Does another factor follow?  Goes behind the "and" before it. */
static int
follows(Reader *r, int *more)
{
    Token token;

    *more = is_word(&r->token, "and");
    if (*more)
        return advance(r, &token);
    *more = r->flags & FILTER_TEXT_ADJACENT
            && (r->token.kind == OPEN || (r->token.kind == WORD && !is_word(&r->token, "or")));
    return OK;
}

static int
term(Reader *r)
{
    size_t from = r->out->filter.nodes.len, n = 1;
    int more, rc = factor(r);

    while (rc == OK && (rc = follows(r, &more)) == OK && more) {
        rc = factor(r);
        n++;
    }
    return rc == OK && n > 1 ? join(r, from, FILTER_AND, n) : rc;
}

static int
expression(Reader *r)
{
    size_t from = r->out->filter.nodes.len, n = 1;
    Token token;
    int rc = term(r);

    while (rc == OK && is_word(&r->token, "or") && (rc = advance(r, &token)) == OK) {
        rc = term(r);
        n++;
    }
    return rc == OK && n > 1 ? join(r, from, FILTER_OR, n) : rc;
}

int
filter_text_read(FilterText *t, Slice text, int flags, const FilterKnown *known, Err *err)
{
    Reader r = {.out = t, .known = known, .text = text.data, .len = text.len, .flags = flags,
                .err = err};
    int rc;

    t->message.len = 0;
    t->is_unknown = 0;
    rc = scan(&r);
    if (rc == OK && (rc = expression(&r)) == OK && r.token.kind != END)
        rc = fail(&r, r.token.at, "expected \"and\" or \"or\", found %.*s", width(&r.token),
                  shown(&r.token));
    return rc;
}
