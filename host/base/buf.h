/* buf.h -- bytes that grow.
 *
 * A Buf lives in the caller's memory: buf_init, then puts, then buf_release
 * (fine on an initialised or already released one).  data is not terminated by
 * a zero unless buf_cstr was called; it is NULL while nothing was put.
 * Puts return 0, or ERR_NOMEM, in which case the contents are as before. */
#ifndef BUF_H
#define BUF_H

#include <stddef.h>
#include <stdint.h>

typedef struct Buf {
    unsigned char *data;
    size_t len, cap;
} Buf;

void buf_init(Buf *b);
void buf_release(Buf *b);
int buf_reserve(Buf *b, size_t more);       /* room for more bytes after len */
int buf_put(Buf *b, const void *p, size_t n);
int buf_byte(Buf *b, int c);
int buf_puts(Buf *b, const char *s);        /* without its zero */
int buf_printf(Buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_varint(Buf *b, uint64_t v);         /* LEB128, 1 to 10 bytes */
const char *buf_cstr(Buf *b);               /* NULL when out of memory */

/* Reads a LEB128 at *p, advances it; 0, or ERR_CORRUPT when it ends early. */
int buf_read_varint(const unsigned char **p, const unsigned char *end, uint64_t *v);

#endif
