/* output.c -- see output.h */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/utf8.h"
#include "format/json_object.h"
#include "kernel/output.h"

static const char *const STREAMS[] = {"stdout", "stderr"};
static const Text EMPTY = {"{}", 2};

enum { PIECE = 1 << 16 };               /* bytes of a message of a stream, at most about */

/* ---- descriptors ---- */

static int
redirect(Output *o, int i)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return -1;
    o->before[i] = fcntl(i + 1, F_DUPFD_CLOEXEC, 3);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    o->pipes[i] = ends[0];
    if (dup2(ends[1], i + 1) < 0)
        return -1;
    close(ends[1]);
    return 0;
}

int
output_open(Output *o, Wire *wire, Err *err)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    memset(o, 0, sizeof *o);
    buf_init(&o->parent);
    buf_init(&o->text);
    o->pipes[0] = o->pipes[1] = o->before[0] = o->before[1] = -1;
    o->wire = wire;
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        close(null);
    }
    fflush(stdout);
    if (redirect(o, 0) || redirect(o, 1)) {
        output_close(o);
        return err_set(err, ERR_IO, "a pipe for what is printed cannot be made");
    }
    wire->log = o->before[1];
    setvbuf(stdout, NULL, _IOLBF, 0);   /* the buffer stays: a handler of signals knows it */
    return OK;
}

void
output_close(Output *o)
{
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        if (o->before[i] >= 0) {
            dup2(o->before[i], i + 1);
            close(o->before[i]);
        }
        if (o->pipes[i] >= 0)
            close(o->pipes[i]);
        o->before[i] = o->pipes[i] = -1;
    }
    if (o->wire)
        o->wire->log = -1;
    buf_release(&o->parent);
    buf_release(&o->text);
}

/* ---- messages ---- */

void
output_publish(Output *o, const char *type, Text parent, Text content)
{
    char topic[WIRE_TEXT + 80];
    int n = snprintf(topic, sizeof topic, "kernel.%s.%s", o->wire->session, type);
    Frames f;

    frames_init(&f);
    if (frames_add(&f, topic, (size_t)n) || wire_compose(o->wire, &f, type, parent, EMPTY, content)
        || wire_write(o->wire, o->iopub, &f, 0))
        wire_log(o->wire, "rille kernel: a message \"%s\" is lost", type);
    frames_release(&f);
}

/* How many of the bytes end with a whole character: at most three wait. */
static size_t
whole(const char *p, size_t n)
{
    size_t at = n;

    while (at > 0 && n - at < 3 && ((unsigned char)p[at - 1] & 0xC0) == 0x80)
        at--;
    if (at == 0 || (unsigned char)p[at - 1] < 0xC0)
        return n;
    return utf8_valid(p + at - 1, n - at + 1) == n - at + 1 ? n : at - 1;
}

/* Publishes the text; all: also what may be half a character. */
static void
publish_text(Output *o, int all)
{
    const char *p = (const char *)o->text.data;
    size_t n = o->text.len == 0 || all ? o->text.len : whole(p, o->text.len);
    JsonObject object;
    Buf content;

    if (n == 0)
        return;
    buf_init(&content);
    json_object_begin(&object, &content);
    json_object_text(&object, "name", STREAMS[o->stream], strlen(STREAMS[o->stream]));
    json_object_text(&object, "text", p, n);
    if (json_object_end(&object) == OK)
        output_publish(o, "stream",
                       o->parent.len ? (Text){(const char *)o->parent.data, o->parent.len} : EMPTY,
                       (Text){(const char *)content.data, content.len});
    buf_release(&content);
    memmove(o->text.data, o->text.data + n, o->text.len - n);
    o->text.len -= n;
    o->published = interrupt_now();
}

/* ---- reading ---- */

/* Reads what is there now, and not what comes meanwhile: who prints without end would have the
 * thread for himself. */
static void
read_pipe(Output *o, int stream)
{
    char piece[PIECE / 4];
    int left = 0;
    ssize_t n;

    if (ioctl(o->pipes[stream], FIONREAD, &left))
        left = 0;
    for (; left > 0 && (n = read(o->pipes[stream], piece, sizeof piece)) > 0; left -= (int)n) {
        if (o->stream != stream || o->text.len >= PIECE)
            publish_text(o, o->stream != stream);
        o->stream = stream;
        if (buf_put(&o->text, piece, (size_t)n))
            wire_log(o->wire, "rille kernel: %zd printed bytes are lost: out of memory", n);
    }
}

int
output_wait(const Output *o)
{
    int64_t left = OUTPUT_EVERY - (interrupt_now() - o->published);

    return o->text.len == 0 ? -1 : left < 0 ? 0 : (int)left;
}

void
output_take(Output *o)
{
    read_pipe(o, 0);
    read_pipe(o, 1);
    if (output_wait(o) == 0)
        publish_text(o, 0);
}

void
output_drain(Output *o)
{
    read_pipe(o, 0);
    read_pipe(o, 1);
    publish_text(o, 1);
}

void
output_set_parent(Output *o, Text header)
{
    o->parent.len = 0;
    buf_put(&o->parent, header.p, header.n);
}
