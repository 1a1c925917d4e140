/* embed.c -- a tool of the build: writes files as C arrays, for script.c.
 *
 *     embed FILE... > scripts.c
 *
 * Every file is kept verbatim, so that line numbers hold.  The table is sorted
 * by path; its last entry is all NULL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
put_file(const char *path, int number)
{
    FILE *f = fopen(path, "rb");
    int c, column = 0;

    if (!f) {
        perror(path);
        return 1;
    }
    printf("static const char file_%d[] = {", number);
    while ((c = getc(f)) != EOF)
        printf("%s%d,", column++ % 24 ? "" : "\n", (signed char)c);
    printf("0};\n");
    fclose(f);
    return 0;
}

int
main(int argc, char **argv)
{
    qsort(argv + 1, (size_t)argc - 1, sizeof *argv, by_name);
    printf("#include \"script.h\"\n");
    for (int i = 1; i < argc; i++)
        if (put_file(argv[i], i))
            return EXIT_FAILURE;
    printf("const ScriptFile script_files[] = {\n");
    for (int i = 1; i < argc; i++)
        printf("    {\"%s\", file_%d, sizeof file_%d - 1},\n", argv[i], i, i);
    printf("    {NULL, NULL, 0}\n};\n");
    return EXIT_SUCCESS;
}
