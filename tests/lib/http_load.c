/* http_load.c -- keep-alive connections that send one request after the other.
 *
 *     http_load PORT PATH FILE [key=value ...]
 *
 * FILE has the body; - sends GET.  connections (8), threads (2), requests (1000) in all, or
 * seconds, rate (requests a second in all; 0: as fast as replies come), type (application/json).
 * Prints one line of JSON.  lost: sent whole on a connection that then ended without a reply.
 * versions: how often each value of the header X-Rille-Model came. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024, VERSIONS = 64, REPLY = 1 << 22 };

typedef struct Connection {
    int fd, busy;
    size_t sent, got, room, want;       /* want: of the whole reply, 0 while its head comes */
    double began, next;
    char *text;
} Connection;

typedef struct Load {
    int port, connections, threads;
    _Atomic int is_over;
    long requests;
    double seconds, rate;
    char *request;
    size_t n_request;
} Load;

typedef struct Worker {
    pthread_t thread;
    Load *load;
    int n;
    long left, ok, errors, lost, refused, connects, n_times;
    float *times;
    int status[6];
    struct { char name[24]; long n; } versions[VERSIONS];
    Connection all[MOST];
} Worker;

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
open_connection(Worker *w, Connection *c)
{
    struct sockaddr_in at = {0};

    at.sin_family = AF_INET;
    at.sin_port = htons((unsigned short)w->load->port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (struct sockaddr *)&at, sizeof at)) {
        close(c->fd);
        c->fd = -1;
        w->refused++;
        return 0;
    }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    w->connects++;
    return 1;
}

static void
end_connection(Worker *w, Connection *c)
{
    if (c->busy && c->sent == w->load->n_request)
        w->lost++;
    c->busy = 0;
    close(c->fd);
    c->fd = -1;
}

static void
count_version(Worker *w, const char *head)
{
    const char *at = strcasestr(head, "\nX-Rille-Model: ");
    char name[24] = "none";

    if (at)
        sscanf(at + 16, "%23[^\r\n]", name);
    for (int i = 0; i < VERSIONS; i++)
        if (!w->versions[i].n || !strcmp(w->versions[i].name, name)) {
            strcpy(w->versions[i].name, name);
            w->versions[i].n++;
            return;
        }
}

static void
finish(Worker *w, Connection *c)
{
    int status = atoi(c->text + 9);

    c->busy = 0;
    w->times[w->n_times++] = (float)(now() - c->began);
    w->status[status / 100 % 6]++;
    if (status == 200)
        w->ok++;
    else
        w->errors++;
    count_version(w, c->text);
    if (strcasestr(c->text, "\nConnection: close"))
        end_connection(w, c);
}

/* The head has ended: how long the reply is. */
static void
read_head(Connection *c)
{
    char *end = strstr(c->text, "\r\n\r\n"), *length;

    if (!end)
        return;
    length = strcasestr(c->text, "\nContent-Length: ");
    c->want = (size_t)(end + 4 - c->text);
    if (length && length < end)
        c->want += (size_t)atol(length + 17);
}

static void
receive(Worker *w, Connection *c)
{
    ssize_t n;

    if (c->got + 65536 > c->room)
        c->text = realloc(c->text, c->room = c->room * 2 + 65536);
    n = read(c->fd, c->text + c->got, c->room - c->got - 1);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            end_connection(w, c);
        return;
    }
    c->got += (size_t)n;
    c->text[c->got] = 0;
    if (!c->want)
        read_head(c);
    if (c->want && c->got >= c->want)
        finish(w, c);
}

static void
send_more(Worker *w, Connection *c)
{
    const Load *load = w->load;
    ssize_t n = send(c->fd, load->request + c->sent, load->n_request - c->sent, MSG_NOSIGNAL);

    if (n > 0)
        c->sent += (size_t)n;
    else if (n < 0 && errno != EAGAIN)
        end_connection(w, c);
}

static void
begin(Worker *w, Connection *c)
{
    double t = now(), interval = w->load->rate > 0 ? w->load->connections / w->load->rate : 0;

    if (c->fd < 0 && !open_connection(w, c)) {
        w->load->is_over = 1;
        return;
    }
    c->busy = 1;
    c->sent = c->got = c->want = 0;
    c->began = t;
    c->next = c->next + interval < t - 1 ? t + interval : c->next + interval;
    w->left--;
    send_more(w, c);
}

static void
turn(Worker *w, struct pollfd *fds)
{
    double t = now(), wake = t + 0.1;
    struct timespec wait;

    for (int i = 0; i < w->n; i++) {
        Connection *c = &w->all[i];

        if (!c->busy && w->left > 0 && !w->load->is_over && c->next <= t)
            begin(w, c);
        if (!c->busy && c->next < wake && w->left > 0)
            wake = c->next;
        fds[i].fd = c->fd;
        fds[i].events = (short)(POLLIN | (c->busy && c->sent < w->load->n_request ? POLLOUT : 0));
    }
    wake = wake > t ? wake - t : 0;
    wait.tv_sec = 0;
    wait.tv_nsec = (long)(wake * 1e9);
    if (ppoll(fds, (nfds_t)w->n, &wait, NULL) <= 0)
        return;
    for (int i = 0; i < w->n; i++) {
        if (fds[i].revents & POLLOUT && w->all[i].fd >= 0)
            send_more(w, &w->all[i]);
        if (fds[i].revents & (POLLIN | POLLHUP | POLLERR) && w->all[i].fd >= 0)
            receive(w, &w->all[i]);
    }
}

