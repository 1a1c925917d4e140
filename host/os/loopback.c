/* loopback.c -- see loopback.h */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "os/loopback.h"

enum { FIRST = 16384, STATUS_AT = 9, STATUS_LINE = 12 };

/* What comes in. */
typedef struct Inbox {
    char *bytes;
    size_t n, cap, most;
    size_t body;                    /* where it begins; 0: not known yet */
    size_t length;                  /* of it, when has_length */
    int has_length, is_chunked;
} Inbox;

/* ---- waiting ---- */

/* Waits until the socket can be read or written. */
static int
wait_for(int fd, short what, int64_t end, Err *err)
{
    for (;;) {
        struct pollfd one = {fd, what, 0};
        int64_t left = end - interrupt_now();
        int came, rc = interrupt_poll(err);

        if (rc)
            return rc;
        if (left <= 0)
            return err_set(err, ERR_IO, "no answer in time");
        came = poll(&one, 1, interrupt_slice(interrupt_here(), (int)left));
        if (came > 0)
            return OK;
        if (came < 0 && errno != EINTR)
            return err_set(err, ERR_IO, "poll: %s", err_reason(errno));
    }
}

/* ---- the connection ---- */

static socklen_t
address_of(const LoopbackPlan *plan, struct sockaddr_storage *out)
{
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, plan->host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)plan->port);
        return sizeof *four;
    }
    if (inet_pton(AF_INET6, plan->host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)plan->port);
        return sizeof *six;
    }
    return 0;
}

static int
refused(int code, Err *err)
{
    return err_set(err, code == ECONNREFUSED ? ERR_NOTFOUND : ERR_IO, "%s",
                   code == ECONNREFUSED ? "nobody listens there" : err_reason(code));
}

static int
dial(const LoopbackPlan *plan, int64_t end, int *fd, Err *err)
{
    struct sockaddr_storage address;
    socklen_t size = address_of(plan, &address), length = sizeof(int);
    int code = 0, one = 1, rc;

    if (!size)
        return err_set(err, ERR_INVAL, "%s: not the number of a host", plan->host);
    *fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return err_set(err, ERR_IO, "a socket: %s", err_reason(errno));
    setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(*fd, (struct sockaddr *)&address, size) == 0)
        return OK;
    if (errno != EINPROGRESS && errno != EINTR)
        return refused(errno, err);
    if ((rc = wait_for(*fd, POLLOUT, end, err)))
        return rc;
    if (getsockopt(*fd, SOL_SOCKET, SO_ERROR, &code, &length))
        code = errno;
    return code ? refused(code, err) : OK;
}

/* A server that answers before it has read all, as when the body is too long, closes: then what
 * it has answered counts. */
static int
post(int fd, const void *p, size_t n, int64_t end, Err *err)
{
    const char *from = p;

    while (n) {
        ssize_t sent = send(fd, from, n, MSG_NOSIGNAL);
        int rc;

        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return OK;
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return err_set(err, ERR_IO, "the request: %s", err_reason(errno));
        if (sent < 0 && (rc = wait_for(fd, POLLOUT, end, err)))
            return rc;
        from += sent < 0 ? 0 : sent;
        n -= sent < 0 ? 0 : (size_t)sent;
    }
    return OK;
}

/* ---- the answer ---- */

/* The value of a header in lines that end with \r\n, or NULL. */
static const char *
header(const char *lines, size_t n, const char *name)
{
    size_t length = strlen(name);

    for (const char *p = lines, *stop = lines + n; p < stop;) {
        const char *next = memchr(p, '\n', (size_t)(stop - p));

        if ((size_t)(stop - p) > length && p[length] == ':' && !strncasecmp(p, name, length)) {
            for (p += length + 1; p < stop && *p == ' '; p++)
                ;
            return p;
        }
        p = next ? next + 1 : stop;
    }
    return NULL;
}

