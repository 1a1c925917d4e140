/* step_signature_test.c -- what a signature is split into; what is wrong with others is in
 * tests/embed/step_test.c. */
#include "check.h"
#include "library/step_signature.h"

static StepSignature s;

static void
parse(const char *text)
{
    Err err = {0};

    step_signature_release(&s);
    CHECK(step_signature_parse(&s, text, &err) == OK);
    if (check_bad)
        printf("%s\n", err.msg);
}

static void
check_text(size_t at, size_t len, const char *want)
{
    char got[128];

    snprintf(got, sizeof got, "%.*s", (int)len, s.text + at);
    CHECK_STR(got, want);
}

static void
check_term(int i, const char *want, int is_literal)
{
    const SignatureTerm *term = step_signature_term(&s, i);

    check_text(term->at, term->len, want);
    CHECK(term->is_literal == is_literal);
}

static void
ports_have_names_types_and_defaults(void)
{
    const SignaturePort *port;

    parse("(pred: vector, eps: number = 1e-6) -> (accuracy: number)");
    CHECK(step_signature_count(&s) == 3);
    port = step_signature_port(&s, 0);
    check_text(port->at, port->len, "pred");
    check_term(port->type, "vector", 0);
    CHECK(!port->is_output && port->default_len == 0);
    port = step_signature_port(&s, 1);
    check_text(port->default_at, port->default_len, "1e-6");
    CHECK(!port->is_output);
    CHECK(step_signature_port(&s, 2)->is_output);
}

static void
there_may_be_none(void)
{
    parse("()->()");
    CHECK(step_signature_count(&s) == 0);
    parse(" ( ) \n->\t( ) ");
    CHECK(step_signature_count(&s) == 0);
}

static void
a_default_ends_where_its_json_does(void)
{
    parse("(a: table = {\"x, \\\")\": [1, (2)]} , b: string=\"->\")->()");
    CHECK(step_signature_count(&s) == 2);
    check_text(step_signature_port(&s, 0)->default_at, step_signature_port(&s, 0)->default_len,
               "{\"x, \\\")\": [1, (2)]}");
    check_text(step_signature_port(&s, 1)->default_at, step_signature_port(&s, 1)->default_len,
               "\"->\"");
}

static void
types_have_terms(void)
{
    const SignatureTerm *outer, *list;

    parse("(x: any_of(list(enum(\"a\", 2)), true_type, true)) -> ()");
    outer = step_signature_term(&s, step_signature_port(&s, 0)->type);
    check_term(step_signature_port(&s, 0)->type, "any_of", 0);
    check_term(outer->first, "list", 0);
    list = step_signature_term(&s, outer->first);
    check_term(list->first, "enum", 0);
    check_term(step_signature_term(&s, list->first)->first, "\"a\"", 1);
    check_term(list->next, "true_type", 0);
    check_term(step_signature_term(&s, list->next)->next, "true", 1);
    CHECK(step_signature_term(&s, step_signature_term(&s, list->next)->next)->next == -1);
}

static void
the_caret_stands_below_the_letter(void)
{
    Err err;

    step_signature_error("(\xc3\xa4\xc3\xb6 x)\n", 6, &err, "no");
    CHECK_STR(err.msg, "signature: no\n    (\xc3\xa4\xc3\xb6 x)\n        ^");
}

/* Every beginning of a text, and every byte of it replaced: an answer, and nothing read outside. */
static void
cut_and_changed_texts_are_refused_or_read(void)
{
    static const char text[] = "(a: list(enum(\"x\\\"\", 1)), b: table = {\"k\": [1]}) -> (c: any)";
    char copy[sizeof text];
    Err err;

    for (size_t i = 0; i < sizeof text - 1; i++) {
        StepSignature one;
        char *cut = strndup(text, i);

        CHECK(step_signature_parse(&one, cut, &err) == ERR_INVAL);
        step_signature_release(&one);
        free(cut);
        for (int c = 1; c < 256; c++) {
            memcpy(copy, text, sizeof text);
            copy[i] = (char)c;
            step_signature_parse(&one, copy, &err);
            step_signature_release(&one);
        }
    }
}

int
main(void)
{
    RUN(ports_have_names_types_and_defaults);
    RUN(there_may_be_none);
    RUN(a_default_ends_where_its_json_does);
    RUN(types_have_terms);
    RUN(the_caret_stands_below_the_letter);
    RUN(cut_and_changed_texts_are_refused_or_read);
    step_signature_release(&s);
    return check_done();
}
