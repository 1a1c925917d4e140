/* step_signature.c -- see step_signature.h */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "library/step_signature.h"

enum { LONGEST_LINE = 400 };            /* of what a message shows */

typedef struct Parser {
    StepSignature *s;
    size_t at;
    Err *err;
} Parser;

/* ---- errors ---- */

int
step_signature_error(const char *text, size_t at, Err *err, const char *message)
{
    size_t from = at, to = at;
    int columns = 0;

    while (from > 0 && text[from - 1] != '\n' && at - from < LONGEST_LINE / 2)
        from--;
    while (text[to] && text[to] != '\n' && to - from < LONGEST_LINE)
        to++;
    for (size_t i = from; i < at; i++)          /* a letter of several bytes is one column */
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    return err_set(err, ERR_INVAL, "signature: %s\n    %.*s\n    %*s^", message, (int)(to - from),
                   text + from, columns, "");
}

static int
fail(Parser *p, size_t at, const char *message)
{
    return step_signature_error(p->s->text, at, p->err, message);
}

/* ---- words ---- */

static void
skip_space(Parser *p)
{
    while (isspace((unsigned char)p->s->text[p->at]))
        p->at++;
}

static int
peek(Parser *p)
{
    skip_space(p);
    return (unsigned char)p->s->text[p->at];
}

static int
take(Parser *p, int c)
{
    if (peek(p) != c)
        return 0;
    p->at++;
    return 1;
}

static int
need(Parser *p, int c, const char *message)
{
    return take(p, c) ? OK : fail(p, p->at, message);
}

static int
is_letter(int c)
{
    return isalpha(c) || c == '_';
}

/* The length of the name that comes next, 0 for none; *at is where it begins. */
static size_t
take_name(Parser *p, size_t *at)
{
    const char *text = p->s->text;

    *at = p->at;
    if (!is_letter(peek(p)))
        return 0;
    *at = p->at;
    while (is_letter((unsigned char)text[p->at]) || isdigit((unsigned char)text[p->at]))
        p->at++;
    return p->at - *at;
}

/* To behind the string that begins here. */
static int
skip_string(Parser *p)
{
    const char *text = p->s->text;
    size_t from = p->at++;

    for (; text[p->at] != '"'; p->at++) {
        if (text[p->at] == '\\' && text[p->at + 1])
            p->at++;
        else if (!text[p->at])
            return fail(p, from, "this text has no end; close it with \"");
    }
    p->at++;
    return OK;
}

/* A value in JSON ends before the comma or the parenthesis that is in none of its brackets. */
static int
take_literal(Parser *p, size_t *at, size_t *len)
{
    const char *text = p->s->text;
    int depth = 0, rc = OK, c = peek(p);

    *at = p->at;
    for (; !rc && (c = (unsigned char)text[p->at]) != 0; ) {
        if (depth == 0 && (c == ',' || c == ')'))
            break;
        depth += (c == '[' || c == '{') - (c == ']' || c == '}');
        if (c == '"')
            rc = skip_string(p);
        else
            p->at++;
    }
    *len = p->at - *at;
    while (*len && isspace((unsigned char)text[*at + *len - 1]))
        --*len;
    return rc ? rc : *len ? OK : fail(p, *at, "a value in JSON is missing, as 1e-6 or \"text\"");
}

/* ---- types ---- */

static int take_term(Parser *p, int depth, int *index);

static SignatureTerm *
term_at(const StepSignature *s, int i)
{
    return (SignatureTerm *)(void *)s->terms.data + i;
}

static int
add_term(Parser *p, size_t at, size_t len, int is_literal, int *index)
{
    SignatureTerm term = {at, len, is_literal, -1, -1};

    *index = (int)(p->s->terms.len / sizeof term);
    return buf_put(&p->s->terms, &term, sizeof term) ? err_nomem(p->err) : OK;
}

