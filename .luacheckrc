-- .luacheckrc -- settings of luacheck for lua, stdlib, materializers, examples: tests/source/luacheck_test.lua runs it.

std = "lua54"
max_line_length = false         -- tests/source/lines_test.lua counts columns
self = false                    -- methods have a self, whether they use it or not

ignore = {
  "211/within", "211/lock", "211/body",         -- local x <close>: luacheck does not know that its end is a use
  "542",                                        -- an empty branch says in a comment why there is nothing to do
}

-- Stubs for editors: functions without a body, classes that nothing reads.
files["lua/library"] = { ignore = { "212", "241", "431" } }
-- Its `at` is found by the name of the variable on the stack.
files["lua/base/errors.lua"] = { ignore = { "212/at" } }
-- A vertex that is remembered to be changed later.
files["lua/show/lineage_tree.lua"] = { ignore = { "331" } }
-- not (x >= y) is true where one of them is NaN.
files["lua/script/port_type.lua"] = { ignore = { "581" } }
