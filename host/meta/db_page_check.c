/* db_page_check.c -- see db_core.h: a check value at the end of every page of meta.db.
 *
 * SQLite notices a flipped bit in the structure of a file, not one in a value.  Each
 * page that is written to meta.db gets the check value of its number and its bytes in
 * the room that SQLite leaves there (reserved space, sqlite.org/fileformat.html).  The
 * pages of the log have SQLite's own.  Only fsck looks: another program that
 * writes to meta.db does not set them, and what it wrote can still be read. */
#include <stdlib.h>
#include <string.h>

#include "meta/db_core.h"

enum { PAGE_LEAST = 512, PAGE_MOST = 65536 };

typedef struct DbPages {
    sqlite3_io_methods methods;         /* first: a file's methods lead to it */
    const sqlite3_io_methods *original;
    uint32_t size;                      /* of a page */
    unsigned char page[PAGE_MOST];
} DbPages;

/* The sum of SQLite's log, over words in this machine's order: any one changed word
 * changes both halves. */
static void
check_value(const unsigned char *p, uint32_t n, uint64_t number, unsigned char out[DB_PAGE_RESERVE])
{
    uint32_t a = (uint32_t)number, b = (uint32_t)(number >> 32) ^ 0x72696c6cu, x, y;

    for (uint32_t i = 0; i + 8 <= n - DB_PAGE_RESERVE; i += 8) {
        memcpy(&x, p + i, 4);
        memcpy(&y, p + i + 4, 4);
        a += x + b;
        b += y + a;
    }
    memcpy(out, &a, 4);
    memcpy(out + 4, &b, 4);
}

static void
stamp(unsigned char *page, uint32_t size, uint64_t number)
{
    check_value(page, size, number, page + size - DB_PAGE_RESERVE);
}

/* Bytes of a page by the header, 0 when it is none. */
static uint32_t
page_size(const unsigned char *header)
{
    uint32_t n = (uint32_t)header[16] << 8 | header[17];

    n = n == 1 ? PAGE_MOST : n;
    return n >= PAGE_LEAST && (n & (n - 1)) == 0 ? n : 0;
}

int
db_page_checked(const unsigned char *header)
{
    return header[20] == DB_PAGE_RESERVE;
}

void
db_page_stamp_image(unsigned char *image, uint64_t n, uint32_t size)
{
    for (uint64_t i = 0; i < n; i++)
        stamp(image + i * size, size, i + 1);
}

/* A page on its way to the file; page 1 says whether pages have room for a value,
 * and is written first when that changes. */
static int
write_page(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    DbPages *p = (DbPages *)(void *)(uintptr_t)file->pMethods;

    if (at == 0 && n >= 100)
        p->size = db_page_checked(bytes) ? page_size(bytes) : 0;
    if (p->size == 0 || (uint32_t)n != p->size || at % n)
        return p->original->xWrite(file, bytes, n, at);
    memcpy(p->page, bytes, p->size);
    stamp(p->page, p->size, (uint64_t)(at / n) + 1);
    return p->original->xWrite(file, p->page, n, at);
}

/* The file goes, and this with it. */
static int
close_file(sqlite3_file *file)
{
    DbPages *p = (DbPages *)(void *)(uintptr_t)file->pMethods;

    file->pMethods = p->original;
    free(p);
    return file->pMethods->xClose(file);
}

static sqlite3_file *
file_of(sqlite3 *sqlite)
{
    sqlite3_file *file = NULL;

    sqlite3_file_control(sqlite, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    return file;
}

int
db_page_attach(sqlite3 *sqlite, Err *err)
{
    sqlite3_file *file = file_of(sqlite);
    unsigned char header[100];
    DbPages *p;

    if (!file || !file->pMethods)
        return OK;              /* not opened yet: SQLite says so itself */
    p = malloc(sizeof *p);
    if (!p)
        return err_nomem(err);
    p->original = file->pMethods;
    p->methods = *p->original;
    p->methods.xWrite = write_page;
    p->methods.xClose = close_file;
    p->size = 0;
    if (p->original->xRead(file, header, sizeof header, 0) == SQLITE_OK && db_page_checked(header))
        p->size = page_size(header);
    file->pMethods = &p->methods;
    return OK;
}

/* A page that was never written is full of zeros, and holds nothing. */
static int
is_good(const unsigned char *page, uint32_t size, uint64_t number)
{
    unsigned char value[DB_PAGE_RESERVE];

    check_value(page, size, number, value);
    if (memcmp(value, page + size - DB_PAGE_RESERVE, DB_PAGE_RESERVE) == 0)
        return 1;
    for (uint32_t i = 0; i < size; i++)
        if (page[i])
            return 0;
    return 1;
}

int
db_page_verify(sqlite3 *sqlite, int *checked, int (*bad)(void *user, int64_t page, Err *err),
              void *user, Err *err)
{
    sqlite3_file *file = file_of(sqlite);
    sqlite3_int64 bytes = 0;
    unsigned char header[100], *page;
    uint32_t size;
    int rc = OK;

    *checked = 0;
    if (file->pMethods->xRead(file, header, sizeof header, 0) != SQLITE_OK ||
        file->pMethods->xFileSize(file, &bytes) != SQLITE_OK)
        return err_set(err, ERR_IO, "meta.db cannot be read");
    size = page_size(header);
    if (!size || !db_page_checked(header))
        return OK;
    *checked = 1;
    page = malloc(size);
    if (!page)
        return err_nomem(err);
    for (int64_t n = 1; rc == OK && n <= bytes / size; n++)
        if (file->pMethods->xRead(file, page, (int)size, (n - 1) * size) != SQLITE_OK ||
            !is_good(page, size, (uint64_t)n))
            rc = bad(user, n, err);
    free(page);
    return rc;
}
