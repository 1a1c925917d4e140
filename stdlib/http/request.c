/* request.c -- see request.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"

Request *
request_new(struct MHD_Connection *c, const char *method, const char *path)
{
    Request *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->connection = c;
    r->owners = 1;
    r->method = strdup(method);
    r->path = strdup(path);
    if (r->method && r->path)
        return r;
    request_free(r);
    return NULL;
}

void
request_free(Request *r)
{
    if (!r)
        return;
    if (r->response)
        MHD_destroy_response(r->response);
    free(r->headers.text);
    free(r->query.text);
    free(r->method);
    free(r->path);
    free(r->body);
    free(r);
}

static int
reserve(char **text, size_t *room, size_t want)
{
    size_t more = *room ? *room : 256;
    char *p;

    if (want <= *room)
        return 1;
    while (more < want)
        more += more / 2;
    p = realloc(*text, more);
    if (!p)
        return 0;
    *text = p;
    *room = more;
    return 1;
}

static void
add_text(Pairs *pairs, const char *text)
{
    size_t n = text ? strlen(text) + 1 : 1;

    if (pairs->failed || !reserve(&pairs->text, &pairs->room, pairs->size + n)) {
        pairs->failed = 1;
        return;
    }
    memcpy(pairs->text + pairs->size, text ? text : "", n);
    pairs->size += n;
}

static enum MHD_Result
add_pair(void *to, enum MHD_ValueKind kind, const char *name, const char *value)
{
    Pairs *pairs = to;

    (void)kind;
    add_text(pairs, name);
    add_text(pairs, value);
    pairs->n++;
    return pairs->failed ? MHD_NO : MHD_YES;
}

int
request_read_head(Request *r)
{
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, add_pair, &r->headers);
    MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, add_pair, &r->query);
    return !r->headers.failed && !r->query.failed;
}

int
request_append(Request *r, const char *data, size_t n, size_t *grown)
{
    size_t before = r->room;

    if (!reserve(&r->body, &r->room, r->n_body + n))
        return 0;
    memcpy(r->body + r->n_body, data, n);
    r->n_body += n;
    *grown = r->room - before;
    return 1;
}

/* The messages are ours, without quotes or control characters. */
static int
write_error(char *to, size_t size, const char *code, const char *message)
{
    return snprintf(to, size, "{\"error\":\"%s\",\"error_code\":\"%s\",\"message\":\"%s\"}\n",
                    message, code, message);
}

struct MHD_Response *
reply_error(const char *code, const char *message)
{
    char text[700];
    int n = write_error(text, sizeof text, code, message);
    struct MHD_Response *response =
        MHD_create_response_from_buffer((size_t)n, text, MHD_RESPMEM_MUST_COPY);

    if (response)
        MHD_add_response_header(response, "Content-Type", "application/json");
    return response;
}

size_t
reply_bytes(char *to, size_t size, unsigned status, const char *code, const char *message)
{
    char text[700];
    int n = write_error(text, sizeof text, code, message);

    return (size_t)snprintf(to, size,
                            "HTTP/1.1 %u %s\r\nConnection: close\r\n"
                            "Content-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s",
                            status, MHD_get_reason_phrase_for(status), n,
                            status == 503   ? "Retry-After: 1\r\n"
                            : status == 401 ? "WWW-Authenticate: Bearer\r\n"
                                            : "",
                            text);
}