/* The terms behind the parenthesis that was opened. */
static int
take_arguments(Parser *p, int depth, int parent)
{
    int last = -1, index, rc;

    if (depth >= SIGNATURE_DEPTH)
        return fail(p, p->at, "the type is nested too deep");
    do {
        rc = take_term(p, depth + 1, &index);
        if (rc)
            return rc;
        *(last < 0 ? &term_at(p->s, parent)->first : &term_at(p->s, last)->next) = index;
        last = index;
    } while (take(p, ','));
    return need(p, ')', "expected , or ) after this part of the type");
}

static int
take_type(Parser *p, int depth, int *index)
{
    size_t at, len = take_name(p, &at);
    int rc;

    if (!len)
        return fail(p, p->at, "expected the name of a type, as number or list(number)");
    rc = add_term(p, at, len, 0, index);
    return rc ? rc : take(p, '(') ? take_arguments(p, depth, *index) : OK;
}

static int
is_word(Parser *p, const char *word)
{
    size_t n = strlen(word);
    int after = (unsigned char)p->s->text[p->at + (strncmp(p->s->text + p->at, word, n) ? 0 : n)];

    return strncmp(p->s->text + p->at, word, n) == 0 && !is_letter(after) && !isdigit(after);
}

static int
take_term(Parser *p, int depth, int *index)
{
    size_t at, len;
    int rc;

    if (is_letter(peek(p)) && !is_word(p, "true") && !is_word(p, "false"))
        return take_type(p, depth, index);
    rc = take_literal(p, &at, &len);
    return rc ? rc : add_term(p, at, len, 1, index);
}

/* ---- ports ---- */

static int
take_port(Parser *p, int is_output)
{
    SignaturePort port = {.is_output = is_output};
    int rc;

    port.len = take_name(p, &port.at);
    if (!port.len)
        return fail(p, p->at, "expected a name: letters, digits and _");
    if ((rc = need(p, ':', "expected : and a type after the name"))
        || (rc = take_type(p, 0, &port.type)))
        return rc;
    if (peek(p) == '=' && is_output)
        return fail(p, p->at, "an output has no default");
    if (take(p, '=') && (rc = take_literal(p, &port.default_at, &port.default_len)))
        return rc;
    return buf_put(&p->s->ports, &port, sizeof port) ? err_nomem(p->err) : OK;
}

static int
take_ports(Parser *p, int is_output)
{
    int rc = need(p, '(', is_output ? "expected ( and the outputs" : "expected ( and the inputs");

    if (rc || take(p, ')'))
        return rc;
    do
        rc = take_port(p, is_output);
    while (!rc && take(p, ','));
    return rc ? rc : need(p, ')', "expected , or )");
}

int
step_signature_parse(StepSignature *s, const char *text, Err *err)
{
    Parser p = {s, 0, err};
    int rc;

    memset(s, 0, sizeof *s);
    s->text = text;
    if (strlen(text) > SIGNATURE_LONGEST)
        return err_set(err, ERR_INVAL, "signature: it is longer than %d bytes", SIGNATURE_LONGEST);
    if ((rc = take_ports(&p, 0)))
        return rc;
    if (peek(&p) != '-' || text[p.at + 1] != '>')
        return fail(&p, p.at, "expected -> and the outputs, as in (x: number) -> (y: number)");
    p.at += 2;
    if ((rc = take_ports(&p, 1)))
        return rc;
    return peek(&p) ? fail(&p, p.at, "expected the end after the outputs") : OK;
}

void
step_signature_release(StepSignature *s)
{
    buf_release(&s->ports);
    buf_release(&s->terms);
}

size_t
step_signature_count(const StepSignature *s)
{
    return s->ports.len / sizeof(SignaturePort);
}

const SignaturePort *
step_signature_port(const StepSignature *s, size_t i)
{
    return (const SignaturePort *)(const void *)s->ports.data + i;
}

const SignatureTerm *
step_signature_term(const StepSignature *s, int i)
{
    return term_at(s, i);
}
