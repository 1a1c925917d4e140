-- secret_words: does a command read or write files by the name of a secret?
--
-- What is observed of a command has its secrets blanked out, as names are recorded (lua/execute/command.lua).  So a
-- file that is named by a secret is not observed: the result of such a step is not reused.

local command_recipe_reads = require "rille.script.command_recipe_reads"
local command_template = require "rille.script.command_template"
local port_file_form = require "rille.script.port_file_form"
local project = require "rille.project"
local sys = require "rille.host.sys"

local secret_words = {}

-- Is there something by the name of the word, or of what stands behind a = in it or between its colons?
local function names_entry(word)
  if word == "" or word:find "%z" then return false end
  for _, piece in ipairs { word, word:match "=(.*)$" or "", word:match "^%-%a(.*)$" or "" } do
    if piece ~= "" and sys.stat(project.resolve(piece)) then return true end
  end
  for piece in word:gmatch "[^:%s]+" do if sys.stat(project.resolve(piece)) then return true end end
  return false
end

-- Has the word one of the secrets in it?
local function has_secret(job, word)
  for name in next, job.recipe.secrets do
    local v = job.params[name]
    if v ~= "" and word:find(v, 1, true) then return true end
  end
  return false
end

-- The words of the job with its secrets in them, and whether they are files that it writes.
local function each_word(job, f)
  local recipe = job.recipe
  local function text(kind, name)
    local v = kind == "params" and job.params[name]
    return (type(v) == "string" or type(v) == "number") and port_file_form.text(v) or nil
  end
  local account = command_recipe_reads.of(recipe, text, command_recipe_reads.variables(recipe, text))
  for _, one in ipairs(account.words) do f(one[1], one.glob) end
  for _, one in ipairs(account.programs) do f(one[1]) end
  for _, one in ipairs(account.writes) do f(one[1], true) end
  for _, one in ipairs(recipe.env) do
    if one[2] ~= true then f(command_template.fill(one[2], function(...) return text(...) or "" end)) end
  end
  for name in next, recipe.secrets do f(job.params[name]) end
end

---@param job table see lua/execute/command.lua; its recipe has secrets
---@return string? why its result cannot be reused
function secret_words.why(job)
  local why
  each_word(job, function(word, counts)
    if has_secret(job, word) and (counts or names_entry(word)) then
      why = "its command uses a file whose name contains a secret, and such names are not recorded"
    end
  end)
  return why
end

return secret_words
