/* lz4_frame.c -- see lz4_frame.h */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <lz4.h>
#include <lz4frame.h>

#include "base/lz4_frame.h"

struct Lz4Pack {
    LZ4F_cctx *ctx;
    LZ4F_preferences_t prefs;
};

struct Lz4Unpack {
    LZ4F_dctx *ctx;
};

/* Lets one call of LZ4F write behind out->len, and counts what it wrote. */
static int
grow(Buf *out, size_t made, Err *err)
{
    if (LZ4F_isError(made))
        return err_set(err, ERR_NOMEM, "lz4: %s", LZ4F_getErrorName(made));
    out->len += made;
    return OK;
}

int
lz4_pays(const void *p, size_t n)
{
    size_t most = n - n / 8;
    char *scratch;
    int made;

    if (n < 16 || n > INT_MAX || !(scratch = malloc(most)))
        return 0;
    made = LZ4_compress_default(p, scratch, (int)n, (int)most);
    free(scratch);
    return made > 0;
}

int
lz4_pack_new(Lz4Pack **out, Err *err)
{
    Lz4Pack *z = calloc(1, sizeof *z);

    *out = NULL;
    if (!z)
        return err_nomem(err);
    if (LZ4F_isError(LZ4F_createCompressionContext(&z->ctx, LZ4F_VERSION))) {
        free(z);
        return err_nomem(err);
    }
    z->prefs.frameInfo.blockSizeID = LZ4F_max256KB;
    z->prefs.frameInfo.blockMode = LZ4F_blockLinked;
    z->prefs.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
    *out = z;
    return OK;
}

int
lz4_pack_begin(Lz4Pack *z, Buf *out, Err *err)
{
    if (buf_reserve(out, LZ4F_HEADER_SIZE_MAX))
        return err_nomem(err);
    return grow(out, LZ4F_compressBegin(z->ctx, out->data + out->len,
                                        out->cap - out->len, &z->prefs), err);
}

int
lz4_pack_more(Lz4Pack *z, const void *p, size_t n, Buf *out, Err *err)
{
    if (buf_reserve(out, LZ4F_compressBound(n, &z->prefs)))
        return err_nomem(err);
    return grow(out, LZ4F_compressUpdate(z->ctx, out->data + out->len,
                                         out->cap - out->len, p, n, NULL), err);
}

int
lz4_pack_end(Lz4Pack *z, Buf *out, Err *err)
{
    if (buf_reserve(out, LZ4F_compressBound(0, &z->prefs)))
        return err_nomem(err);
    return grow(out, LZ4F_compressEnd(z->ctx, out->data + out->len,
                                      out->cap - out->len, NULL), err);
}

void
lz4_pack_free(Lz4Pack *z)
{
    if (!z)
        return;
    LZ4F_freeCompressionContext(z->ctx);
    free(z);
}

int
lz4_unpack_new(Lz4Unpack **out, Err *err)
{
    Lz4Unpack *z = calloc(1, sizeof *z);

    *out = NULL;
    if (!z)
        return err_nomem(err);
    if (LZ4F_isError(LZ4F_createDecompressionContext(&z->ctx, LZ4F_VERSION))) {
        free(z);
        return err_nomem(err);
    }
    *out = z;
    return OK;
}

int
lz4_unpack(Lz4Unpack *z, const void *in, size_t *taken, void *out, size_t *made,
           Err *err)
{
    size_t hint = LZ4F_decompress(z->ctx, out, made, in, taken, NULL);

    if (LZ4F_isError(hint)) {
        *taken = *made = 0;
        if (strcmp(LZ4F_getErrorName(hint), "ERROR_allocation_failed") == 0)
            return err_nomem(err);
        return err_set(err, ERR_CORRUPT, "lz4: %s", LZ4F_getErrorName(hint));
    }
    return hint == 0;
}

void
lz4_unpack_free(Lz4Unpack *z)
{
    if (!z)
        return;
    LZ4F_freeDecompressionContext(z->ctx);
    free(z);
}
