/* yaml_doc.c -- see yaml_doc.h */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "base/decimal.h"
#include "base/open_keys.h"
#include "base/utf8.h"
#include "format/yaml_doc.h"
#include "os/sys.h"

enum { SHOWN = 60 };            /* bytes of a text that a message shows */

/* An open list or map. */
typedef struct Frame {
    size_t node;
    int map, has_key;           /* has_key: the value comes next */
    uint32_t key, key_len;
    yaml_mark_t key_mark;
} Frame;

typedef struct Loader {
    YamlDoc *doc;
    const char *name, *text;
    size_t len;
    yaml_parser_t parser;
    OpenKeys keys;
    int depth, documents;
    Frame frames[YAML_DOC_MAXDEPTH];
    size_t characters, bytes;   /* of the text before the last key */
} Loader;

static int fail(const Loader *l, yaml_mark_t at, Err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int
fail(const Loader *l, yaml_mark_t at, Err *err, const char *fmt, ...)
{
    char message[sizeof err->msg];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    return err_set(err, ERR_SYNTAX, "%.200s:%zu:%zu: %s", l->name, at.line + 1,
                   at.column + 1, message);
}

/* The byte at a mark, 0 at the end; libyaml counts characters. */
static int
byte_at(const Loader *l, yaml_mark_t at)
{
    size_t i = 0, size;

    for (size_t n = 0; n < at.index && i < l->len; n++, i += size)
        utf8_get(l->text + i, &size);
    return i < l->len ? (unsigned char)l->text[i] : 0;
}

/* Where a byte of the text is. */
static yaml_mark_t
mark_of(const Loader *l, size_t offset)
{
    yaml_mark_t m = {0, 0, 0};
    size_t line = 0;

    for (size_t i = 0; i < offset; i++)
        if (l->text[i] == '\n') {
            m.line++;
            line = i + 1;
        }
    m.column = utf8_count(l->text + line, offset - line);
    return m;
}

static int
shown(size_t n)
{
    return n > SHOWN ? SHOWN : (int)n;
}

static YamlNode *
node_at(const YamlDoc *d, size_t i)
{
    return (YamlNode *)(void *)d->nodes.data + i;
}

static int
is_word(const char *s, size_t n, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == n && memcmp(*words, s, n) == 0)
            return 1;
    return 0;
}

/* 0o17, 0xff.  1: it is one, 0: it is not, -1: beyond 64 bits. */
static int
resolve_base(const char *s, size_t n, int64_t *v)
{
    int bits = s[1] == 'o' ? 3 : 4;
    uint64_t sum = 0;
    int over = 0;

    if (n < 3 || s[0] != '0' || (s[1] != 'o' && s[1] != 'x'))
        return 0;
    for (size_t i = 2; i < n; i++) {
        int c = (unsigned char)s[i], lower = c | 32;
        int digit = c >= '0' && c <= '9' ? c - '0'
                    : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;

        if (digit >> bits)
            return 0;
        over |= sum >> (63 - bits) != 0;
        sum = sum << bits | (uint64_t)digit;
    }
    *v = (int64_t)sum;
    return over ? -1 : 1;
}

static int
resolve_number(const char *s, size_t len, YamlNode *n)
{
    int based = len > 2 ? resolve_base(s, len, &n->i) : 0;
    Decimal d;

    if (based) {
        n->kind = YAML_DOC_INT;
        return based < 0 ? -1 : 0;
    }
    decimal_scan(s, s + len, &d);
    if (d.end != s + len || d.n_whole + d.n_fraction == 0
        || (d.exponent && d.n_exponent == 0))
        return 0;
    if (!d.point && !d.exponent) {
        n->kind = YAML_DOC_INT;
        return decimal_int(&d, &n->i);
    }
    n->kind = YAML_DOC_FLOAT;
    n->f = decimal_double(&d);
    return isinf(n->f) ? -1 : 0;
}

