/* capped_log_test.c -- a long log keeps its beginning and its end, in memory and in a file. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "check.h"
#include "os/capped_log.h"

enum { LINE = 64, PIECE = 1 << 20 };

/* Lines of LINE bytes, numbered from the one at that place of the log. */
static void
fill(char *p, size_t n, uint64_t place)
{
    for (size_t i = 0; i < n; i += LINE) {
        memset(p + i, '.', LINE - 1);
        snprintf(p + i, LINE, "%010llu", (unsigned long long)((place + i) / LINE));
        p[i + 10] = ' ';
        p[i + LINE - 1] = '\n';
    }
}

static int
begins(const Buf *b, size_t at, const char *text)
{
    return at + strlen(text) <= b->len && memcmp(b->data + at, text, strlen(text)) == 0;
}

/* The text of a log of so many bytes of such lines, by its gap. */
static int
is_cut_well(Buf *text, const LogGap *gap, uint64_t size)
{
    char first[32], mark[200];

    snprintf(first, sizeof first, "%010llu ", (unsigned long long)(gap->from / LINE));
    snprintf(mark, sizeof mark,
             " bytes of this log omitted; its first and last 512 KiB are kept]\n");
    return gap->head == CAPPED_LOG_HEAD && gap->from == size - CAPPED_LOG_TAIL + LINE &&
           begins(text, 0, "0000000000 ") && begins(text, gap->head, "[") &&
           begins(text, gap->at - strlen(mark), mark) && begins(text, gap->at, first) &&
           text->len - gap->at == size - gap->from && text->data[text->len - 1] == '\n';
}

static void
a_short_log_is_all_of_it(void)
{
    CappedLog log;
    Buf text;

    capped_log_init(&log);
    buf_init(&text);
    CHECK(capped_log_text(&log, &text) == OK && text.len == 0);
    CHECK(capped_log_put(&log, "one\n", 4) == OK && capped_log_put(&log, "two", 3) == OK);
    CHECK(capped_log_text(&log, &text) == OK);
    CHECK_STR(buf_cstr(&text), "one\ntwo");
    capped_log_release(&log);
    buf_release(&text);
}

static void
just_as_much_as_fits_is_whole_and_a_byte_more_is_cut(void)
{
    char *p = malloc(CAPPED_LOG_MAX);
    CappedLog log;
    Buf text;

    capped_log_init(&log);
    buf_init(&text);
    fill(p, CAPPED_LOG_MAX, 0);
    CHECK(capped_log_put(&log, p, CAPPED_LOG_MAX) == OK && capped_log_text(&log, &text) == OK);
    CHECK(text.len == CAPPED_LOG_MAX && memcmp(text.data, p, CAPPED_LOG_MAX) == 0);
    text.len = 0;
    CHECK(capped_log_put(&log, "x", 1) == OK && capped_log_text(&log, &text) == OK);
    CHECK(text.len < CAPPED_LOG_MAX + 100 && text.data[text.len - 1] == 'x');
    CHECK(begins(&text, CAPPED_LOG_HEAD, "[64 bytes of this log omitted"));
    capped_log_release(&log);
    buf_release(&text);
    free(p);
}

/* Puts of sizes that do not divide anything: the memory stays as it is. */
static void
a_log_in_memory_keeps_its_ends_in_bounded_memory(void)
{
    enum { SIZE = 16 << 20, STEP = 777 };
    char *p = malloc(SIZE);
    CappedLog log;
    LogGap gap;
    Buf text, cut;

    capped_log_init(&log);
    buf_init(&text);
    buf_init(&cut);
    fill(p, SIZE, 0);
    for (size_t i = 0; i < SIZE; i += STEP)
        CHECK(capped_log_put(&log, p + i, i + STEP < SIZE ? STEP : SIZE - i) == OK);
    CHECK(log.head.cap + log.tail.cap <= 8 * CAPPED_LOG_MAX);
    CHECK(capped_log_text(&log, &text) == OK);
    CHECK(capped_log_join(p, CAPPED_LOG_HEAD, p + SIZE - CAPPED_LOG_TAIL, CAPPED_LOG_TAIL, SIZE,
                          &cut, &gap)
          == OK);
    CHECK(text.len == cut.len && memcmp(text.data, cut.data, cut.len) == 0);
    CHECK(is_cut_well(&text, &gap, SIZE));
    capped_log_release(&log);
    buf_release(&text);
    buf_release(&cut);
    free(p);
}