static int
is_busy(const Worker *w)
{
    for (int i = 0; i < w->n; i++)
        if (w->all[i].busy)
            return 1;
    return 0;
}

static void *
run(void *arg)
{
    Worker *w = arg;
    struct pollfd fds[MOST];
    double began = now();

    for (int i = 0; i < w->n; i++) {
        w->all[i].fd = -1;
        w->all[i].next = began + (w->load->rate > 0 ? i / w->load->rate * w->load->threads : 0);
    }
    while ((w->left > 0 && !w->load->is_over) || is_busy(w)) {
        if (w->load->seconds > 0 && now() - began > w->load->seconds)
            w->left = 0;
        turn(w, fds);
    }
    for (int i = 0; i < w->n; i++) {
        if (w->all[i].fd >= 0)
            close(w->all[i].fd);
        free(w->all[i].text);
    }
    return NULL;
}

static void
make_request(Load *load, const char *path, const char *file, const char *type)
{
    FILE *f = strcmp(file, "-") ? fopen(file, "rb") : NULL;
    char *body = malloc(REPLY);
    size_t n = f ? fread(body, 1, REPLY, f) : 0;

    load->request = malloc(n + 1000);
    load->n_request = (size_t)snprintf(load->request, 1000, f
        ? "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n"
        : "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path, type, n);
    memcpy(load->request + load->n_request, body, n);
    load->n_request += n;
    free(body);
    if (f)
        fclose(f);
}

static int
compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

static void
report(Worker *all, const Load *load, double seconds)
{
    long n = 0, sum[5] = {0}, k = 0;
    float *times;
    Worker total = {0};

    for (int t = 0; t < load->threads; t++)
        n += all[t].n_times;
    times = malloc(((size_t)n + 1) * sizeof *times);
    for (int t = 0; t < load->threads; t++) {
        Worker *w = &all[t];

        memcpy(times + k, w->times, (size_t)w->n_times * sizeof *times);
        k += w->n_times;
        sum[0] += w->ok, sum[1] += w->errors, sum[2] += w->lost, sum[3] += w->connects;
        sum[4] += w->refused;
        for (int i = 0; i < VERSIONS && w->versions[i].n; i++)
            for (int j = 0; j < VERSIONS; j++)
                if (!total.versions[j].n || !strcmp(total.versions[j].name, w->versions[i].name)) {
                    strcpy(total.versions[j].name, w->versions[i].name);
                    total.versions[j].n += w->versions[i].n;
                    break;
                }
    }
    qsort(times, (size_t)n, sizeof *times, compare);
    printf("{\"ok\":%ld,\"errors\":%ld,\"lost\":%ld,\"connects\":%ld,\"refused\":%ld", sum[0],
           sum[1], sum[2], sum[3], sum[4]);
    printf(",\"seconds\":%.3f,\"rate\":%.0f,\"p50\":%.6f,\"p99\":%.6f,\"max\":%.6f,\"versions\":{",
           seconds, n / seconds, n ? times[n / 2] : 0, n ? times[n * 99 / 100] : 0,
           n ? times[n - 1] : 0);
    for (int i = 0; i < VERSIONS && total.versions[i].n; i++)
        printf("%s\"%s\":%ld", i ? "," : "", total.versions[i].name, total.versions[i].n);
    printf("}}\n");
    free(times);
}

int
main(int argc, char **argv)
{
    Load load = {.connections = 8, .threads = 2, .requests = 1000};
    const char *type = "application/json";
    Worker *all;
    double began;

    if (argc < 4)
        return fprintf(stderr, "http_load PORT PATH FILE [key=value ...]\n"), 2;
    load.port = atoi(argv[1]);
    for (int i = 4; i < argc; i++) {
        const char *v = strchr(argv[i], '=') ? strchr(argv[i], '=') + 1 : "";

        switch (argv[i][0]) {
        case 'c': load.connections = atoi(v); break;
        case 't': if (argv[i][1] == 'h') load.threads = atoi(v); else type = v; break;
        case 'r': if (argv[i][1] == 'a') load.rate = atof(v); else load.requests = atol(v); break;
        case 's': load.seconds = atof(v), load.requests = 10000000; break;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    make_request(&load, argv[2], argv[3], type);
    all = calloc((size_t)load.threads, sizeof *all);
    began = now();
    for (int t = 0; t < load.threads; t++) {
        all[t].load = &load;
        all[t].n = load.connections / load.threads;
        all[t].left = load.requests / load.threads;
        all[t].times = malloc(((size_t)all[t].left + MOST) * sizeof *all[t].times);
        pthread_create(&all[t].thread, NULL, run, &all[t]);
    }
    for (int t = 0; t < load.threads; t++)
        pthread_join(all[t].thread, NULL);
    report(all, &load, now() - began);
    for (int t = 0; t < load.threads; t++)
        free(all[t].times);
    free(all);
    free(load.request);
    return 0;
}
