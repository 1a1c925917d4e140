/* server.c -- see server.h
 *
 * Through the pair go, by their first frame: "publish" TYPE PARENT CONTENT, "parent" HEADER,
 * "reply" and a message for control, "stop"; the other way requests of control, and one empty
 * frame when the process is gone that started the kernel. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/server.h"

static const char PAIR[] = "inproc://rille";
static const Text EMPTY = {"{}", 2}, OK_CONTENT = {"{\"status\":\"ok\"}", 15};
static const Text BUSY = {"{\"execution_state\":\"busy\"}", 26};
static const Text IDLE = {"{\"execution_state\":\"idle\"}", 26};

enum { LINGER = 1000 };                 /* milliseconds */

/* ---- sockets ---- */

static void
set_option(const Wire *w, void *socket, int option, int value)
{
    w->zmq.setsockopt(socket, option, &value, sizeof value);
}

static void *
new_socket(const Wire *w, int kind)
{
    void *socket = w->zmq.socket(w->context, kind);

    if (!socket)
        return NULL;
    set_option(w, socket, ZMQ_LINGER, LINGER);
    if (kind == ZMQ_PUB || kind == ZMQ_PAIR) {
        /* nothing is lost on its way to a front end that is slow */
        set_option(w, socket, ZMQ_SNDHWM, 0);
        set_option(w, socket, ZMQ_RCVHWM, 0);
    }
    if (kind == ZMQ_ROUTER)
        set_option(w, socket, ZMQ_ROUTER_HANDOVER, 1);
    return socket;
}

static int
bind_one(const Wire *w, const ServerPlan *plan, int kind, int port, void **out, Err *err)
{
    int is_ipc = strcmp(plan->transport, "ipc") == 0;
    char address[512];

    snprintf(address, sizeof address, "%s://%s%c%d", plan->transport, plan->ip, is_ipc ? '-' : ':',
             port);
    *out = new_socket(w, kind);
    if (!*out || w->zmq.bind(*out, address) < 0)
        return err_set(err, ERR_IO, "cannot listen on %s: %s", address,
                       w->zmq.strerror(w->zmq.last_error()));
    return OK;
}

static int
bind_all(Server *s, const ServerPlan *plan, Err *err)
{
    const Wire *w = &s->wire;
    int rc;

    rc = bind_one(w, plan, ZMQ_ROUTER, plan->shell, &s->shell, err);
    rc = rc ? rc : bind_one(w, plan, ZMQ_ROUTER, plan->control, &s->control, err);
    rc = rc ? rc : bind_one(w, plan, ZMQ_ROUTER, plan->stdin_, &s->input, err);
    rc = rc ? rc : bind_one(w, plan, ZMQ_PUB, plan->iopub, &s->iopub, err);
    rc = rc ? rc : bind_one(w, plan, ZMQ_REP, plan->heartbeat, &s->heartbeat, err);
    if (rc)
        return rc;
    s->mine = new_socket(w, ZMQ_PAIR);
    s->other = new_socket(w, ZMQ_PAIR);
    if (!s->mine || !s->other || w->zmq.bind(s->mine, PAIR) < 0
        || w->zmq.connect(s->other, PAIR) < 0)
        return err_set(err, ERR_IO, "libzmq has no more sockets");
    return OK;
}

static void
close_one(const Wire *w, void **socket)
{
    if (*socket)
        w->zmq.close(*socket);
    *socket = NULL;
}

/* ---- the server's thread ---- */

static void
interrupt_process(void)
{
    kill(getpgrp() == getpid() ? 0 : getpid(), SIGINT);
}

/* Adds a message for who sent the request. */
static int
compose_answer(Server *s, Frames *out, const Frames *f, const Parts *parts, const char *type,
               Text content)
{
    int rc = OK;

    for (int i = 0; i < parts->n_identities && rc == OK; i++)
        rc = frames_add(out, frames_at(f, i).p, frames_at(f, i).n);
    return rc ? rc : wire_compose(&s->wire, out, type, parts->header, EMPTY, content);
}

static void
answer_control(Server *s, const Frames *f, const Parts *parts, const char *type, Text content)
{
    Frames reply;

    output_publish(&s->output, "status", parts->header, BUSY);
    frames_init(&reply);
    if (compose_answer(s, &reply, f, parts, type, content) == OK)
        wire_write(&s->wire, s->control, &reply, 0);
    frames_release(&reply);
    output_publish(&s->output, "status", parts->header, IDLE);
}

