/* csv_input.h -- the bytes of a file as text in UTF-8; a part of csv.h.
 *
 * A gzip or zstd file is recognised by its first bytes and unpacked, whatever its name.  UTF-16
 * with a byte order mark is recognised, too; other encodings have to be said.  The bytes
 * of UTF-8 pass as they are; csv_open looks at them.
 *
 * Where the lines of a text end in carriage returns alone, as those of the first Macs do,
 * these become line feeds. */
#ifndef CSV_INPUT_H
#define CSV_INPUT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

typedef enum CsvEncoding {
    CSV_UTF8, CSV_LATIN1, CSV_WINDOWS1252,
    CSV_UTF16,                      /* little-endian unless a mark says otherwise */
    CSV_UTF16LE, CSV_UTF16BE
} CsvEncoding;

enum {
    CSV_INPUT_FIRST = 4,            /* bytes that tell what a file is */
    CSV_INPUT_LOOK = 64 << 10       /* bytes that tell how lines end */
};

typedef struct CsvInput CsvInput;

/* Does a file that begins so, with CSV_INPUT_FIRST bytes or all, have to go through here? */
int csv_input_needed(const void *first, size_t len, CsvEncoding encoding);
/* For such a file; the name, for messages, is borrowed.  csv_input_free accepts NULL. */
int csv_input_open(CsvInput **out, const void *first, size_t len, CsvEncoding encoding,
                   const char *name, Err *err);
void csv_input_free(CsvInput *in);
/* Appends the text of the file's next bytes, as far as they tell. */
int csv_input_put(CsvInput *in, const void *bytes, size_t len, Buf *out, Err *err);
/* The same for what is left; an error when the file ends too early. */
int csv_input_end(CsvInput *in, Buf *out, Err *err);
/* Appends the text of all of a file's bytes. */
int csv_input_all(const void *bytes, size_t len, CsvEncoding encoding, const char *name,
                  Buf *out, Err *err);

/* Do the lines of a text that begins so, with CSV_INPUT_LOOK bytes or all, end in carriage
 * returns alone? */
int csv_input_has_returns(const char *text, size_t len);
/* Makes them line feeds. */
void csv_input_mend_returns(char *text, size_t len);

#endif
