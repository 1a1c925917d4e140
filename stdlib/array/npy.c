/* npy.c -- see npy.h */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array/array_reader.h"
#include "array/npy.h"
#include "array/npy_dtype.h"
#include "os/output_file.h"
#include "os/sys.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "arrays are kept and written little endian"
#endif

enum {
    MAGIC = 6, PREFIX_1 = 10, PREFIX_2 = 12,
    MAX_HEADER = 65536,         /* NumPy's own headers are below 200 bytes */
    ALIGN = 64,
    PIECE = 1 << 20
};

static const char magic[] = "\x93NUMPY";

/* The text of a header and where we are in it. */
typedef struct Text {
    const char *at, *end;
    const char *name;
    Err *err;
} Text;

typedef struct Header {
    Array like;                 /* type, shape, strides; no memory */
    NpyDtype dtype;             /* in the file */
    size_t data;                /* where the elements begin */
    size_t bytes;               /* of the elements, in the file */
} Header;

/* A header before its order is known. */
typedef struct Fields {
    NpyDtype dtype;
    int has_descr, has_order, has_shape;
    int fortran, ndim;
    int64_t shape[ARRAY_MAXDIM];
} Fields;

static const char *const descr[] = {"|b1", "|u1", "<i4", "<i8", "<f4", "<f8"};

static int
bad(const char *name, Err *err, const char *what)
{
    return err_set(err, ERR_CORRUPT, "%s: %s", name, what);
}

static void
skip_space(Text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\t' || *t->at == '\n'))
        t->at++;
}

/* Takes c, after spaces; whether it was there. */
static int
take(Text *t, char c)
{
    skip_space(t);
    if (t->at == t->end || *t->at != c)
        return 0;
    t->at++;
    return 1;
}

static int
take_word(Text *t, const char *word)
{
    size_t n = strlen(word);

    skip_space(t);
    if ((size_t)(t->end - t->at) < n || memcmp(t->at, word, n) != 0)
        return 0;
    t->at += n;
    return 1;
}

/* A string in single or double quotes, without escapes. */
static int
read_string(Text *t, char *out, size_t size)
{
    size_t n = 0;
    char quote;

    skip_space(t);
    if (t->at == t->end || (*t->at != '\'' && *t->at != '"'))
        return bad(t->name, t->err, "bad .npy header: expected a string");
    quote = *t->at++;
    while (t->at < t->end && *t->at != quote && n + 1 < size)
        out[n++] = *t->at++;
    out[n] = 0;
    if (t->at == t->end || *t->at != quote)
        return bad(t->name, t->err, "bad .npy header: a string does not end");
    t->at++;
    return OK;
}

static int
read_size(Text *t, int64_t *out)
{
    int64_t v = 0;
    int digits = 0;

    skip_space(t);
    for (; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++, digits++)
        if (__builtin_mul_overflow(v, 10, &v)
            || __builtin_add_overflow(v, *t->at - '0', &v))
            return bad(t->name, t->err, "bad .npy header: the shape is too large");
    if (!digits)
        return bad(t->name, t->err, "bad .npy header: the shape is not a tuple of sizes");
    *out = v;
    return OK;
}

/* (), (3,), (3, 4) */
static int
read_shape(Text *t, Fields *f)
{
    int rc;

    if (!take(t, '('))
        return bad(t->name, t->err, "bad .npy header: the shape is not a tuple of sizes");
    while (!take(t, ')')) {
        if (f->ndim == ARRAY_MAXDIM)
            return err_set(t->err, ERR_CORRUPT, "%s: more than %d axes", t->name,
                           ARRAY_MAXDIM);
        if ((rc = read_size(t, &f->shape[f->ndim])))
            return rc;
        f->ndim++;
        if (take(t, ','))
            continue;
        if (take(t, ')'))
            break;
        return bad(t->name, t->err, "bad .npy header: the shape is not a tuple of sizes");
    }
    if (f->ndim == 0)
        f->shape[f->ndim++] = 1;
    return OK;
}

static int
read_descr(Text *t, Fields *f)
{
    char s[64];
    int rc;

    skip_space(t);
    if (t->at < t->end && *t->at == '[')
        return err_set(t->err, ERR_TYPE, "%s holds records, not numbers; read it with array.load",
                       t->name);
    if ((rc = read_string(t, s, sizeof s)) || (rc = npy_dtype_parse(s, &f->dtype, t->name, t->err)))
        return rc;
    if (strchr("SUM", f->dtype.kind))
        return err_set(t->err, ERR_TYPE, "%s: elements of type '%s' are not numbers; read "
                       "the file with array.load", t->name, s);
    return OK;
}

