/* array_builder.c -- see array_builder.h */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array/array_builder.h"
#include "array/array_reader.h"
#include "os/sys.h"

struct ArrayBuilder {
    int fd;
    ArrayType type;
    int64_t columns, rows;
    char folder[PATH_MAX];
};

/* Opens a file without a name; on a file system without O_TMPFILE one whose name is removed
 * at once.  -1 and errno. */
static int
open_nameless(const char *folder)
{
    char path[PATH_MAX + 32];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    snprintf(path, sizeof path, "%s/array-XXXXXX", folder);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

int
array_builder_new(ArrayBuilder **out, const char *folder, ArrayType type, int64_t columns,
                Err *err)
{
    ArrayBuilder *b;

    if (columns < 0 || columns > INT64_MAX / 64)
        return err_set(err, ERR_INVAL, "%lld columns are out of range", (long long)columns);
    b = calloc(1, sizeof *b);
    if (!b)
        return err_nomem(err);
    b->type = type;
    b->columns = columns;
    snprintf(b->folder, sizeof b->folder, "%s", folder);
    b->fd = open_nameless(folder);
    if (b->fd < 0) {
        err_set(err, ERR_IO, "%s: %s", folder, strerror(errno));
        free(b);
        return err->code;
    }
    *out = b;
    return OK;
}

void
array_builder_free(ArrayBuilder *b)
{
    if (!b)
        return;
    if (b->fd >= 0)
        close(b->fd);
    free(b);
}

/* How many rows of the builder the array is; -1 after an error. */
static int64_t
check_rows(const ArrayBuilder *b, const Array *rows, Err *err)
{
    int64_t last = rows->shape[rows->ndim - 1];

    if (b->fd < 0) {
        err_set(err, ERR_INVAL, "the builder is finished");
        return -1;
    }
    if (b->columns == 0 && rows->ndim == 1)
        return last;
    if (b->columns && rows->ndim <= 2 && last == b->columns)
        return rows->ndim == 1 ? 1 : rows->shape[0];
    if (b->columns)
        err_set(err, ERR_INVAL, "the builder has %lld columns, found %lld (%d axes)",
                (long long)b->columns, (long long)last, rows->ndim);
    else
        err_set(err, ERR_INVAL, "the builder holds a vector, found %d axes", rows->ndim);
    return -1;
}

static int
write_elements(const ArrayBuilder *b, const Array *a, Err *err)
{
    const void *at;
    size_t n;
    Reader r;
    int rc = OK;

    if (array_contiguous(a))
        return sys_write(b->fd, a->data, (size_t)array_bytes(a), b->folder, err);
    reader_init(&r, a, a->type);
    while (rc == OK && (at = reader_next(&r, &n)))
        rc = sys_write(b->fd, at, n * array_size(a->type), b->folder, err);
    return rc;
}

int
array_builder_append(ArrayBuilder *b, const Array *rows, Err *err)
{
    Array *own = NULL;
    int64_t more = check_rows(b, rows, err), all;
    int rc = OK;

    if (more < 0)
        return err->code;
    if (__builtin_add_overflow(b->rows, more, &all)
        || all > INT64_MAX / 64 / (b->columns ? b->columns : 1))
        return err_set(err, ERR_INVAL, "the array is too large");
    if (rows->type != b->type && (rc = array_astype(&own, rows, b->type, err)))
        return rc;
    rc = write_elements(b, own ? own : rows, err);
    array_free(own);
    if (rc == OK) {
        b->rows = all;
        return OK;
    }
    /* a part may have been written: later rows would be out of place */
    close(b->fd);
    b->fd = -1;
    return rc;
}

int64_t
array_builder_rows(const ArrayBuilder *b)
{
    return b->rows;
}

int
array_builder_finish(ArrayBuilder *b, Array **out, Err *err)
{
    int64_t shape[2] = {b->rows, b->columns};
    int ndim = b->columns ? 2 : 1, rc = OK;
    Array like = {.type = b->type, .ndim = ndim};
    size_t len = (size_t)b->rows * (size_t)(b->columns ? b->columns : 1) * array_size(b->type);
    void *base;

    if (b->fd < 0)
        return err_set(err, ERR_INVAL, "the builder is finished");
    if (len == 0) {
        rc = array_new(out, b->type, ndim, shape, err);
    } else {
        base = mmap(NULL, len, PROT_READ, MAP_SHARED, b->fd, 0);
        if (base == MAP_FAILED)
            return err_set(err, ERR_IO, "%s: %s", b->folder, strerror(errno));
        memcpy(like.shape, shape, sizeof shape);
        /* row-major, as array_new would have it */
        like.stride[ndim - 1] = (int64_t)array_size(b->type);
        if (ndim == 2)
            like.stride[0] = b->columns * like.stride[1];
        rc = array_adopt(out, &like, base, len, 0, err);
    }
    close(b->fd);
    b->fd = -1;
    return rc;
}
