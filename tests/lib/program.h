/* program.h -- for tests in C that need a store: a folder of their own, and the program run in it.
 *
 *     program_folder();                              program_dir, program_store ("DIR/.rille")
 *     program_write("main.lua", text);
 *     CHECK(program_run("run main.lua -q") == 0);
 *     program_remove();
 * RILLE is the program (tests/run and tests/one set it). */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char program_dir[64], program_store[96];

__attribute__((unused)) static void
program_folder(void)
{
    snprintf(program_dir, sizeof program_dir, "/tmp/rille-test-XXXXXX");
    if (!mkdtemp(program_dir)) {
        perror(program_dir);
        exit(2);
    }
    snprintf(program_store, sizeof program_store, "%s/.rille", program_dir);
}

__attribute__((unused)) static void
program_write(const char *name, const char *text)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", program_dir, name);
    f = fopen(path, "w");
    if (!f || fputs(text, f) == EOF || fclose(f)) {
        perror(path);
        exit(2);
    }
}

/* The exit code of a command of the shell, run in the folder; "$RILLE" is the program. */
__attribute__((unused)) static int
program_shell(const char *command)
{
    char line[1024];
    int status;

    snprintf(line, sizeof line, "cd %s && { %s; } </dev/null", program_dir, command);
    status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

__attribute__((unused)) static int
program_run(const char *arguments)
{
    char line[900];

    snprintf(line, sizeof line, "\"$RILLE\" %s >out 2>&1 || { cat out; false; }", arguments);
    return program_shell(line);
}

/* What the command of the shell prints, to be freed. */
__attribute__((unused)) static char *
program_output(const char *command)
{
    char line[1024];
    size_t n = 0, got, cap = 1 << 16;
    char *text = malloc(cap);
    FILE *p;

    snprintf(line, sizeof line, "cd %s && { %s; } 2>&1 </dev/null", program_dir, command);
    p = text ? popen(line, "r") : NULL;
    while (p && (got = fread(text + n, 1, cap - n - 1, p)) > 0)
        if ((n += got) + 1 == cap && !(text = realloc(text, cap *= 2)))
            exit(2);
    if (!p || pclose(p) < 0)
        exit(2);
    text[n] = 0;
    return text;
}

__attribute__((unused)) static void
program_remove(void)
{
    char line[128];

    snprintf(line, sizeof line, "rm -rf %s", program_dir);
    if (system(line))
        perror(program_dir);
}

#endif
