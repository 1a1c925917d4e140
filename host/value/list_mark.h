/* list_mark.h -- which empty tables are lists, so that they are written as [].
 *
 * The marks are kept beside the tables and keep none of them alive. */
#ifndef LIST_MARK_H
#define LIST_MARK_H

#include <lua.h>

/* list: 1 marks the table at idx, 0 takes the mark away. */
void list_mark_set(lua_State *L, int idx, int list);
int list_mark_get(lua_State *L, int idx);

#endif
