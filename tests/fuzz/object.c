/* object.c -- a file of the store that somebody else wrote: it is read as an
 * object of another name, so only bytes that hash to it may come out.
 *
 *     byte 0    bit 0: the file's form; bit 1: its name is that of its own bytes
 *     byte 1-2  the size that the metadata gives, little endian */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "fuzz.h"
#include "os/sys.h"
#include "store/store.h"

static char dir[64];

static void
make_dir(void)
{
    snprintf(dir, sizeof dir, "/dev/shm/rille-fuzz-%ld", (long)getpid());
    mkdir(dir, 0700);
}

static void
remove_dir(void)
{
    sys_remove(dir, NULL);
}

static void
write_object(const unsigned char *digest, int form, const uint8_t *p, size_t n)
{
    char path[PATH_MAX], folder[PATH_MAX];
    FILE *f;

    object_file_path(dir, digest, form, path);
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    MUST(sys_mkdirs(folder, NULL) == OK);
    f = fopen(path, "wb");
    MUST(f && fwrite(p, 1, n, f) == n && fclose(f) == 0);
}

static void
read_object(Store *s, const unsigned char *digest, uint64_t size)
{
    unsigned char found[HASH_SIZE];
    Blob *b = NULL;
    Err err = {0};

    if (store_get(s, digest, size, &b, &err)) {
        MUST(err.msg[0]);
        return;
    }
    hash_of(packed_bytes_data(b), packed_bytes_size(b), found);
    MUST(packed_bytes_size(b) == size && memcmp(found, digest, HASH_SIZE) == 0);
    packed_bytes_free(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char digest[HASH_SIZE] = {0xab};
    Store *s = NULL;
    uint64_t told;
    Err err;

    if (size < 3)
        return 0;
    if (!dir[0]) {
        make_dir();
        atexit(remove_dir);
    }
    told = (uint64_t)data[1] | (uint64_t)data[2] << 8;
    if (data[0] & 2)
        hash_of(data + 3, size - 3, digest);
    write_object(digest, data[0] & 1 ? FORM_LZ4 : FORM_RAW, data + 3, size - 3);
    if (store_open(&s, dir, &err) == OK) {
        read_object(s, digest, data[0] & 2 ? size - 3 : told);
        store_verify(s, digest, STORE_ANY_SIZE, &err);
        store_close(s);
    }
    remove_dir();
    return 0;
}
