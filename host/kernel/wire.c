/* wire.c -- see wire.h */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "format/json_object.h"
#include "format/json_tree.h"
#include "kernel/wire.h"

static const char DELIMITER[] = "<IDS|MSG>";
static const char VERSION[] = "5.3", USER[] = "rille";

enum { SIGNED = 4 };                    /* frames after the signature */

/* ---- frames ---- */

void
frames_init(Frames *f)
{
    buf_init(&f->bytes);
    f->n = 0;
}

void
frames_release(Frames *f)
{
    buf_release(&f->bytes);
    f->n = 0;
}

void
frames_clear(Frames *f)
{
    f->bytes.len = 0;
    f->n = 0;
}

int
frames_add(Frames *f, const void *p, size_t n)
{
    if (f->n == FRAMES_MOST || buf_put(&f->bytes, p, n))
        return ERR_NOMEM;
    f->ends[f->n++] = f->bytes.len;
    return OK;
}

Text
frames_at(const Frames *f, int i)
{
    size_t from = i ? f->ends[i - 1] : 0;

    return (Text){f->bytes.data ? (const char *)f->bytes.data + from : "", f->ends[i] - from};
}

/* ---- sockets ---- */

void
wire_log(const Wire *w, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof text - 1, fmt, ap);
    va_end(ap);
    n = n < 0 ? 0 : n > (int)sizeof text - 2 ? (int)sizeof text - 2 : n;
    text[n] = '\n';
    if (w->log >= 0 && write(w->log, text, (size_t)n + 1) < 0)
        return;                         /* nobody reads the log */
}

int
wire_read(const Wire *w, void *socket, Frames *out)
{
    ZmqPart part;
    int more = 1, bad = 0;

    frames_clear(out);
    while (more) {
        w->zmq.msg_init(&part);
        if (w->zmq.msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) {
            w->zmq.msg_close(&part);
            return out->n || bad ? ERR_ANY : 0;
        }
        bad |= frames_add(out, w->zmq.msg_data(&part), w->zmq.msg_size(&part));
        more = w->zmq.msg_more(&part);
        w->zmq.msg_close(&part);
    }
    if (!bad)
        return 1;
    wire_log(w, "rille kernel: a message of too many frames is dropped");
    return ERR_ANY;
}

int
wire_write(const Wire *w, void *socket, const Frames *f, int first)
{
    for (int i = first; i < f->n; i++) {
        Text frame = frames_at(f, i);

        if (w->zmq.send(socket, frame.p, frame.n, i + 1 < f->n ? ZMQ_SNDMORE : 0) < 0)
            return ERR_IO;
    }
    return OK;
}

/* ---- signatures ---- */

/* Of the n frames from `first` on, in hexadecimal; "" without a key. */
static void
sign(const Wire *w, const Frames *f, int first, char hex[HASH_HEX + 1])
{
    size_t from = frames_at(f, first).p - (const char *)f->bytes.data;
    unsigned char digest[HASH_SIZE];

    *hex = 0;
    if (w->key_len == 0)
        return;
    hash_hmac(w->key, w->key_len, f->bytes.data + from, f->ends[first + SIGNED - 1] - from, digest);
    hash_hex(digest, hex);
}

/* In a time that says nothing of where they differ. */
static int
is_same(Text a, const char *b)
{
    unsigned char differs = 0;

    if (a.n != strlen(b))
        return 0;
    for (size_t i = 0; i < a.n; i++)
        differs |= (unsigned char)(a.p[i] ^ b[i]);
    return differs == 0;
}

/* ---- messages ---- */

/* The header's msg_type into out->type. */
static int
read_type(Parts *out, Err *err)
{
    JsonTree tree = {0};
    const char *type;
    size_t n = 0;
    int rc = json_tree_parse(&tree, "header", out->header.p, out->header.n, err);

    type = json_tree_string(&tree, json_tree_field(&tree, json_tree_top(&tree), "msg_type"), &n);
    if (!rc && (!type || n >= sizeof out->type))
        rc = err_set(err, ERR_INVAL, "its header has no msg_type");
    if (!rc)
        memcpy(out->type, type, n + 1);
    json_tree_release(&tree);
    return rc;
}

int
wire_parts(const Wire *w, const Frames *f, Parts *out, Err *err)
{
    char signature[HASH_HEX + 1];
    int i = 0;

    while (i < f->n && !is_same(frames_at(f, i), DELIMITER))
        i++;
    if (f->n - i < 2 + SIGNED)
        return err_set(err, ERR_INVAL, "its %d frames are too few", f->n);
    out->n_identities = i;
    sign(w, f, i + 2, signature);
    if (w->key_len && !is_same(frames_at(f, i + 1), signature))
        return err_set(err, ERR_INVAL, "its signature is wrong");
    out->header = frames_at(f, i + 2);
    out->parent = frames_at(f, i + 3);
    out->metadata = frames_at(f, i + 4);
    out->content = frames_at(f, i + 5);
    return read_type(out, err);
}

int
wire_receive(const Wire *w, void *socket, Frames *out, Parts *parts)
{
    Err err;

    if (wire_read(w, socket, out) != 1)
        return 0;
    if (wire_parts(w, out, parts, &err) == OK)
        return 1;
    wire_log(w, "rille kernel: a message is dropped: %s", err.msg);
    return 0;
}

static int
compose_header(Wire *w, Buf *out, const char *type)
{
    char id[WIRE_TEXT + 16];
    struct timespec now;
    JsonObject o;
    int n = snprintf(id, sizeof id, "%s_%d", w->session, atomic_fetch_add(&w->count, 1));

    clock_gettime(CLOCK_REALTIME, &now);
    json_object_begin(&o, out);
    json_object_text(&o, "msg_id", id, (size_t)n);
    json_object_text(&o, "session", w->session, strlen(w->session));
    json_object_text(&o, "username", USER, sizeof USER - 1);
    json_object_time(&o, "date", (double)now.tv_sec + (double)now.tv_nsec / 1e9);
    json_object_text(&o, "msg_type", type, strlen(type));
    json_object_text(&o, "version", VERSION, sizeof VERSION - 1);
    return json_object_end(&o);
}

int
wire_compose(Wire *w, Frames *f, const char *type, Text parent, Text metadata, Text content)
{
    char signature[HASH_HEX + 1];
    size_t n = w->key_len ? HASH_HEX : 0, at;
    Buf header;
    int rc;

    memset(signature, '0', sizeof signature);
    buf_init(&header);
    rc = compose_header(w, &header, type);
    rc = rc ? rc : frames_add(f, DELIMITER, sizeof DELIMITER - 1);
    at = f->bytes.len;                  /* of the signature, which comes when the rest is there */
    rc = rc ? rc : frames_add(f, signature, n);
    rc = rc ? rc : frames_add(f, header.data, header.len);
    rc = rc ? rc : frames_add(f, parent.p, parent.n);
    rc = rc ? rc : frames_add(f, metadata.p, metadata.n);
    rc = rc ? rc : frames_add(f, content.p, content.n);
    buf_release(&header);
    if (rc)
        return rc;
    sign(w, f, f->n - SIGNED, signature);
    memcpy(f->bytes.data + at, signature, n);
    return OK;
}
