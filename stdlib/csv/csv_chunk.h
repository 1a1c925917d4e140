/* csv_chunk.h -- a csv file in pieces of whole records, for one that is larger than
 * memory; csv.h parses each piece.
 *
 * Held at a time: one piece, its header before it, and up to as much read ahead. */
#ifndef CSV_CHUNK_H
#define CSV_CHUNK_H

#include "csv/csv.h"

enum { CSV_CHUNK_RECORD_MAX = 64 << 20 };    /* bytes of one record */

typedef struct CsvChunks CsvChunks;

/* source: separator, header and name as in csv.h, text and len not used; the name
 * is borrowed.  path: of the file to open.  Close with csv_chunk_close, which
 * accepts NULL. */
int csv_chunk_open(CsvChunks **out, const char *path, const CsvSource *source, Err *err);
void csv_chunk_close(CsvChunks *c);
/* The next records, up to rows of them: 1 with *out ready for csv_open, valid until
 * the next call; 0 at the end; or an error.  A file without a record gives its
 * header once. */
int csv_chunk_next(CsvChunks *c, int64_t rows, CsvSource *out, Err *err);

#endif
