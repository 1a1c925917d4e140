/* line_input.h -- what a terminal sends while a line is edited: characters, pastes, signals.
 *
 *     read(2) -> bytes -> characters, as LC_CTYPE has them
 *              \> ESC [200~ ... ESC [201~ -> one LINE_INPUT_PASTE; its text is in `paste`
 *
 * Between line_input_begin and line_input_end signals come only while line_input_char waits, so
 * that no handler finds the editor halfway:
 *     SIGINT                    the read ends, `interrupted`
 *     SIGWINCH, SIGCONT         the editor draws its line again
 *     SIGTSTP                   the terminal is given back, the program stops; then as SIGCONT
 *     SIGTERM, SIGHUP, SIGQUIT  the terminal is given back, and the program's handler has the rest
 *     no input for ever         the read ends, `gone`
 * One LineInput is in use at a time: a handler reaches nothing but variables of the file. */
#ifndef LINE_INPUT_H
#define LINE_INPUT_H

#include <signal.h>
#include <wchar.h>

#include "base/buf.h"

/* No terminal sends it as a key in UTF-8, and every editor's map has it. */
enum { LINE_INPUT_PASTE = 0x9d };

enum { LINE_INPUT_SIGNALS = 7 };

/* What the editor does for the reader. */
typedef struct LineInputOwner {
    void (*release)(void *user);        /* gives the terminal back */
    void (*redraw)(void *user, int taken);      /* taken: the terminal is taken again before */
    void *user;
} LineInputOwner;

typedef struct LineInput {
    LineInputOwner owner;
    Buf bytes;                  /* that were read and are no characters yet, from `at` */
    size_t at;
    Buf paste;                  /* UTF-8 or what the terminal sent, lines end with "\n" */
    int interrupted, gone;
    sigset_t mask;              /* before line_input_begin */
    struct sigaction before[LINE_INPUT_SIGNALS];
} LineInput;

void line_input_init(LineInput *in, LineInputOwner owner);
void line_input_release(LineInput *in);
void line_input_begin(LineInput *in);
void line_input_end(LineInput *in);
/* For a terminal in raw mode: what was typed may be gone before it is read, as Ctrl-C takes it
 * back, and the read is not to wait then. */
void line_input_never_block(void);
/* The next character: 1; 0 where the terminal is gone, -1 when interrupted. */
int line_input_char(LineInput *in, wchar_t *c);

#endif