int
yaml_doc_resolve(const char *s, size_t len, YamlNode *n)
{
    static const char *const nulls[] = {"null", "Null", "NULL", "~", "", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    static const char *const infs[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};
    size_t sign = len > 0 && (s[0] == '-' || s[0] == '+');

    n->kind = YAML_DOC_STRING;
    if (is_word(s, len, nulls)) {
        n->kind = YAML_DOC_NULL;
    } else if (is_word(s, len, trues) || is_word(s, len, falses)) {
        n->kind = YAML_DOC_BOOL;
        n->i = (s[0] | 32) == 't';
    } else if (is_word(s + sign, len - sign, infs)) {
        n->kind = YAML_DOC_FLOAT;
        n->f = s[0] == '-' ? -INFINITY : INFINITY;
    } else if (is_word(s, len, nans)) {
        n->kind = YAML_DOC_FLOAT;
        n->f = NAN;
    } else {
        return resolve_number(s, len, n);
    }
    return 0;
}

/* libyaml's error, with what to do. */
static const char *
explain(const Loader *l)
{
    static const struct {
        const char *theirs, *ours;
    } known[] = {
        {"mapping values are not allowed in this context",
         "a ':' where a key is not allowed; quote text that contains ': ', and check the "
         "indentation"},
        {"did not find expected key",
         "a key is expected here; check the indentation and the quotes"},
        {"could not find expected ':'",
         "a key without ':'; write KEY: VALUE, and check the indentation"},
        {"did not find expected ',' or ']'",
         "a list in [ ] without ',' or ']' here; close it, or quote its elements"},
        {"did not find expected ',' or '}'",
         "a map in { } without ',' or '}' here; close it, or quote its elements"},
        {"found unexpected end of stream",
         "a quote that is never closed; close it, or double it inside the text"},
        {"did not find expected '-' indicator",
         "a list item without '-'; indent all items equally"},
        {"block sequence entries are not allowed in this context",
         "a '-' where a list cannot begin; put it on its own line"},
        {"found unknown escape character",
         "an unknown escape; write \\\\ for a backslash, or use single quotes"},
        {"found undefined tag handle",
         "a tag; remove it, values have the type that they look like"},
        {"found a tab character that violates indentation",
         "a tab; indent with spaces"},
        {"did not find expected <document start>",
         "text after the end of the value; check the indentation"},
        {"found incompatible YAML document",
         "another version of YAML; this is read as YAML 1.2, remove the line"}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(l->parser.problem, known[i].theirs))
            return known[i].ours;
    return NULL;
}

static int
fail_parser(const Loader *l, Err *err)
{
    const yaml_parser_t *p = &l->parser;
    yaml_mark_t at = p->problem_mark;
    const char *ours = p->problem ? explain(l) : NULL;

    if (p->error == YAML_MEMORY_ERROR)
        return err_nomem(err);
    if (p->error == YAML_READER_ERROR)
        return fail(l, mark_of(l, p->problem_offset < l->len ? p->problem_offset
                                                             : l->len), err,
                    "a character that YAML does not allow; write it in double quotes "
                    "as \\uXXXX");
    if (ours && strcmp(p->problem, "found unexpected end of stream") == 0)
        at = p->context_mark;               /* where the quote was opened */
    if (ours && p->context && p->context_mark.line != at.line)
        return fail(l, at, err, "%s (it began at line %zu)", ours,
                    p->context_mark.line + 1);
    if (ours)
        return fail(l, at, err, "%s", ours);
    if (p->problem && strstr(p->problem, "cannot start any token"))
        return byte_at(l, at) == '\t'
                   ? fail(l, at, err, "a tab; indent with spaces")
                   : fail(l, at, err, "text that begins with a special character; "
                          "quote it");
    return fail(l, at, err, "%s; check the indentation, quotes and brackets",
                p->problem ? p->problem : "not YAML");
}

/* In braces libyaml takes every ? for the indicator of a key and drops it, so that {?a: 1}
 * has the key "a"; in other parsers it is "?a". */
static int
follows_question(Loader *l, yaml_mark_t at)
{
    size_t size;

    for (; l->characters < at.index && l->bytes < l->len; l->characters++, l->bytes += size)
        utf8_get(l->text + l->bytes, &size);
    return l->bytes > 0 && l->text[l->bytes - 1] == '?';
}

/* The key of the value to come: only strings, each once. */
static int
add_key(Loader *l, const yaml_event_t *e, Err *err)
{
    const char *s = (const char *)e->data.scalar.value;
    size_t n = e->data.scalar.length;
    int plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE, rc;
    Frame *f = &l->frames[l->depth - 1];
    YamlNode as = {0};

    if (plain && (yaml_doc_resolve(s, n, &as) || as.kind != YAML_DOC_STRING))
        return n ? fail(l, e->start_mark, err, "the key %.*s is not a string; quote "
                        "it: \"%.*s\"", shown(n), s, shown(n), s)
                 : fail(l, e->start_mark, err, "an empty key; write one before ':'");
    if (follows_question(l, e->start_mark))
        return fail(l, (yaml_mark_t){e->start_mark.index - 1, e->start_mark.line,
                                     e->start_mark.column - 1}, err,
                    "a key that begins with ?; quote it, or put a space after the ?");
    if (plain && n == 2 && memcmp(s, "<<", 2) == 0)
        return fail(l, e->start_mark, err, "a merge key; write the fields out");
    if (n > YAML_DOC_MAXKEY)
        return fail(l, e->start_mark, err, "a key of %zu bytes; at most %d are read", n,
                    YAML_DOC_MAXKEY);
    rc = open_keys_add(&l->keys, (uint32_t)l->depth, s, n, err);
    if (rc == ERR_EXISTS)
        return fail(l, e->start_mark, err, "the key %.*s is written twice in one map; "
                    "remove one", shown(n), s);
    if (rc)
        return rc;
    f->key = (uint32_t)l->doc->bytes.len;
    f->key_len = (uint32_t)n;
    f->key_mark = e->start_mark;
    f->has_key = 1;
    return buf_put(&l->doc->bytes, s, n) ? err_nomem(err) : OK;
}

/* Adds the node of a value, with the key that precedes it. */
static int
add_node(Loader *l, YamlNode *n, yaml_mark_t at, Err *err)
{
    Frame *f = l->depth ? &l->frames[l->depth - 1] : NULL;

    n->line = (uint32_t)at.line + 1;
    n->column = (uint32_t)at.column + 1;
    n->end = (uint32_t)yaml_doc_count(l->doc) + 1;
    if (f && f->has_key) {
        n->key = f->key;
        n->key_len = f->key_len;
        n->key_line = (uint32_t)f->key_mark.line + 1;
        n->key_column = (uint32_t)f->key_mark.column + 1;
        f->has_key = 0;
    }
    return buf_put(&l->doc->nodes, n, sizeof *n) ? err_nomem(err) : OK;
}

static int
add_scalar(Loader *l, const yaml_event_t *e, Err *err)
{
    const char *s = (const char *)e->data.scalar.value;
    size_t len = e->data.scalar.length;
    YamlNode n = {0};

    n.kind = YAML_DOC_STRING;
    n.plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    n.text = (uint32_t)l->doc->bytes.len;
    n.text_len = (uint32_t)len;
    if (n.plain && yaml_doc_resolve(s, len, &n))
        return fail(l, e->start_mark, err, n.kind == YAML_DOC_INT
                        ? "integer %.*s does not fit 64 bits; write it with a point, or "
                          "quote it"
                        : "number %.*s is beyond the range of a float; quote it",
                    shown(len), s);
    if (buf_put(&l->doc->bytes, s, len))
        return err_nomem(err);
    return add_node(l, &n, e->start_mark, err);
}

static int
open_container(Loader *l, const yaml_event_t *e, Err *err)
{
    YamlNode n = {0};
    Frame *f;

    if (l->depth == YAML_DOC_MAXDEPTH)
        return fail(l, e->start_mark, err, "more than %d levels of lists and maps; make "
                    "it flatter", YAML_DOC_MAXDEPTH);
    n.kind = e->type == YAML_MAPPING_START_EVENT ? YAML_DOC_MAP : YAML_DOC_LIST;
    if (add_node(l, &n, e->start_mark, err))
        return err->code;
    f = &l->frames[l->depth++];
    memset(f, 0, sizeof *f);
    f->node = yaml_doc_count(l->doc) - 1;
    f->map = n.kind == YAML_DOC_MAP;
    return OK;
}

static void
close_container(Loader *l)
{
    const Frame *f = &l->frames[l->depth - 1];

    if (f->map)
        open_keys_close(&l->keys, (uint32_t)l->depth);
    node_at(l->doc, f->node)->end = (uint32_t)yaml_doc_count(l->doc);
    l->depth--;
}

static int
refuse_properties(const Loader *l, const yaml_event_t *e, Err *err)
{
    const yaml_char_t *anchor, *tag;

    switch (e->type) {
    case YAML_SCALAR_EVENT:
        anchor = e->data.scalar.anchor;
        tag = e->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = e->data.sequence_start.anchor;
        tag = e->data.sequence_start.tag;
        break;
    default:
        anchor = e->data.mapping_start.anchor;
        tag = e->data.mapping_start.tag;
    }
    if (anchor)
        return fail(l, e->start_mark, err, "an anchor, &%.60s; write the value out "
                    "wherever it is needed", (const char *)anchor);
    if (tag)
        return fail(l, e->start_mark, err, "a tag, %.60s; remove it, values have the "
                    "type that they look like", (const char *)tag);
    return OK;
}

static int
start_document(Loader *l, const yaml_event_t *e, Err *err)
{
    if (l->documents++)
        return fail(l, e->start_mark, err, "a second document; keep one per file");
    if (e->data.document_start.tag_directives.start
        != e->data.document_start.tag_directives.end)
        return fail(l, e->start_mark, err, "a %%TAG line; remove it, tags are not read");
    return OK;
}

static int
handle(Loader *l, const yaml_event_t *e, Err *err)
{
    Frame *f = l->depth ? &l->frames[l->depth - 1] : NULL;
    int wants_key = f && f->map && !f->has_key;

    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        return start_document(l, e, err);
    case YAML_ALIAS_EVENT:
        return fail(l, e->start_mark, err, "an alias, *%.60s; write the value out",
                    (const char *)e->data.alias.anchor);
    case YAML_SCALAR_EVENT:
        if (refuse_properties(l, e, err))
            return err->code;
        return wants_key ? add_key(l, e, err) : add_scalar(l, e, err);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        if (refuse_properties(l, e, err))
            return err->code;
        if (wants_key)
            return fail(l, e->start_mark, err, "a list or map as a key; a key is a "
                        "string (quote a text that begins with [ or {)");
        return open_container(l, e, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_container(l);
        return OK;
    default:
        return OK;
    }
}

/* Reads event by event, so that deep nesting builds nothing up in libyaml. */
static int
load(Loader *l, Err *err)
{
    yaml_event_t e;
    int rc, last;

    do {
        if (!yaml_parser_parse(&l->parser, &e))
            return fail_parser(l, err);
        rc = handle(l, &e, err);
        last = e.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&e);
    } while (rc == OK && !last);
    return rc;
}

