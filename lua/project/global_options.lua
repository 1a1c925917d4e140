-- global_options: what the command line, or the program that embeds rille, asked for; it holds for every
-- command and run of this process.

---@class rille.global_options
local global_options = {
  store = false,            ---@type string|false path of the .rille folder
  stack = false,            ---@type string|false the stack of runs
  quiet = false,            -- only failures are printed
  silent = false,           -- nothing is printed
  verbose = false,
  json = false,
  color = false,            ---@type string|false "always", "never", "auto"
  jobs = false,             ---@type integer|false -j
  processors = false,       ---@type integer|false jobs when nothing says otherwise; false in a library
  update_golden = false,    -- golden values are written, not compared
}

local NAMES = {}
for name in next, global_options do NAMES[name] = true end

-- Sets options; nil and false both mean: not asked for.
---@param values table<string, any>
---@return table<string, any> before the values that these had
function global_options.set(values)
  local before = {}
  for name, v in next, values do
    assert(NAMES[name], name)
    before[name], global_options[name] = global_options[name], v
  end
  return before
end

return global_options
