/* array_transposed.c -- see array_transposed.h
 *
 * The elements in row-major order of the view, columns of what lies in memory, are cut into blocks
 * of PAIRWISE_BLOCK, which begin at another row in each column:
 *
 *     column    0          1          2
 *               block 0    rest of 1  rest of 3
 *               block 1    block 2    block 4
 *               ...        block 3    ...
 *
 * A strip of columns advances row by row; each has its eight running sums, where that of row r is
 * at r % SUMS, whatever row its block began at.  A block that ends gives its sum and leaves zeros.
 * The end of a column's last block is at the head of the next column, which is therefore added
 * later, one column after the other, when all before it is known.  Every sum has the operations
 * of array_pairwise_row in their order. */
#include <stdlib.h>
#include <string.h>

#include "array/array_reader.h"
#include "array/array_transposed.h"
#include "base/interrupt.h"

enum {
    SUMS = PAIRWISE_SUMS,
    BLOCK = PAIRWISE_BLOCK,
    STRIP = 1024,               /* columns at a time: their sums stay in the cache */
    PITCH = STRIP + SUMS,       /* not a page, or all sums of a column fall on one cache set */
    CHUNKS = BLOCK / SUMS,      /* rows are added SUMS at a time */
    FEW_ROWS = 512,             /* which stay in the cache until the next column */
    FEW_COLUMNS = 8
};

typedef struct Matrix {
    const unsigned char *data;
    int64_t rows, columns, stride;      /* from one row to the next */
} Matrix;

/* Columns of a strip in which a block ends within the same chunk, of every CHUNKS. */
typedef struct Ends {
    int column[STRIP], after[STRIP];    /* that many rows of the chunk belong to the block */
    int start[CHUNKS + 1];
} Ends;

typedef struct Strip {
    int64_t first;              /* column, and how many */
    int n;
    int head[STRIP];            /* rows of a block that began in the column before */
    int64_t done[STRIP];        /* blocks of each column */
    double s[SUMS][PITCH], kept[STRIP][SUMS];
    double *block;              /* room for `most` of each column */
    size_t most;
    Ends ends;
} Strip;

/* A block that is not complete: its running sums, and how many elements it has. */
typedef struct Open {
    double s[SUMS];
    int n;
} Open;

static double
element(const Matrix *m, int64_t row, int64_t column)
{
    return ((const double *)(const void *)(m->data + row * m->stride))[column];
}

static double
join(const double *s, int first)
{
    double t[SUMS];

    for (int k = 0; k < SUMS; k++)
        t[k] = s[(k + first) % SUMS];
    return ((t[0] + t[1]) + (t[2] + t[3])) + ((t[4] + t[5]) + (t[6] + t[7]));
}

/* Sorts the columns by the chunk in which their blocks end. */
static void
set_ends(Ends *e, const Strip *x)
{
    int at[CHUNKS] = {0}, sum = 0;

    for (int j = 0; j < x->n; j++)
        at[(x->head[j] + BLOCK - 1) % BLOCK / SUMS]++;
    for (int c = 0; c < CHUNKS; c++) {
        e->start[c] = sum;
        sum += at[c];
        at[c] = e->start[c];
    }
    e->start[CHUNKS] = sum;
    for (int j = 0; j < x->n; j++) {
        int last = (x->head[j] + BLOCK - 1) % BLOCK, to = at[last / SUMS]++;

        e->column[to] = j;
        e->after[to] = last % SUMS + 1;
    }
}

static void
strip_begin(Strip *x, const Matrix *m, int64_t first)
{
    int64_t left = m->columns - first;

    x->first = first;
    x->n = (int)(left < STRIP ? left : STRIP);
    for (int j = 0; j < x->n; j++) {
        int over = (int)(((first + j) % BLOCK) * (m->rows % BLOCK) % BLOCK);

        x->head[j] = over ? BLOCK - over : 0;
        x->done[j] = 0;
    }
    memset(x->s, 0, sizeof x->s);
    set_ends(&x->ends, x);
}

/* Keeps the sums of columns in which a block ends within the chunk, before that is added. */
static void
keep_sums(Strip *x, int chunk)
{
    for (int i = x->ends.start[chunk]; i < x->ends.start[chunk + 1]; i++)
        for (int k = 0; k < SUMS && x->ends.after[i] < SUMS; k++)
            x->kept[i][k] = x->s[k][x->ends.column[i]];
}

/* Takes from a column, after a chunk of rows was added, the sums of the block that ends there,
 * before `after` of SUMS rows. */
static void
take_sums(Strip *x, const Matrix *m, int64_t row, int i, double s[SUMS])
{
    int j = x->ends.column[i], after = x->ends.after[i];
    const unsigned char *at = m->data + row * m->stride + (x->first + j) * (int64_t)sizeof *s;

    for (int k = 0; after == SUMS && k < SUMS; k++) {
        s[k] = x->s[k][j];
        x->s[k][j] = 0;
    }
    for (int k = 0; after < SUMS && k < SUMS; k++, at += m->stride) {
        double v = row + k < m->rows ? *(const double *)(const void *)at : 0;

        s[k] = k < after ? x->kept[i][k] + v : x->kept[i][k];
        x->s[k][j] = k < after ? 0 : 0 + v;
    }
}

