/* filter_text.h -- conditions on runs, artifacts and versions of models as people write them, as
 * the trees of query_filter.h:
 *
 *     params.gamma > 0.01 and metric.acc >= 0.9 and status = completed
 *
 *     expr    = term { "or" term }        term = factor { "and" factor }
 *     factor  = "not" factor | "(" expr ")" | field op value
 *     op      = "=" | "==" | "!=" | "~=" | "<" | "<=" | ">" | ">="
 *     value   = number | word | "text" | 'text' | true | false | null
 *
 * filter_fields.h has the fields.  inf, -inf and nan are numbers.  A value that a field never has
 * is a mistake, as nothing would match.  A message ends with the text and a caret below the place.
 * Lua reads conditions by this parser, too (filter_textlib.c). */
#ifndef FILTER_TEXT_H
#define FILTER_TEXT_H

#include "meta/filter_fields.h"

enum {
    FILTER_TEXT_DEEPEST = 100,          /* conditions in one another */
    FILTER_TEXT_ADJACENT = 1            /* "a = 1 b = 2" is "a = 1 and b = 2" */
};

/* Starts by filter_text_init; its texts are its own. */
typedef struct FilterText {
    Filter filter;
    Buf kept;                           /* char * */
    Buf message;                        /* of a failure: longer ones than err has room for */
    int is_unknown;                     /* the failure: no such field.  With the names that runs
                                         * have (known) the message may say more */
} FilterText;

void filter_text_init(FilterText *t, const FilterSubject *subject);
void filter_text_release(FilterText *t);
/* Reads the condition into t->filter.nodes, which is empty.  known may be NULL.  ERR_INVAL with
 * the message in t->message and err. */
int filter_text_read(FilterText *t, Slice text, int flags, const FilterKnown *known, Err *err);

#endif