static void
take_control(Server *s, Frames *f)
{
    Parts parts;

    if (!wire_receive(&s->wire, s->control, f, &parts))
        return;
    if (strcmp(parts.type, "interrupt_request") == 0) {
        interrupt_process();
        answer_control(s, f, &parts, "interrupt_reply", OK_CONTENT);
    } else if (strcmp(parts.type, "kernel_info_request") == 0) {
        answer_control(s, f, &parts, "kernel_info_reply",
                       (Text){(const char *)s->info.data, s->info.len});
    } else {
        if (strcmp(parts.type, "shutdown_request") == 0)
            interrupt_process();
        wire_write(&s->wire, s->other, f, 0);
    }
}

static void
take_heartbeat(Server *s, Frames *f)
{
    int got = wire_read(&s->wire, s->heartbeat, f);

    if (got < 0) {                      /* each request has an answer, or there is no next one */
        frames_clear(f);
        frames_add(f, "", 0);
    }
    if (got)
        wire_write(&s->wire, s->heartbeat, f, 0);
}

static int
is_word(const Frames *f, const char *word)
{
    Text first = frames_at(f, 0);

    return first.n == strlen(word) && memcmp(first.p, word, first.n) == 0;
}

/* Carries out what the state's thread says; 1 to stop. */
static int
take_order(Server *s, Frames *f)
{
    char type[64];

    if (wire_read(&s->wire, s->other, f) != 1)
        return 0;
    output_drain(&s->output);
    if (is_word(f, "parent")) {
        output_set_parent(&s->output, frames_at(f, 1));
    } else if (is_word(f, "reply")) {
        wire_write(&s->wire, s->control, f, 1);
    } else if (is_word(f, "publish")) {
        snprintf(type, sizeof type, "%.*s", (int)frames_at(f, 1).n, frames_at(f, 1).p);
        output_publish(&s->output, type, frames_at(f, 2), frames_at(f, 3));
    }
    sem_post(&s->done);
    return is_word(f, "stop");
}

static void
report_alone(Server *s)
{
    close(s->parent);
    s->parent = -1;
    s->wire.zmq.send(s->other, "", 0, 0);
    interrupt_process();
}

static void *
serve(void *arg)
{
    Server *s = arg;
    enum { ORDER, CONTROL, HEARTBEAT, OUT, ERROR, PARENT, N };
    ZmqPoll items[N] = {[ORDER] = {s->other, 0, ZMQ_POLLIN, 0},
                        [CONTROL] = {s->control, 0, ZMQ_POLLIN, 0},
                        [HEARTBEAT] = {s->heartbeat, 0, ZMQ_POLLIN, 0},
                        [OUT] = {NULL, s->output.pipes[0], ZMQ_POLLIN, 0},
                        [ERROR] = {NULL, s->output.pipes[1], ZMQ_POLLIN, 0},
                        [PARENT] = {NULL, s->parent, ZMQ_POLLIN, 0}};
    Frames f;
    int stop = 0;

    frames_init(&f);
    while (!stop) {
        int n = s->parent >= 0 ? N : N - 1;

        if (s->wire.zmq.poll(items, n, output_wait(&s->output)) < 0)
            continue;
        output_take(&s->output);
        if (items[HEARTBEAT].revents)
            take_heartbeat(s, &f);
        if (items[CONTROL].revents)
            take_control(s, &f);
        if (items[ORDER].revents)
            stop = take_order(s, &f);
        if (n == N && items[PARENT].revents)
            report_alone(s);
    }
    frames_release(&f);
    return NULL;
}

/* Signals are the other thread's. */
static int
start_thread(Server *s, Err *err)
{
    sigset_t all, before;
    int rc;

    sem_init(&s->done, 0, 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&s->thread, NULL, serve, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc)
        return err_set(err, ERR_IO, "a thread cannot be started: %s", strerror(rc));
    s->is_running = 1;
    return OK;
}

/* ---- the state's thread ---- */

