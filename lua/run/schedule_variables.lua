-- schedule_variables: the variables of the environment that a scheduled run needs and that cron and systemd do not set.

local kinds = require "rille.stack.kinds"

local schedule_variables = {}

local SET <const> = { HOME = true, LOGNAME = true, PATH = true, SHELL = true }

-- Their names, sorted: those of settings, and those that options of the stack's components name.
---@param settings { env: string? }[] of cmd/config.lua
---@param of_run rille.stack
---@return string[]
function schedule_variables.of(settings, of_run)
  local names, seen = {}, {}
  local function add(name)
    if not SET[name] and not seen[name] then names[#names + 1], seen[name] = name, true end
  end
  for _, one in ipairs(settings) do if one.env then add(one.env) end end
  for _, kind in ipairs(kinds.list) do
    for _, part in ipairs(of_run:parts(kind.name)) do
      for _, v in next, part.options do
        for name in (type(v) == "string" and v or ""):gmatch "%${env:([%a_][%w_]*)}" do add(name) end
      end
    end
  end
  table.sort(names)
  return names
end

-- What the user has to do; nil: nothing.
---@param names string[]
---@param unit string? of a timer
---@return string?
function schedule_variables.note(names, unit)
  if not names[1] then return nil end
  local list = table.concat(names, ", ")
  if unit then
    return string.format("systemd does not set %s: systemctl --user edit %s.service, with Environment=%s=... below "
      .. "[Service]", list, unit, names[1])
  end
  return string.format("cron does not set %s: write %s=... above the entry, with crontab -e", list, names[1])
end

return schedule_variables
