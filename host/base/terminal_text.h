/* terminal_text.h -- text from outside as a terminal may show it.
 *
 * Names, messages and what steps print come from scripts, files and stores.  On a
 * terminal their control characters would move the cursor, erase, set the title or
 * reorder what stands beside them, so these are shown escaped:
 *     \x1b        C0 controls, DEL and bytes that are not UTF-8; \r \n \t where they
 *                 have a short name
 *     \u{9b}      C1 controls, bidirectional overrides and isolates (U+202A to U+202E,
 *                 U+2066 to U+2069), line and paragraph separators (U+2028, U+2029)
 * The backslash itself stays as it is.
 *
 * A mark is a random secret of the process: an ESC followed by the mark is rille's own and
 * is written as an ESC.  Text from outside cannot contain the mark. */
#ifndef TERMINAL_TEXT_H
#define TERMINAL_TEXT_H

#include <stdio.h>

#include "base/buf.h"

typedef enum TerminalForm {
    TERMINAL_LINES,     /* \n and \t stay, \r\n is an end of line; marked ESCs go out */
    TERMINAL_LINE,      /* one line: \n and \t are escaped as well */
    TERMINAL_LOG        /* LINES of what a step prints: of a line what follows its last
                         * \r; colours (SGR) stay, marked, and end with their line */
} TerminalForm;

/* Appends the n bytes at p to out in that form; mark: NULL where there is none.
 * 0 or ERR_NOMEM. */
int terminal_text(Buf *out, const char *p, size_t n, TerminalForm form, const char *mark);

/* Writes n bytes to the file: in that form, without a mark, where it is a terminal,
 * else as they are.  Where memory is short nothing is written to a terminal. */
void terminal_put(FILE *file, const char *p, size_t n, TerminalForm form);

#endif
