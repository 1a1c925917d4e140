/* w4floor.c -- the least that keeping N doubles costs: hash them and write them.
 *
 *     w4floor KIND BYTES OUT     SHA-256 of a file of that size, written and synced
 *
 * One block is filled once and used again and again, so the time is that of the
 * hash, the write and the disk alone, one after another.  KIND r or i only says what
 * is in the block. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <nettle/sha2.h>

enum { BLOCK = 256 * 1024 };

static void
fill(double *to, int random)
{
    uint64_t s = 42;

    for (int i = 0; i < BLOCK / 8; i++) {
        s = s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        to[i] = random ? (double)(s >> 11) * 0x1p-53 : (double)(s >> 56);
    }
}

int
main(int argc, char **argv)
{
    static double block[BLOCK / 8];
    unsigned char digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash;
    int fd;

    if (argc != 4)
        return 2;
    fd = open(argv[3], O_CREAT | O_TRUNC | O_WRONLY, 0644);
    if (fd < 0)
        return 1;
    fill(block, argv[1][0] == 'r');
    sha256_init(&hash);
    for (long long left = atoll(argv[2]); left > 0; left -= BLOCK) {
        size_t n = left < BLOCK ? (size_t)left : BLOCK;

        sha256_update(&hash, n, (const uint8_t *)block);
        if (write(fd, block, n) != (ssize_t)n)
            return 1;
    }
    sha256_digest(&hash, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        printf("%02x", digest[i]);
    printf("\n");
    return fdatasync(fd) || close(fd);
}
