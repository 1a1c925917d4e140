/* http_post.h -- a POST to a web server, by libcurl, which is loaded when it is first wanted.
 *
 *     http_post_start -> http_post_wait until *done -> http_post_answer -> http_post_free
 *
 * The wait is the caller's loop: it may stop it at any time, and what it frees is over.  Only
 * http and https are spoken, redirections are not followed, certificates are checked.
 * No message contains the URL, for many are secrets: whoever has one may post. */
#ifndef HTTP_POST_H
#define HTTP_POST_H

#include <stddef.h>

#include "base/err.h"

typedef struct HttpPost HttpPost;

typedef struct HttpPostPlan {
    const char *url;
    const void *body;
    size_t size;
    const char *const *headers;     /* "Name: value", NULL at the end */
    long milliseconds;              /* from the start to the whole answer, at most */
} HttpPostPlan;

typedef struct HttpAnswer {
    long status;                    /* 200, 429... */
    const char *body;               /* its beginning, as long as the post lives */
    size_t size;
    const char *retry_after;        /* that header's value, "" without one */
} HttpAnswer;

/* ERR_NOTFOUND when there is no libcurl.  *out is the caller's, also before it is started: it
 * has to be freed in any case. */
int http_post_new(HttpPost **out, Err *err);
int http_post_start(HttpPost *p, const HttpPostPlan *plan, Err *err);
/* Carries on for so many milliseconds, at most.  *done: the answer is there. */
int http_post_wait(HttpPost *p, int milliseconds, int *done, Err *err);
void http_post_answer(const HttpPost *p, HttpAnswer *out);
void http_post_free(HttpPost *p);               /* NULL is fine */

#endif
