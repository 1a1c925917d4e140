/* text_file.h -- a file of text as UTF-8, whole or line by line; JSON is read by it.
 *
 * What text_input.h says of gzip, zstd and encodings holds.  A byte order mark at the start is
 * passed over.  A file that looks like another kind (file_kind.h) is refused, and so are
 * bytes that are no UTF-8: "NAME:LINE:COLUMN: what; what to do", both counted from 1,
 * columns in characters. */
#ifndef TEXT_FILE_H
#define TEXT_FILE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "format/text_input.h"

typedef struct TextFile TextFile;

typedef struct TextFileHow {
    const char *name;           /* for messages; borrowed as long as the file is open */
    const char *format;         /* what the text is, for messages: "JSON"; lasts */
    TextEncoding encoding;
} TextFileHow;

/* Opens a file or a stream; release with text_file_close, which accepts NULL. */
int text_file_open(TextFile **out, const char *path, const TextFileHow *how, Err *err);
void text_file_close(TextFile *f);
/* The next line without its line feed, borrowed until the next call.  1, 0 behind the last
 * line, or a code, which is negative. */
int text_file_line(TextFile *f, const char **line, size_t *len, Err *err);
/* Appends the text of a file. */
int text_file_read(const char *path, const TextFileHow *how, Buf *out, Err *err);

#endif