/* The sums of the blocks that end in a chunk of rows, which was added. */
static void
end_blocks(Strip *x, const Matrix *m, int64_t row, int rows)
{
    int chunk = (int)(row / SUMS % CHUNKS);

    for (int i = x->ends.start[chunk]; i < x->ends.start[chunk + 1]; i++) {
        int j = x->ends.column[i];
        double s[SUMS];

        if (x->ends.after[i] > rows)
            continue;
        take_sums(x, m, row, i, s);
        if (row + x->ends.after[i] != x->head[j])   /* else it began in the column before */
            x->block[(size_t)j * x->most + (size_t)x->done[j]++] = join(s, x->head[j] % SUMS);
    }
}

/* Adds SUMS rows, all at once: as many lines of memory are on their way together. */
static void
add_chunk(double (*restrict s)[PITCH], const unsigned char *at, int64_t stride, int n)
{
    const double *x[SUMS];

    for (int k = 0; k < SUMS; k++)
        x[k] = (const double *)(const void *)(at + k * stride);
    for (int j = 0; j < n; j++) {
        s[0][j] += x[0][j];
        s[1][j] += x[1][j];
        s[2][j] += x[2][j];
        s[3][j] += x[3][j];
        s[4][j] += x[4][j];
        s[5][j] += x[5][j];
        s[6][j] += x[6][j];
        s[7][j] += x[7][j];
    }
}

static void
strip_add(Strip *x, const Matrix *m)
{
    for (int64_t row = 0; row < m->rows; row += SUMS) {
        int rows = (int)(m->rows - row < SUMS ? m->rows - row : SUMS);
        const unsigned char *at = m->data + row * m->stride
                                  + x->first * (int64_t)sizeof(double);

        keep_sums(x, (int)(row / SUMS % CHUNKS));
        if (rows == SUMS)
            add_chunk(x->s, at, m->stride, x->n);
        else
            for (int k = 0; k < rows; k++, at += m->stride)
                for (int j = 0; j < x->n; j++)
                    x->s[k][j] += ((const double *)(const void *)at)[j];
        end_blocks(x, m, row, rows);
    }
}

/* Joins what a column has to the sums of all before it. */
static void
join_column(Pairwise *p, Open *open, const Strip *x, const Matrix *m, int j)
{
    const double *block = x->block + (size_t)j * x->most;
    int head = x->head[j];

    for (int r = 0; r < head; r++)
        open->s[(open->n + r) % SUMS] += element(m, r, x->first + j);
    if (head)
        array_pairwise_join(p, join(open->s, 0));
    for (int64_t b = 0; b < x->done[j]; b++)
        array_pairwise_join(p, block[b]);
    open->n = (int)((m->rows - head) % BLOCK);
    for (int k = 0; k < SUMS; k++)
        open->s[k] = x->s[(k + head) % SUMS][j];
}

/* The last elements, which do not fill a block. */
static void
feed_rest(Pairwise *p, const Open *open, const Matrix *m)
{
    double rest[BLOCK];

    for (int i = 0; i < open->n; i++)
        rest[i] = element(m, m->rows - open->n + i, m->columns - 1);
    array_pairwise_feed(p, rest, (size_t)open->n);
}

int
array_transposed_fits(const Array *a)
{
    Cursor c;

    cursor_init(&c, a);
    return a->type == ARRAY_F64 && c.ndim == 2 && c.stride[0] == (int64_t)sizeof(double)
           && c.stride[1] > c.stride[0] && c.shape[0] >= FEW_COLUMNS && c.shape[1] >= FEW_ROWS;
}

int
array_transposed_sum(Pairwise *p, const Array *a, Err *err)
{
    Strip *x = malloc(sizeof *x);
    Open open = {.n = 0};
    int rc = OK;
    Matrix m;
    Cursor c;

    cursor_init(&c, a);
    m = (Matrix){a->data, c.shape[1], c.shape[0], c.stride[1]};
    if (!x)
        return err_nomem(err);
    x->most = (size_t)(m.rows / BLOCK + 1);
    x->block = malloc(x->most * (size_t)(m.columns < STRIP ? m.columns : STRIP) * sizeof(double));
    if (!x->block)
        rc = err_nomem(err);
    for (int64_t first = 0; rc == OK && first < m.columns; first += x->n) {
        strip_begin(x, &m, first);
        strip_add(x, &m);
        for (int j = 0; j < x->n; j++)
            join_column(p, &open, x, &m, j);
        if (interrupt_poll(err))
            rc = ERR_CANCELLED;
    }
    if (rc == OK)
        feed_rest(p, &open, &m);
    free(x->block);
    free(x);
    return rc;
}