/* Checks of the text before it is parsed. */
static int
check_text(const Loader *l, Err *err)
{
    size_t bad = utf8_valid(l->text, l->len);

    if (l->len > YAML_DOC_MAXSIZE)
        return fail(l, mark_of(l, 0), err, "the text has %zu bytes; at most %d are "
                    "read, keep data in files of their own", l->len, YAML_DOC_MAXSIZE);
    if (bad < l->len)
        return fail(l, mark_of(l, bad), err, "byte 0x%02x is not UTF-8; save the text "
                    "as UTF-8", (unsigned char)l->text[bad]);
    for (size_t i = 0; i < l->len; i++) {
        unsigned char c = (unsigned char)l->text[i];

        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return fail(l, mark_of(l, i), err, "control character 0x%02x; write it in "
                        "double quotes as \\x%02x", c, c);
    }
    return OK;
}

void
yaml_doc_init(YamlDoc *d)
{
    buf_init(&d->nodes);
    buf_init(&d->bytes);
}

void
yaml_doc_release(YamlDoc *d)
{
    buf_release(&d->nodes);
    buf_release(&d->bytes);
}

int
yaml_doc_parse(YamlDoc *d, const char *name, const char *text, size_t n, Err *err)
{
    const yaml_mark_t start = {0, 0, 0};
    YamlNode empty = {0};
    Loader l;
    int rc;

    memset(&l, 0, sizeof l);
    l.doc = d;
    l.name = name;
    l.text = text;
    l.len = n;
    d->nodes.len = d->bytes.len = 0;
    if (check_text(&l, err))
        return err->code;
    if (!yaml_parser_initialize(&l.parser))
        return err_nomem(err);
    open_keys_init(&l.keys, sys_random);
    yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)text, n);
    rc = load(&l, err);
    if (rc == OK && yaml_doc_count(d) == 0) {
        empty.plain = 1;
        rc = add_node(&l, &empty, start, err);
    }
    open_keys_release(&l.keys);
    yaml_parser_delete(&l.parser);
    return rc;
}

