-- Writes the listing of the texts that people read to build/strings.txt (make strings).

package.path = "../lib/?.lua;" .. package.path
local paths = require "paths"
local strings = require "strings"

local found = strings.collect()
local name = paths.build .. "/strings.txt"
local f <close> = assert(io.open(name, "wb"))
assert(f:write(strings.listing(found)))
print(string.format("%s: %d texts", name, #found))
