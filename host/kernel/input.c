/* input.c -- see input.h */
#include <errno.h>
#include <string.h>

#include "base/interrupt.h"
#include "format/json_tree.h"
#include "kernel/input.h"

static const char NO_INPUT[] =
    "standard input cannot be read here: the front end does not answer questions\n";
static const Text QUESTION = {"{\"prompt\":\"\",\"password\":false}", 30};

/* The answer as a line. */
static int
take_answer(Input *in, Text content)
{
    JsonTree tree = {0};
    const char *value = NULL;
    size_t n = 0;

    in->line.len = in->at = 0;
    if (json_tree_parse(&tree, "input_reply", content.p, content.n, NULL) == OK)
        value = json_tree_string(&tree, json_tree_field(&tree, json_tree_top(&tree), "value"), &n);
    if (value && (buf_put(&in->line, value, n) || buf_byte(&in->line, '\n')))
        value = NULL;
    json_tree_release(&tree);
    return value ? OK : ERR_INVAL;
}

/* Waits for the answer: OK, or ERR_CANCELLED. */
static int
wait_answer(Input *in, Frames *f)
{
    Server *s = in->server;
    ZmqPoll item = {s->input, 0, ZMQ_POLLIN, 0};
    Interrupt *interrupt = interrupt_here();
    Parts parts;

    for (;;) {
        if (interrupt && interrupt_check(interrupt) != INTERRUPT_NONE)
            return ERR_CANCELLED;
        if (s->wire.zmq.poll(&item, 1, interrupt_slice(interrupt, -1)) <= 0
            || !wire_receive(&s->wire, s->input, f, &parts))
            continue;
        if (strcmp(parts.type, "input_reply") == 0 && take_answer(in, parts.content) == OK)
            return OK;
    }
}

static int
ask(Input *in)
{
    Server *s = in->server;
    Frames f;
    int rc;

    server_set_parent(s, in->parts->header);    /* what was printed is published first */
    frames_init(&f);
    while (wire_read(&s->wire, s->input, &f))
        ;                                       /* answers to older questions */
    rc = server_question(s, in->request, in->parts, "input_request", QUESTION);
    rc = rc ? rc : wait_answer(in, &f);
    frames_release(&f);
    return rc;
}

static ssize_t
read_some(void *cookie, char *p, size_t n)
{
    Input *in = cookie;

    if (in->at == in->line.len) {
        if (!in->may) {
            fputs(NO_INPUT, stderr);
            return 0;
        }
        if (ask(in)) {
            errno = EINTR;
            return -1;
        }
    }
    n = n < in->line.len - in->at ? n : in->line.len - in->at;
    memcpy(p, in->line.data + in->at, n);
    in->at += n;
    return (ssize_t)n;
}

FILE *
input_stream(Input *in)
{
    return fopencookie(in, "r", (cookie_io_functions_t){.read = read_some});
}

void
input_release(Input *in)
{
    buf_release(&in->line);
}
