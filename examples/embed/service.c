/* service.c -- an HTTP service that answers by the version of a model that is in production.
 *
 *     cc -std=c11 -Wall -Wextra -Wpedantic service.c -o service \
 *        $(pkg-config --cflags --libs rille libmicrohttpd) -lm
 *     ./service barolo.lua .rille 8080
 *
 *     curl 127.0.0.1:8080/predict -d '{"alcohol": 13.2, "flavanoids": 2.76,
 *          "color_intensity": 4.38, "proline": 1050}'      -> {"barolo": 0.906, "version": 1}
 *     curl 127.0.0.1:8080/batch -d '[{"alcohol": 13.2, ...}, ...]'       as a run, with a record
 *     rille model promote barolo --back        the next answer is by that version
 *
 * At start the pipeline "training" runs; it is cached unless something has changed.  /predict
 * reads the weights of a version once and starts no Lua, /batch runs the pipeline "inference".
 * Ctrl-C ends the service, also while it trains.  It is one thread, as an engine belongs to one:
 * for more cores start more processes, which may share the store. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <math.h>
#include <microhttpd.h>
#include <rille.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_BODY = 1 << 20 };
static const char NO_VERSION[] = "{\"message\": \"no version is in production\"}\n";

typedef struct Service {
    rille_engine *engine;
    rille_values *weights;          /* of the version in production, by name */
    int version;                    /* its number; 0: none yet */
} Service;

typedef struct Request {
    size_t length;
    char body[LONGEST_BODY + 1];
} Request;

static rille_engine *engine;        /* for the signal handler */
static volatile sig_atomic_t stopped;

static void
stop(int sig)
{
    (void)sig;
    stopped = 1;
    rille_interrupt(engine);
}

/* Called before each answer, so that a promotion by another process counts at once. */
static int
take_promoted(Service *s)
{
    rille_artifact *a = NULL;
    rille_model *m;
    const char *json;
    int rc = rille_find_model(&m, s->engine, "barolo", "production");

    if (!rc && rille_model_number(m) != s->version) {
        rille_values_free(s->weights);
        s->weights = rille_values_new(s->engine);
        s->version = 0;
        if (!(rc = rille_model_artifact(&a, m, "weights"))
            && !(rc = rille_get_json(rille_artifact_value(a), NULL, &json))
            && !(rc = rille_put_json(s->weights, NULL, json)))
            s->version = (int)rille_model_number(m);
    }
    rille_artifact_free(a);
    rille_model_free(m);
    return rc;
}

static enum MHD_Result
reply(struct MHD_Connection *connection, unsigned status, const char *fmt, ...)
{
    struct MHD_Response *response;
    enum MHD_Result result;
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    va_list ap;

    if (!f)
        return MHD_NO;
    va_start(ap, fmt);
    vfprintf(f, fmt, ap);
    va_end(ap);
    if (fclose(f))
        return MHD_NO;
    response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(response, "Content-Type", "application/json");
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* The engine's error, under the status of HTTP that says whose mistake it is. */
static enum MHD_Result
refuse(struct MHD_Connection *connection, const Service *s, int rc)
{
    unsigned status = rc == RILLE_EINVAL || rc == RILLE_ETYPE || rc == RILLE_EPARAM
                              || rc == RILLE_ENOTFOUND ? 400
                      : rc == RILLE_ESTEP ? 422
                      : rc == RILLE_EBUSY || rc == RILLE_ECANCELLED || rc == RILLE_ELIMIT ? 503
                      : 500;

    return reply(connection, status, "%s\n", rille_errjson(s->engine));
}

static enum MHD_Result
predict(struct MHD_Connection *connection, const Service *s, const char *body)
{
    rille_values *wine = rille_values_new(s->engine);
    const char *const *names;
    double weight, figure, sum = 0;
    size_t n = 0, i;
    int rc;

    if (!(rc = rille_put_json(wine, NULL, body)))
        rc = rille_names(s->weights, &names, &n);
    for (i = 0; i < n && !rc; i++) {
        figure = 1;
        rc = rille_get_number(s->weights, names[i], &weight);
        if (!rc && strcmp(names[i], "intercept"))
            rc = rille_get_number(wine, names[i], &figure);
        sum += weight * figure;
    }
    rille_values_free(wine);
    return rc ? refuse(connection, s, rc)
              : reply(connection, 200, "{\"barolo\": %.3g, \"version\": %d}\n",
                      1 / (1 + exp(-sum)), s->version);
}

static enum MHD_Result
batch(struct MHD_Connection *connection, const Service *s, const char *body)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    enum MHD_Result result;
    rille_run *run = NULL;
    const char *json;
    int rc;

    how.args = rille_values_new(s->engine);
    how.timeout = 10;
    if ((rc = rille_put_json(how.args, "wines", body))
        || (rc = rille_run_pipeline(&run, s->engine, "inference", &how))
        || (rc = rille_get_json(rille_run_outputs(run), "predict.barolo", &json)))
        result = refuse(connection, s, rc);
    else
        result = reply(connection, 200, "{\"barolo\": %s, \"version\": %d, \"run\": \"%s\"}\n",
                       json, s->version, rille_run_name(run));
    rille_run_free(run);
    rille_values_free(how.args);
    return result;
}

