/* text_input.h -- the bytes of a file as text in UTF-8;
 * what csv.h and text_file.h read goes through here.
 *
 * A gzip or zstd file is recognised by its first bytes and unpacked, whatever its name.  UTF-16
 * with a byte order mark is recognised, too; other encodings have to be said.  The bytes
 * of UTF-8 pass as they are, for the caller to check.
 *
 * Where the lines of a text end in carriage returns alone, as those of the first Macs do,
 * these become line feeds. */
#ifndef TEXT_INPUT_H
#define TEXT_INPUT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

typedef enum TextEncoding {
    TEXT_UTF8, TEXT_LATIN1, TEXT_WINDOWS1252,
    TEXT_UTF16,                      /* little-endian unless a mark says otherwise */
    TEXT_UTF16LE, TEXT_UTF16BE
} TextEncoding;

/* The names of the encodings, for people; each has its TextEncoding at the same place in
 * text_encodings.  The first six are the usual ones. */
enum { TEXT_ENCODING_NAMES = 10, TEXT_ENCODINGS_USUAL = 6 };
extern const char *const text_encoding_names[TEXT_ENCODING_NAMES];
extern const TextEncoding text_encodings[TEXT_ENCODING_NAMES];

enum {
    TEXT_INPUT_FIRST = 4,            /* bytes that tell what a file is */
    TEXT_INPUT_LOOK = 64 << 10       /* bytes that tell how lines end */
};

typedef struct TextInput TextInput;

/* Does a file that begins so, with TEXT_INPUT_FIRST bytes or all, have to go through here? */
int text_input_needed(const void *first, size_t len, TextEncoding encoding);
/* For such a file; the name, for messages, is borrowed.  text_input_free accepts NULL. */
int text_input_open(TextInput **out, const void *first, size_t len, TextEncoding encoding,
                   const char *name, Err *err);
void text_input_free(TextInput *in);
/* Appends the text of the file's next bytes, as far as they tell. */
int text_input_put(TextInput *in, const void *bytes, size_t len, Buf *out, Err *err);
/* The same for what is left; an error when the file ends too early. */
int text_input_end(TextInput *in, Buf *out, Err *err);
/* Appends the text of all of a file's bytes. */
int text_input_all(const void *bytes, size_t len, TextEncoding encoding, const char *name,
                  Buf *out, Err *err);

/* Do the lines of a text that begins so, with TEXT_INPUT_LOOK bytes or all, end in carriage
 * returns alone? */
int text_input_has_returns(const char *text, size_t len);
/* Makes them line feeds. */
void text_input_mend_returns(char *text, size_t len);

#endif