int
server_open(Server *s, const ServerPlan *plan, Err *err)
{
    Wire *w = &s->wire;
    int rc;

    memset(s, 0, sizeof *s);
    s->parent = w->log = s->output.pipes[0] = s->output.pipes[1] = -1;
    s->output.before[0] = s->output.before[1] = -1;
    snprintf(w->key, sizeof w->key, "%s", plan->key);
    w->key_len = strlen(w->key);
    snprintf(w->session, sizeof w->session, "%s", plan->session);
    buf_init(&s->info);
    rc = zmq_load(&w->zmq, err);
    if (rc)
        return rc;
    w->context = w->zmq.ctx_new();
    rc = bind_all(s, plan, err);
    rc = rc ? rc : output_open(&s->output, w, err);
    rc = rc ? rc : buf_put(&s->info, plan->info.p, plan->info.n) ? err_nomem(err) : OK;
    s->output.iopub = s->iopub;
    if (plan->parent > 0)
        s->parent = (int)syscall(SYS_pidfd_open, (pid_t)plan->parent, 0);
    rc = rc ? rc : start_thread(s, err);
    if (rc)
        server_close(s);
    return rc;
}

static int
wait_done(Server *s)
{
    while (sem_wait(&s->done) && errno == EINTR)
        ;
    return OK;
}

static int
order(Server *s, const char *word, int n, const Text *texts)
{
    Frames f;
    int rc;

    fflush(stdout);
    fflush(stderr);
    frames_init(&f);
    rc = frames_add(&f, word, strlen(word));
    for (int i = 0; i < n && rc == OK; i++)
        rc = frames_add(&f, texts[i].p, texts[i].n);
    rc = rc ? rc : wire_write(&s->wire, s->mine, &f, 0);
    frames_release(&f);
    return rc ? rc : wait_done(s);
}

void
server_close(Server *s)
{
    const Wire *w = &s->wire;

    if (s->is_running && order(s, "stop", 0, NULL) == OK) {
        pthread_join(s->thread, NULL);
        sem_destroy(&s->done);
    }
    s->is_running = 0;
    output_close(&s->output);
    close_one(w, &s->shell);
    close_one(w, &s->input);
    close_one(w, &s->mine);
    close_one(w, &s->control);
    close_one(w, &s->iopub);
    close_one(w, &s->heartbeat);
    close_one(w, &s->other);
    if (w->context)
        w->zmq.ctx_term(w->context);
    s->wire.context = NULL;
    if (s->parent >= 0)
        close(s->parent);
    s->parent = -1;
    buf_release(&s->info);
}

/* A request of control that the other thread handed on. */
static ServerGot
take_other(Server *s, Frames *out, Parts *parts)
{
    Err err;

    if (wire_read(&s->wire, s->mine, out) != 1)
        return SERVER_NOTHING;
    if (out->n == 1 && frames_at(out, 0).n == 0)
        return SERVER_ALONE;
    return wire_parts(&s->wire, out, parts, &err) ? SERVER_NOTHING : SERVER_CONTROL;
}

ServerGot
server_receive(Server *s, Frames *out, Parts *parts, int wait)
{
    ZmqPoll items[] = {{s->mine, 0, ZMQ_POLLIN, 0}, {s->shell, 0, ZMQ_POLLIN, 0}};

    for (;;) {
        ServerGot got = SERVER_NOTHING;

        if (s->wire.zmq.poll(items, 2, wait ? -1 : 0) > 0) {
            if (items[0].revents)
                got = take_other(s, out, parts);
            if (got == SERVER_NOTHING && items[1].revents
                && wire_receive(&s->wire, s->shell, out, parts))
                got = SERVER_SHELL;
        }
        if (got != SERVER_NOTHING || !wait)
            return got;
    }
}

int
server_question(Server *s, const Frames *f, const Parts *parts, const char *type, Text content)
{
    Frames question;
    int rc;

    frames_init(&question);
    rc = compose_answer(s, &question, f, parts, type, content);
    rc = rc ? rc : wire_write(&s->wire, s->input, &question, 0);
    frames_release(&question);
    return rc;
}

int
server_reply(Server *s, ServerGot from, const Frames *f, const Parts *parts, const char *type,
             Text content)
{
    Frames reply;
    int rc, is_control = from == SERVER_CONTROL;

    frames_init(&reply);
    rc = is_control ? frames_add(&reply, "reply", 5) : OK;
    rc = rc ? rc : compose_answer(s, &reply, f, parts, type, content);
    rc = rc ? rc : wire_write(&s->wire, is_control ? s->mine : s->shell, &reply, 0);
    frames_release(&reply);
    return rc ? rc : is_control ? wait_done(s) : OK;
}

int
server_publish(Server *s, const char *type, Text parent, Text content)
{
    return order(s, "publish", 3, (Text[]){{type, strlen(type)}, parent, content});
}

int
server_set_parent(Server *s, Text header)
{
    return order(s, "parent", 1, &header);
}