static int
read_order(Text *t, Fields *f)
{
    if (take_word(t, "True"))
        f->fortran = 1;
    else if (!take_word(t, "False"))
        return bad(t->name, t->err, "bad .npy header: fortran_order is not True or False");
    return OK;
}

static int
read_field(Text *t, Fields *f)
{
    char key[32];
    int rc = read_string(t, key, sizeof key);

    if (rc)
        return rc;
    if (!take(t, ':'))
        return bad(t->name, t->err, "bad .npy header: ':' is expected");
    if (strcmp(key, "descr") == 0 && !f->has_descr++)
        return read_descr(t, f);
    if (strcmp(key, "fortran_order") == 0 && !f->has_order++)
        return read_order(t, f);
    if (strcmp(key, "shape") == 0 && !f->has_shape++)
        return read_shape(t, f);
    return err_set(t->err, ERR_CORRUPT, "%s: bad .npy header: unexpected key", t->name);
}

static int
read_fields(Text *t, Fields *f)
{
    int rc;

    memset(f, 0, sizeof *f);
    if (t->at == t->end || t->end[-1] != '\n')
        return bad(t->name, t->err, "bad .npy header: it does not end in a newline");
    if (!take(t, '{'))
        return bad(t->name, t->err, "bad .npy header: '{' is expected");
    while (!take(t, '}')) {
        if ((rc = read_field(t, f)))
            return rc;
        if (take(t, ','))
            continue;
        if (take(t, '}'))
            break;
        return bad(t->name, t->err, "bad .npy header: ',' or '}' is expected");
    }
    skip_space(t);
    if (t->at != t->end)
        return bad(t->name, t->err, "bad .npy header: something follows '}'");
    if (!f->has_descr || !f->has_order || !f->has_shape)
        return bad(t->name, t->err, "bad .npy header: descr, fortran_order or shape is missing");
    return OK;
}

/* Reads the length of the part before the elements from the first bytes. */
static int
read_prefix(const unsigned char *p, size_t n, size_t *prefix, size_t *header, const char *name,
            Err *err)
{
    if (n < PREFIX_1 || memcmp(p, magic, MAGIC) != 0)
        return bad(name, err, "not a .npy file");
    if (p[6] < 1 || p[6] > 3 || p[7] != 0)
        return err_set(err, ERR_CORRUPT, "%s: .npy version %d.%d cannot be read", name, p[6], p[7]);
    if (p[6] > 1 && n < PREFIX_2)
        return bad(name, err, "the file is truncated in its header");
    *prefix = p[6] == 1 ? PREFIX_1 : PREFIX_2;
    *header = p[8] | (size_t)p[9] << 8;
    if (p[6] > 1)
        *header |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
    if (*header > MAX_HEADER)
        return bad(name, err, "bad .npy header: it is too long");
    return OK;
}

/* The strides of Fortran order: the first axis is the dense one. */
static void
lay_out(Array *like, const Fields *f)
{
    int64_t step = (int64_t)array_size(f->dtype.type);

    memset(like, 0, sizeof *like);
    like->type = f->dtype.type;
    like->ndim = f->ndim;
    for (int k = 0; k < f->ndim; k++) {
        int i = f->fortran ? k : f->ndim - 1 - k;

        like->shape[i] = f->shape[i];
        like->stride[i] = step;
        step *= f->shape[i] ? f->shape[i] : 1;
    }
}

/* Reads a header; size is that of the whole file, of which p has the first n
 * bytes, its header included. */
static int
read_header(Header *h, const unsigned char *p, size_t n, int64_t size, const char *name,
            Err *err)
{
    size_t prefix, len;
    int64_t bytes, have;
    Fields f;
    Text t;
    int rc = read_prefix(p, n, &prefix, &len, name, err);

    if (rc)
        return rc;
    if (n - prefix < len)
        return bad(name, err, "the file is truncated in its header");
    t = (Text){(const char *)p + prefix, (const char *)p + prefix + len, name, err};
    if ((rc = read_fields(&t, &f)))
        return rc;
    if (array_measure(f.dtype.type, f.ndim, f.shape, &bytes, err))
        return bad(name, err, "bad .npy header: the shape is too large");
    bytes = bytes / (int64_t)array_size(f.dtype.type) * (int64_t)f.dtype.size;
    h->data = prefix + len;
    h->bytes = (size_t)bytes;
    h->dtype = f.dtype;
    lay_out(&h->like, &f);
    have = size - (int64_t)h->data;
    if (have < bytes)
        return err_set(err, ERR_CORRUPT, "%s: the file is truncated: %" PRId64 " bytes of "
                       "elements are missing", name, bytes - have);
    if (have > bytes)
        return err_set(err, ERR_CORRUPT, "%s: %" PRId64 " bytes follow the elements", name,
                       have - bytes);
    return OK;
}

