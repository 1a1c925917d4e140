/* db_image.c -- see db_image.h */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/lz4_frame.h"
#include "meta/db_core.h"
#include "meta/db_image.h"
#include "os/sys.h"

enum { PAGE = 4096 };                   /* bytes */

int64_t
db_image_schema(const char *schema)
{
    Checksum sum;

    checksum_init(&sum);
    checksum_bytes(&sum, schema, strlen(schema));
    return checksum_final(&sum);
}

/* Runs the statements on a database in memory, and appends its bytes. */
static int
make(sqlite3 *memory, const char *schema, const char *dir, Buf *out, Err *err)
{
    int rc, reserve = DB_PAGE_RESERVE;
    unsigned char *image;
    sqlite3_int64 size = 0;
    char pragma[64];

    sqlite3_file_control(memory, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    snprintf(pragma, sizeof pragma, "pragma application_id=%d", DB_APPLICATION_ID);
    if (db_functions_add(memory) ||
        sqlite3_exec(memory, "pragma page_size=4096", NULL, NULL, NULL) ||
        sqlite3_exec(memory, pragma, NULL, NULL, NULL))
        return db_fail_at(memory, dir, err);
    if ((rc = db_schema_run(memory, dir, schema, 0, err)))
        return rc;
    image = sqlite3_serialize(memory, "main", &size, 0);
    if (!image || size < 100) {
        sqlite3_free(image);
        return err_nomem(err);
    }
    image[18] = image[19] = 2;  /* read and write format 2: WAL mode */
    if (db_page_checked(image))
        db_page_stamp_image(image, (uint64_t)size / PAGE, PAGE);
    rc = buf_put(out, image, (size_t)size) ? err_nomem(err) : OK;
    sqlite3_free(image);
    return rc;
}

int
db_image_make(const char *schema, const char *dir, Buf *out, Err *err)
{
    sqlite3 *memory = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, rc;

    rc = sqlite3_open_v2(":memory:", &memory, flags, NULL) ? db_fail_at(memory, dir, err)
                                                           : make(memory, schema, dir, out, err);
    sqlite3_close(memory);
    return rc;
}

/* Appends the database of the build. */
static int
unpack_built(Buf *out, Err *err)
{
    size_t taken = db_image_built.packed_len, made = db_image_built.size;
    Lz4Unpack *z;
    int rc;

    if (buf_reserve(out, made))
        return err_nomem(err);
    if ((rc = lz4_unpack_new(&z, err)))
        return rc;
    rc = lz4_unpack(z, db_image_built.packed, &taken, out->data + out->len, &made, err);
    lz4_unpack_free(z);
    if (rc < 0)
        return rc;
    out->len += made;
    return made == db_image_built.size ? OK : err_set(err, ERR_CORRUPT, "the program is damaged");
}

int
db_image(const char *schema, const char *dir, Buf *out, Err *err)
{
    if (db_image_built.size && db_image_schema(schema) == db_image_built.schema)
        return unpack_built(out, err);
    return db_image_make(schema, dir, out, err);
}

/* Writes meta.db, with nothing in it yet. */
static int
write_empty(const char *dir, const char *schema, Err *err)
{
    char path[PATH_MAX];
    Buf image;
    int rc;

    buf_init(&image);
    rc = db_image(schema, dir, &image, err);
    /* what is left of an earlier database must not be taken for this one's log */
    for (int i = 0; rc == OK && i < 2; i++) {
        snprintf(path, sizeof path, "%.*s/meta.db%s", PATH_MAX - 64, dir, i ? "-shm" : "-wal");
        rc = sys_remove(path, err);
    }
    snprintf(path, sizeof path, "%s/meta.db", dir);
    if (rc == OK)
        rc = sys_write_file(path, image.data, image.len, err);
    buf_release(&image);
    return rc;
}

int
db_image_create(const char *dir, const char *schema, Err *err)
{
    int lock, rc;

    if ((rc = db_lock_folder(dir, 1, &lock, err)))
        return rc;
    if (db_file_size(dir, "meta.db") <= 0) /* no other process was faster */
        rc = write_empty(dir, schema, err);
    sys_unlock(lock);
    return rc;
}