/* One endless line of characters of two, three and four bytes: no border splits one. */
static void
characters_stay_whole(void)
{
    static const char *const characters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

    for (size_t k = 0; k < 3; k++) {
        size_t wide = strlen(characters[k]);

        for (size_t shift = 0; shift < wide; shift++) {
            CappedLog log;
            Buf text;

            capped_log_init(&log);
            buf_init(&text);
            CHECK(capped_log_put(&log, "aaaa", shift) == OK);
            for (size_t i = 0; i < 3 * CAPPED_LOG_TAIL / wide; i++)
                CHECK(capped_log_put(&log, characters[k], wide) == OK);
            CHECK(capped_log_text(&log, &text) == OK);
            for (size_t i = shift; i < text.len;) {
                if (text.data[i] < 0x80) {
                    i++;                /* the line between */
                } else if (begins(&text, i, characters[k])) {
                    i += wide;
                } else {
                    CHECK(!"a character is split");
                    break;
                }
            }
            capped_log_release(&log);
            buf_release(&text);
        }
    }
    CHECK(capped_log_characters("a\xc3", 2) == 1 && capped_log_characters("a\xc3\xa9", 3) == 3);
    CHECK(capped_log_characters("\xf0\x9f\x98", 3) == 0
          && capped_log_characters("\xa9\xa9", 2) == 2);
}

static int
unnamed(void)
{
    return open("/tmp", O_TMPFILE | O_RDWR | O_APPEND, 0600);
}

/* Other than those who write do so: the file stays small, and its ends are there. */
static void
a_file_that_grows_stays_small_and_keeps_its_ends(void)
{
    enum { PIECES = 64 };
    char *p = malloc(PIECE);
    uint64_t size = 0, most = 0;
    int fd = unnamed();
    struct stat st;
    LogGap gap;
    Buf text;

    buf_init(&text);
    if (fd < 0 || !capped_log_can_trim(fd)) {
        puts("a file there cannot be trimmed");
        free(p);
        return;
    }
    for (int i = 0; i < PIECES; i++, size += PIECE) {
        fill(p, PIECE, size);
        CHECK(write(fd, p, PIECE) == PIECE);
        capped_log_trim(fd);
        CHECK(fstat(fd, &st) == 0 && (uint64_t)st.st_size == size + PIECE);
        most = (uint64_t)st.st_blocks * 512 > most ? (uint64_t)st.st_blocks * 512 : most;
    }
    CHECK(most <= CAPPED_LOG_MAX + CAPPED_LOG_SLACK + 3 * PIECE);
    CHECK(capped_log_read(fd, &text, &gap) == OK && is_cut_well(&text, &gap, size));
    text.len = 0;
    CHECK(capped_log_part(fd, size - 2 * LINE, size, &text) == OK && text.len == 2 * LINE);
    CHECK(capped_log_part(fd, CAPPED_LOG_HEAD, size, &text) == OK
          && text.len == 2 * LINE); /* gone */
    CHECK(ftruncate(fd, 0) == 0 && write(fd, "again\n", 6) == 6);
    text.len = 0;
    CHECK(capped_log_read(fd, &text, &gap) == OK && gap.at == 0);
    CHECK_STR(buf_cstr(&text), "again\n");
    close(fd);
    buf_release(&text);
    free(p);
}

static void
a_file_with_a_name_is_left_alone(void)
{
    char path[] = "/tmp/capped-log-XXXXXX", *p = calloc(1, PIECE);
    int fd = mkstemp(path);
    struct stat st;

    CHECK(fd >= 0);
    memset(p, 'x', PIECE);
    for (int i = 0; i < 8; i++)
        CHECK(write(fd, p, PIECE) == PIECE);
    capped_log_trim(fd);
    CHECK(pread(fd, p, PIECE, 3 * PIECE) == PIECE && p[0] == 'x' && p[PIECE - 1] == 'x');
    CHECK(fstat(fd, &st) == 0 && st.st_size == 8 * PIECE);
    close(fd);
    unlink(path);
    free(p);
}

int
main(void)
{
    RUN(a_short_log_is_all_of_it);
    RUN(just_as_much_as_fits_is_whole_and_a_byte_more_is_cut);
    RUN(a_log_in_memory_keeps_its_ends_in_bounded_memory);
    RUN(characters_stay_whole);
    RUN(a_file_that_grows_stays_small_and_keeps_its_ends);
    RUN(a_file_with_a_name_is_left_alone);
    return check_done();
}