/* Refuses bools other than 0 and 1, which the rest of the program relies on. */
static int
check_bools(const Header *h, const unsigned char *p, const char *name, Err *err)
{
    for (size_t i = 0; h->dtype.kind == 'b' && i < h->bytes; i++)
        if (p[i] > 1)
            return err_set(err, ERR_CORRUPT, "%s: a bool has the byte %d instead of 0 or 1", name,
                           p[i]);
    return OK;
}

/* A new array with the layout of the header, its elements not set. */
static int
make_like(Array **out, const Header *h, Err *err)
{
    int rc = array_make(out, h->like.type, h->like.ndim, h->like.shape, err);

    if (rc == OK)
        memcpy((*out)->stride, h->like.stride, sizeof h->like.stride);
    return rc;
}

static int
read_at(int fd, void *p, size_t n, off_t at, const char *path, Err *err)
{
    unsigned char *to = p;

    while (n) {
        ssize_t got = pread(fd, to, n, at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
        if (got == 0)
            return err_set(err, ERR_CORRUPT, "%s: the file became shorter", path);
        to += got;
        at += got;
        n -= (size_t)got;
    }
    return OK;
}

static int
open_file(const char *path, int64_t *size, Err *err)
{
    /* O_NONBLOCK: a pipe is refused below and must not hang here */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return err_set(err, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path,
                       err_reason(errno));
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_set(err, ERR_IO, "%s: not a regular file", path);
    }
    *size = st.st_size;
    return fd;
}

static int
open_header(Header *h, const char *path, int64_t *size, Err *err)
{
    unsigned char head[MAX_HEADER + PREFIX_2];
    int fd = open_file(path, size, err), rc;
    size_t n, prefix, len, want;

    if (fd < 0)
        return fd;
    n = *size < PREFIX_2 ? (size_t)*size : PREFIX_2;
    rc = read_at(fd, head, n, 0, path, err);
    if (rc == OK)
        rc = read_prefix(head, n, &prefix, &len, path, err);
    if (rc == OK) {
        want = (uint64_t)*size < prefix + len ? (size_t)*size : prefix + len;
        if (want > n) {
            rc = read_at(fd, head + n, want - n, (off_t)n, path, err);
            n = want;
        }
    }
    if (rc == OK)
        rc = read_header(h, head, n, *size, path, err);
    if (rc == OK)
        return fd;
    close(fd);
    return rc;
}

/* Sets the elements from those of the file. */
static int
convert(const Header *h, const unsigned char *from, Array *a, const char *name, Err *err)
{
    int64_t size = (int64_t)h->dtype.size;

    return npy_dtype_convert(&h->dtype, from, size, (int64_t)h->bytes / size, a->data, name, err);
}

static int
read_converted(const Header *h, int fd, Array *a, const char *path, Err *err)
{
    unsigned char *from = malloc(h->bytes ? h->bytes : 1);
    int rc = from ? read_at(fd, from, h->bytes, (off_t)h->data, path, err) : err_nomem(err);

    if (rc == OK)
        rc = convert(h, from, a, path, err);
    free(from);
    return rc;
}

/* Reads the elements of an open file into a new array. */
static int
read_elements(Array **out, const Header *h, int fd, const char *path, Err *err)
{
    Array *a;
    int rc = make_like(&a, h, err);

    if (rc)
        return rc;
    if (!h->dtype.is_plain)
        rc = read_converted(h, fd, a, path, err);
    else
        rc = read_at(fd, a->data, h->bytes, (off_t)h->data, path, err);
    if (rc == OK && h->dtype.is_plain)
        rc = check_bools(h, a->data, path, err);
    if (rc == OK)
        *out = a;
    else
        array_free(a);
    return rc;
}

static int
map_elements(Array **out, const Header *h, int fd, const char *path, Err *err)
{
    size_t len = h->data + h->bytes;
    void *base = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
    int rc;

    if (base == MAP_FAILED)
        return err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
    rc = check_bools(h, (unsigned char *)base + h->data, path, err);
    if (rc) {
        munmap(base, len);
        return rc;
    }
    return array_adopt(out, &h->like, base, len, h->data, err);
}