/* Looks for the end of the headers, and what they say of the body. */
static void
read_headers(Inbox *in)
{
    const char *stop = in->n >= 4 ? memmem(in->bytes, in->n, "\r\n\r\n", 4) : NULL, *value;

    if (!stop)
        return;
    in->body = (size_t)(stop - in->bytes) + 4;
    value = header(in->bytes, in->body, "Content-Length");
    if (value && isdigit((unsigned char)*value)) {
        in->length = strtoull(value, NULL, 10);
        in->has_length = 1;
    }
    value = header(in->bytes, in->body, "Transfer-Encoding");
    in->is_chunked = value && !strncasecmp(value, "chunked", 7);
}

/* Puts the chunks together, in place; 0: the last one is not there yet. */
static int
join_chunks(Inbox *in, int move)
{
    size_t at = in->body, to = in->body;

    for (;;) {
        const char *stop = at < in->n ? memchr(in->bytes + at, '\n', in->n - at) : NULL;
        size_t size;

        if (!stop)
            return 0;
        size = strtoull(in->bytes + at, NULL, 16);
        at = (size_t)(stop - in->bytes) + 1;
        if (!size)
            break;
        if (size > in->n || at + size + 2 > in->n)
            return 0;
        if (move)
            memmove(in->bytes + to, in->bytes + at, size);
        to += size;
        at += size + 2;
    }
    if (move)
        in->n = to;
    return 1;
}

static int
is_complete(Inbox *in)
{
    if (!in->body)
        read_headers(in);
    if (!in->body)
        return 0;
    if (in->is_chunked)
        return join_chunks(in, 0);
    return in->has_length && in->n - in->body >= in->length;
}

/* The connection has ended, or all is there. */
static int
is_whole(Inbox *in)
{
    if (!in->body || in->n < STATUS_LINE || memcmp(in->bytes, "HTTP/1.", 7))
        return 0;
    return in->is_chunked ? join_chunks(in, 1)
                          : !in->has_length || in->n - in->body >= in->length;
}

static int
grow(Inbox *in, Err *err)
{
    size_t cap = in->cap ? in->cap * 2 : FIRST;
    char *bytes;

    if (in->n < in->cap)
        return OK;
    if (in->n >= in->most)
        return err_set(err, ERR_IO, "the answer is longer than %zu MiB", in->most >> 20);
    bytes = realloc(in->bytes, cap + 1);
    if (!bytes)
        return err_set(err, ERR_NOMEM, "out of memory");
    in->bytes = bytes;
    in->cap = cap;
    return OK;
}

static int
take(int fd, Inbox *in, int64_t end, Err *err)
{
    int rc = OK;

    while (!is_complete(in)) {
        ssize_t got;

        if ((rc = grow(in, err)) || (rc = wait_for(fd, POLLIN, end, err)))
            return rc;
        got = recv(fd, in->bytes + in->n, in->cap - in->n, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0)
            break;
        in->n += (size_t)got;
        in->bytes[in->n] = '\0';
    }
    if (!is_whole(in))
        return err_set(err, ERR_IO, "the connection ended before the answer did");
    return OK;
}

int
loopback_ask(LoopbackAnswer *out, const LoopbackPlan *plan, Err *err)
{
    int64_t end = interrupt_now() + plan->milliseconds;
    Inbox in = {.most = plan->most};
    int fd = -1, rc;

    if ((rc = dial(plan, end, &fd, err)) || (rc = post(fd, plan->head, plan->head_size, end, err))
        || (rc = post(fd, plan->body, plan->size, end, err)) || (rc = take(fd, &in, end, err)))
        goto done;
    if (in.has_length && !in.is_chunked)
        in.n = in.body + in.length;
    *out = (LoopbackAnswer){.status = atoi(in.bytes + STATUS_AT), .bytes = in.bytes,
                            .headers = in.bytes, .headers_size = in.body,
                            .body = in.bytes + in.body, .body_size = in.n - in.body};
    in.bytes = NULL;
done:
    free(in.bytes);
    if (fd >= 0)
        close(fd);
    return rc;
}

void
loopback_release(LoopbackAnswer *answer)
{
    free(answer->bytes);
    answer->bytes = NULL;
}
