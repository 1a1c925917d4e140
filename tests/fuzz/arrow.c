/* arrow.c -- frames by the Arrow C data interface, made of the input.
 *
 *     input   ROWS OFFSET CHILDREN NULLS, then of each column FORMAT ROWS OFFSET NULLS BUFFERS
 *             FLAGS and SEED... for its buffers; a dictionary is another column
 * A byte is a number below FEW, or one that no honest producer writes.  The interface does not
 * say how long buffers are, so here they always are as long as the numbers promise; whatever else
 * the structs say may be wrong. */
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"
#include "library/arrow_abi.h"
#include "rille.h"

enum { FEW = 40, ROWS = 4 * FEW, SIZE = 16 * ROWS, COLUMNS = 4, SLOTS = FEW + 1, SEED = 16 };

static const char *const FORMATS[] = {
    "b", "c", "C", "s", "S", "i", "I", "l", "L", "e", "f", "g", "n", "u", "U", "vu", "tdD", "tdm",
    "tss:", "tsm:UTC", "tsu:", "tsn:", "+s", "", "z", "w:4",
};

enum { N_FORMATS = sizeof FORMATS / sizeof *FORMATS };

typedef struct Input {
    const uint8_t *p, *end;
} Input;

typedef struct Column {
    struct ArrowSchema schema;
    struct ArrowArray array;
    const void *buffers[SLOTS];
    unsigned char bytes[SIZE], validity[ROWS / 8];
    int64_t offsets[ROWS + 1], sizes[SLOTS];
    int32_t short_offsets[ROWS + 1];
} Column;

typedef struct Frame {
    struct ArrowSchema schema, *schemas[COLUMNS];
    struct ArrowArray array, *arrays[COLUMNS];
    const void *validity[1];
    Column columns[COLUMNS], dictionaries[COLUMNS];
} Frame;

static void release_schema(struct ArrowSchema *s) { s->release = NULL; }
static void release_array(struct ArrowArray *a) { a->release = NULL; }

static uint8_t
byte(Input *in)
{
    return in->p < in->end ? *in->p++ : 0;
}

/* Numbers past those of an honest producer are so far off that they can be told. */
static int64_t
number(Input *in)
{
    static const int64_t odd[] = {-1, -2, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1, INT64_MAX / 8};
    uint8_t b = byte(in);

    return b < 0xf0 ? b % FEW : odd[b % 6];
}

static void
fill(Column *c, Input *in)
{
    uint8_t seed[SEED];
    int64_t at = 0;

    for (int i = 0; i < SEED; i++)
        seed[i] = byte(in);
    for (int i = 0; i < SIZE; i++)
        c->bytes[i] = seed[i % SEED];
    memset(c->validity, seed[0] | seed[1], sizeof c->validity);
    for (int i = 0; i <= ROWS; i++) {
        uint8_t step = seed[i % SEED];

        c->offsets[i] = step == 0xff ? -at : at;
        c->short_offsets[i] = (int32_t)c->offsets[i];
        at += step % 9;
    }
    for (int i = 0; i < SLOTS; i++)
        c->sizes[i] = seed[i % SEED] * 10;
}

/* Buffers of the right kind for the format. */
static void
point(Column *c, uint8_t flags)
{
    const char *format = c->schema.format;
    int64_t n = c->array.n_buffers;

    for (int i = 0; i < SLOTS; i++)
        c->buffers[i] = c->bytes;
    c->buffers[0] = flags & 1 ? c->validity : NULL;
    if (strcmp(format, "u") == 0)
        c->buffers[1] = c->short_offsets;
    if (strcmp(format, "U") == 0)
        c->buffers[1] = c->offsets;
    if (strcmp(format, "vu") == 0 && n > 2 && n < SLOTS)
        c->buffers[n - 1] = c->sizes;
    if (flags & 2)
        c->buffers[1] = NULL;
    if (flags & 4)
        c->buffers[2] = NULL;
    c->array.buffers = flags & 8 ? NULL : c->buffers;
}

static void
make_column(Column *c, Input *in, int letter)
{
    static const char *const names[] = {"a", "b", "c", "d", "a", "\xff", "", NULL};
    static const int usual[] = {['b'] = 2, ['u'] = 3, ['U'] = 3, ['v'] = 4, ['n'] = 0};
    const char *format = FORMATS[byte(in) % N_FORMATS];
    uint8_t flags;

    c->schema = (struct ArrowSchema){.format = format, .release = release_schema};
    c->array = (struct ArrowArray){.release = release_array};
    c->array.length = number(in);
    c->array.offset = number(in);
    c->array.null_count = number(in) - 1;
    c->array.n_buffers = number(in);
    flags = byte(in);
    if (c->array.n_buffers == 0)
        c->array.n_buffers = (size_t)format[0] < sizeof usual / sizeof *usual && usual[(int)*format]
                                 ? usual[(int)*format] : format[0] == 'n' ? 0 : 2;
    fill(c, in);
    point(c, flags);
    c->schema.name = flags & 0x80 ? names[byte(in) % 8] : names[letter];
    if (flags & 0x40)
        c->array.release = NULL;
}

static void
make(Frame *f, Input *in)
{
    int64_t n;

    f->schema = (struct ArrowSchema){.format = "+s", .children = f->schemas,
                                     .release = release_schema};
    f->array = (struct ArrowArray){.length = number(in), .offset = number(in), .n_buffers = 1,
                                   .buffers = f->validity, .children = f->arrays,
                                   .release = release_array};
    n = number(in);
    f->schema.n_children = f->array.n_children = n > 0 && n < FEW ? n % (COLUMNS + 1) : n;
    f->array.null_count = number(in) - 1;
    for (int i = 0; i < COLUMNS; i++) {
        Column *c = &f->columns[i];

        make_column(c, in, i);
        f->schemas[i] = &c->schema;
        f->arrays[i] = &c->array;
        if (byte(in) & 1) {
            make_column(&f->dictionaries[i], in, i);
            c->schema.dictionary = &f->dictionaries[i].schema;
            c->array.dictionary = &f->dictionaries[i].array;
        }
    }
}

/* What went in comes out, and that goes in again as the same. */
static void
go_round(rille_values *v, rille_engine *e)
{
    struct ArrowSchema s;
    struct ArrowArray a;
    const char *json, *again;

    if (rille_get_json(v, "f", &json)) {
        MUST(strstr(rille_errmsg(e), "inf"));       /* that has no JSON */
        return;
    }
    MUST(rille_get_arrow(v, "f", &s, &a) == RILLE_OK);
    MUST(rille_put_arrow(v, "g", &s, &a) == RILLE_OK && !s.release && !a.release);
    MUST(rille_get_json(v, "g", &again) == RILLE_OK && strcmp(json, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input in = {data, data + size};
    Frame *f = calloc(1, sizeof *f);
    rille_engine *e;
    rille_values *v;

    MUST(f && rille_open(&e, "arrow.rille", NULL) == RILLE_OK);
    v = rille_values_new(e);
    make(f, &in);
    if (rille_put_arrow(v, "f", &f->schema, &f->array) == RILLE_OK) {
        MUST(!f->schema.release && !f->array.release);
        go_round(v, e);
    } else {
        MUST(rille_errmsg(e)[0] && rille_errcode(e) < 0);
        MUST(f->schema.release && f->array.release);
    }
    rille_values_free(v);
    rille_close(e);
    free(f);
    return 0;
}
