-- rille help version
return [[
rille version [--json]

The version of rille and of its Lua; also rille --version.

  --json   {"version":TEXT,"lua":TEXT,"format":N}, N being the format of the
           stores that it writes

Exit codes: 0 fine; 2 usage.

  rille version
  rille version --json
]]
