/* json_fields.h -- the names of the columns of records in JSON, in their order. */
#ifndef JSON_FIELDS_H
#define JSON_FIELDS_H

#include <lua.h>

/* value.json_fields(text [, inner]) -> the names of the fields of an object, or of the objects
 * in an array, in the order in which the text first has them; with inner those of the objects
 * in an object */
int json_fields_list(lua_State *L);

#endif
