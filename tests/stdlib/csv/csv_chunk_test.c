/* csv_chunk_test.c -- see stdlib/csv/csv_chunk.h */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "csv/csv_chunk.h"

static Err err;
static char path[64];
static CsvChunks *chunks;

/* Writes the text and opens it as chunks, with a header. */
static int
opened(const char *text)
{
    CsvSource source = {NULL, 0, "x.csv", ',', 1, 0, 0, NULL};
    FILE *f = fopen(path, "wb");
    size_t wrote = f ? fwrite(text, 1, strlen(text), f) : 0;

    csv_chunk_close(chunks);
    chunks = NULL;
    if (!f || fclose(f) || wrote != strlen(text))
        return ERR_IO;
    return csv_chunk_open(&chunks, path, &source, &err);
}

/* Whether the next piece of so many rows is this text. */
static int
next_is(int64_t rows, const char *want)
{
    CsvSource piece;

    return csv_chunk_next(chunks, rows, &piece, &err) == 1 && piece.len == strlen(want) &&
           memcmp(piece.text, want, piece.len) == 0;
}

static int
at_end(void)
{
    CsvSource piece;

    return csv_chunk_next(chunks, 2, &piece, &err) == 0;
}

static void
each_piece_has_the_header_before_it(void)
{
    CHECK(opened("a,b\n1,2\n3,4\n5,6") == OK);
    CHECK(next_is(2, "a,b\n1,2\n3,4\n"));
    CHECK(next_is(2, "a,b\n5,6"));
    CHECK(at_end());
    CHECK(at_end());
}

static void
a_line_end_in_quotes_is_no_end_of_a_record(void)
{
    CHECK(opened("a\n\"x\ny\"\nz\n") == OK);
    CHECK(next_is(1, "a\n\"x\ny\"\n"));
    CHECK(next_is(1, "a\nz\n"));
    CHECK(at_end());
}

static void
a_file_without_a_record_gives_its_header_once(void)
{
    CHECK(opened("a,b\n") == OK);
    CHECK(next_is(9, "a,b\n"));
    CHECK(at_end());
}

static void
a_file_that_is_not_there_is_told(void)
{
    CsvSource source = {NULL, 0, "x.csv", ',', 1, 0, 0, NULL};

    csv_chunk_close(chunks);
    chunks = NULL;
    CHECK(csv_chunk_open(&chunks, "/no/such/x.csv", &source, &err) != OK && err.msg[0]);
    csv_chunk_close(NULL);
}

int
main(void)
{
    strcpy(path, "/tmp/csvchunk_test.XXXXXX");
    close(mkstemp(path));
    RUN(each_piece_has_the_header_before_it);
    RUN(a_line_end_in_quotes_is_no_end_of_a_record);
    RUN(a_file_without_a_record_gives_its_header_once);
    RUN(a_file_that_is_not_there_is_told);
    csv_chunk_close(chunks);
    unlink(path);
    return check_done();
}