static enum MHD_Result
answer(struct MHD_Connection *connection, Service *s, const char *url, const char *method,
       const Request *request)
{
    int one = !strcmp(url, "/predict"), rc;

    if (!one && strcmp(url, "/batch"))
        return reply(connection, 404, "{\"message\": \"there are /predict and /batch\"}\n");
    if (strcmp(method, "POST"))
        return reply(connection, 405, "{\"message\": \"use POST\"}\n");
    if (request->length > LONGEST_BODY)
        return reply(connection, 413, "{\"message\": \"at most %d bytes\"}\n", LONGEST_BODY);
    if ((rc = take_promoted(s)))
        return reply(connection, 503, "%s",
                     rc == RILLE_ENOTFOUND ? NO_VERSION : rille_errjson(s->engine));
    return one ? predict(connection, s, request->body) : batch(connection, s, request->body);
}

/* libmicrohttpd calls it when a request begins, for each part of its body, and at its end. */
static enum MHD_Result
receive(void *service, struct MHD_Connection *connection, const char *url, const char *method,
        const char *http, const char *data, size_t *size, void **state)
{
    Request *request = *state;

    (void)http;
    if (!request) {
        *state = request = malloc(sizeof *request);
        if (request)
            request->length = 0, request->body[0] = 0;
        return request ? MHD_YES : MHD_NO;
    }
    if (*size == 0)
        return answer(connection, service, url, method, request);
    if (request->length + *size <= LONGEST_BODY) {
        memcpy(request->body + request->length, data, *size);
        request->body[request->length + *size] = 0;
    }
    request->length += *size;       /* past LONGEST_BODY: refused at the end */
    *size = 0;
    return MHD_YES;
}

static void
forget(void *service, struct MHD_Connection *connection, void **state,
       enum MHD_RequestTerminationCode code)
{
    (void)service, (void)connection, (void)code;
    free(*state);
}

static int
serve(Service *s, int port)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, receive, s, MHD_OPTION_SOCK_ADDR, &here,
                         MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);

    if (!daemon) {
        fprintf(stderr, "service: port %d is in use\n", port);
        return 1;
    }
    fprintf(stderr, "service: listening on port %d\n",
            MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    while (!stopped)
        MHD_run_wait(daemon, 1000);
    MHD_stop_daemon(daemon);
    return 0;
}

int
main(int argc, char **argv)
{
    Service s = {0};
    rille_run *run = NULL;
    int rc = -1;

    if (argc != 4) {
        fprintf(stderr, "usage: service SCRIPT STORE PORT\n");
        return 2;
    }
    if (!rille_open(&engine, argv[2], NULL)) {
        signal(SIGINT, stop);
        signal(SIGTERM, stop);
        if (!(rc = rille_load_file(engine, argv[1])))
            rc = rille_run_pipeline(&run, engine, "training", NULL);
    }
    rille_run_free(run);
    s.engine = engine;
    if (!rc)
        rc = serve(&s, atoi(argv[3]));
    else if (!stopped)
        fprintf(stderr, "service: %s\n", rille_errmsg(engine));
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    rille_values_free(s.weights);
    rille_close(engine);
    return rc && !stopped;
}