/* Formats the part before the elements; its length is a multiple of ALIGN. */
static size_t
format_header(const Array *a, char out[4 * ALIGN])
{
    int n = PREFIX_1;
    size_t len;

    n += snprintf(out + n, 128, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                  descr[a->type]);
    for (int i = 0; i < a->ndim; i++)
        n += snprintf(out + n, 32, "%s%" PRId64, i ? ", " : "", a->shape[i]);
    n += snprintf(out + n, 16, "%s), }", a->ndim == 1 ? "," : "");
    len = ((size_t)n + 1 + ALIGN - 1) / ALIGN * ALIGN;
    memset(out + n, ' ', len - (size_t)n);
    out[len - 1] = '\n';
    memcpy(out, magic, MAGIC);
    out[6] = 1;
    out[7] = 0;
    out[8] = (char)((len - PREFIX_1) & 0xff);
    out[9] = (char)((len - PREFIX_1) >> 8);
    return len;
}

typedef struct Save {
    const Array *a;
    const char *path;
    int fd;
} Save;

static int
put_fd(void *user, const void *p, size_t n, Err *err)
{
    Save *s = user;

    return sys_write(s->fd, p, n, s->path, err);
}

static int
fill_file(int fd, void *user, Err *err)
{
    Save *s = user;

    s->fd = fd;
    return npy_write(s->a, put_fd, s, err);
}

int
npy_parse(Array **out, const void *p, size_t n, const char *name, Err *err)
{
    const unsigned char *bytes = p;
    Header h;
    Array *a;
    int rc = n > INT64_MAX ? bad(name, err, "too long")
                           : read_header(&h, bytes, n, (int64_t)n, name, err);

    if (rc == OK)
        rc = check_bools(&h, bytes + h.data, name, err);
    if (rc == OK)
        rc = make_like(&a, &h, err);
    if (rc)
        return rc;
    if (!h.dtype.is_plain)
        rc = convert(&h, bytes + h.data, a, name, err);
    else if (h.bytes)
        memcpy(a->data, bytes + h.data, h.bytes);
    if (rc == OK)
        *out = a;
    else
        array_free(a);
    return rc;
}

int
npy_load(Array **out, const char *path, Err *err)
{
    int64_t size;
    Header h;
    int fd = open_header(&h, path, &size, err), rc;

    if (fd < 0)
        return fd;
    rc = read_elements(out, &h, fd, path, err);
    close(fd);
    return rc;
}

int
npy_map(Array **out, const char *path, int64_t size, Err *err)
{
    int64_t found;
    Header h;
    int fd = open_header(&h, path, &found, err), rc;

    if (fd < 0)
        return fd;
    if (size >= 0 && size != found)
        rc = err_set(err, ERR_CORRUPT, "%s: %" PRId64 " bytes long, not %" PRId64, path, found,
                     size);
    else if (!h.dtype.is_plain || h.data % array_size(h.like.type) != 0)
        rc = read_elements(out, &h, fd, path, err);
    else
        rc = map_elements(out, &h, fd, path, err);
    close(fd);
    if (rc == OK)
        (*out)->readonly = 1;
    return rc;
}

static int
put_bytes(const Array *a, size_t piece, NpyPut *put, void *user, Err *err)
{
    const unsigned char *at = a->data;
    int rc = OK;
    size_t n;

    for (int64_t left = array_bytes(a); rc == OK && left; left -= (int64_t)n, at += n) {
        n = (uint64_t)left < piece ? (size_t)left : piece;
        rc = put(user, at, n, err);
    }
    return rc;
}

static int
write_pieces(const Array *a, size_t piece, NpyPut *put, void *user, Err *err)
{
    char head[4 * ALIGN];
    const void *row;
    size_t n;
    Reader r;
    int rc = put(user, head, format_header(a, head), err);

    if (rc == OK && array_contiguous(a))
        return put_bytes(a, piece, put, user, err);
    reader_init(&r, a, a->type);
    while (rc == OK && (row = reader_next(&r, &n)))
        rc = put(user, row, n * array_size(a->type), err);
    return rc;
}

int
npy_write(const Array *a, NpyPut *put, void *user, Err *err)
{
    return write_pieces(a, PIECE, put, user, err);
}

int
npy_write_whole(const Array *a, NpyPut *put, void *user, Err *err)
{
    return write_pieces(a, SIZE_MAX, put, user, err);
}

int64_t
npy_size(const Array *a)
{
    char head[4 * ALIGN];

    return (int64_t)format_header(a, head) + array_bytes(a);
}

int
npy_save(const Array *a, const char *path, Err *err)
{
    Save s = {a, path, -1};

    return output_file_write_with(path, fill_file, &s, err);
}
