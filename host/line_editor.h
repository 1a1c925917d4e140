/* line_editor.h -- editing of lines on a terminal, by libedit, for the prompt of the program.
 *
 * The library is opened when the first editor is: other commands do not load it.  Its locale is
 * of the characters alone (LC_CTYPE, C.UTF-8 where the environment has none), for numbers are
 * written with a point.  ~/.editrc is read, so that vi keys are there for who wants them.
 *
 * Text that the terminal pastes (bracketed paste) arrives as one entry, whatever lines it has. */
#ifndef LINE_EDITOR_H
#define LINE_EDITOR_H

#include <lua.h>

/* open(complete) -> editor | nil, message
 *     complete(line, at) -> first | nil, the texts that can stand from there to `at`: first is a
 *     byte of the line from 1, at the byte before the cursor
 * editor:read(prompt) -> text without its end | nil, "interrupted" (Ctrl-C) | nil, "end" (Ctrl-D
 *     on an empty line)
 * editor:pasted() -> the rest of a paste of several lines, or nil
 * editor:add(text)        to the history that the arrow keys show
 * editor:close()          the terminal is as it was */
int line_editor_l_open(lua_State *L);

#endif
