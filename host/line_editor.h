/* line_editor.h -- editing of lines on a terminal, by libedit, for the prompt of the program.
 *
 * The library is opened when the first editor is: other commands do not load it.  While the editor
 * works its thread has a locale of characters (LC_CTYPE as the environment says, C.UTF-8 where it
 * says nothing); otherwise the process has none, for numbers are written with a point and keys of
 * steps have the locale in them.  ~/.editrc is read, so that vi keys are there for who wants them.
 *
 * Text that the terminal pastes (bracketed paste) is never taken for keys. */
#ifndef LINE_EDITOR_H
#define LINE_EDITOR_H

#include <lua.h>

/* open() -> editor | nil, message
 * editor:read(complete, prompt, started[, text])
 *     -> line without its end
 *     -> line, rest            the line is the first of a paste; rest: its other lines
 *     -> nil, "interrupted"    Ctrl-C
 *     -> nil, "end"            Ctrl-D on an empty line, unless started
 *     -> nil, "gone"           the terminal is
 *     complete(line, at) -> first, text, list: text takes the place of the bytes of the line from
 *     first, counted from 1, to `at`, the byte before the cursor; list is shown below; each may be
 *     nil.  text: what the line has from the beginning
 * editor:add(text)             to the history that the arrow keys show
 * editor:close()               the terminal is as it was */
int line_editor_l_open(lua_State *L);

#endif