size_t
yaml_doc_count(const YamlDoc *d)
{
    return d->nodes.len / sizeof(YamlNode);
}

const YamlNode *
yaml_doc_node(const YamlDoc *d, size_t i)
{
    return node_at(d, i);
}

const char *
yaml_doc_bytes(const YamlDoc *d, size_t offset)
{
    return d->bytes.data ? (const char *)d->bytes.data + offset : "";
}

/* Does s read back as itself, here and by readers of YAML 1.1, without quotes? */
static int
is_plain(const char *s, size_t n)
{
    static const char *const older[] = {"y",  "Y",  "n",  "N",   "yes", "Yes", "YES",
                                        "no", "No", "NO", "on",  "On",  "ON",  "off",
                                        "Off", "OFF", NULL};
    YamlNode as = {0};

    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)s[i], letter = (c | 32) >= 'a' && (c | 32) <= 'z';

        if (letter || c == '_' || c == '/')
            continue;
        if (i == 0 || !((c >= '0' && c <= '9') || c == '-' || c == '.' || c == ' '))
            return 0;
    }
    return n > 0 && s[n - 1] != ' ' && !is_word(s, n, older)
           && yaml_doc_resolve(s, n, &as) == 0 && as.kind == YAML_DOC_STRING;
}

/* Must the character be escaped?  Some break lines in YAML, or are not allowed. */
static int
is_special(uint32_t c)
{
    return c < 0x20 || c == '"' || c == '\\' || (c >= 0x7f && c < 0xa0) || c == 0x2028
           || c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

static int
put_escape(Buf *out, uint32_t c)
{
    static const char from[] = "\"\\\n\r\t", to[] = "\"\\nrt";
    const char *found = c && c < 0x80 ? strchr(from, (int)c) : NULL;

    if (!found)
        return buf_printf(out, "\\u%04x", (unsigned)c);
    return buf_byte(out, '\\') || buf_byte(out, to[found - from]) ? ERR_NOMEM : OK;
}

int
yaml_doc_put_string(Buf *out, const char *s, size_t n)
{
    size_t size;
    int rc = OK;

    if (is_plain(s, n))
        return buf_put(out, s, n);
    if (buf_byte(out, '"'))
        return ERR_NOMEM;
    for (size_t i = 0; i < n && !rc; i += size) {
        uint32_t c = utf8_get(s + i, &size);

        rc = is_special(c) ? put_escape(out, c) : buf_put(out, s + i, size);
    }
    return rc || buf_byte(out, '"') ? ERR_NOMEM : OK;
}

int
yaml_doc_put_float(Buf *out, double v)
{
    char text[DECIMAL_SIZE];
    size_t n, e = 0;

    if (isnan(v))
        return buf_puts(out, ".nan");
    if (isinf(v))
        return buf_puts(out, v < 0 ? "-.inf" : ".inf");
    n = decimal_put_double(v, text);
    while (e < n && text[e] != 'e')
        e++;
    if (e == n)
        return buf_put(out, text, n);
    if (buf_put(out, text, e))
        return ERR_NOMEM;
    /* readers of YAML 1.1 know a float by its point and its exponent's sign */
    if (!memchr(text, '.', e) && buf_puts(out, ".0"))
        return ERR_NOMEM;
    return buf_puts(out, text[e + 1] == '-' ? "e" : "e+")
                   || buf_put(out, text + e + 1, n - e - 1)
               ? ERR_NOMEM
               : OK;
}
