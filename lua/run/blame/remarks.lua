-- remarks: what a reader of a blame has to know of its runs: steps that draw random numbers, steps that read history.

local remarks = {}

local function text_of(run, step)
  local leaf = step.leaves[1]
  local text = leaf and leaf.source and run.texts[leaf.source:gsub("^[@=]", "")] or run.texts[run.main]
  if not text or not leaf or not leaf.line then return "" end
  local lines, n = {}, 0
  for line in text:gmatch "[^\n]*" do
    n = n + 1
    if n >= leaf.line and n <= (leaf.last or leaf.line) then lines[#lines + 1] = line end
  end
  return table.concat(lines, "\n")
end

-- Does the step read the history, by its text?  Only a step without a cache may.
---@param run table of run/blame/recorded.lua
---@param id string
---@return boolean
function remarks.reads_history(run, id)
  local step = run.steps[id]
  if not step or step.reusable then return false end
  local text = text_of(run, step)
  return text:find "%.pipeline%s*[%.:%[]" ~= nil or text:find "%.pipelines%f[%W]" ~= nil
    or text:find "rille%.artifact%f[%W]" ~= nil or text:find "%.models%f[%W]" ~= nil
end

---@param model rille.blame.model
---@param none table report of GOOD
---@return string[]
function remarks.of(model, none)
  local list, random = {}, { draws = {}, always = {} }
  for _, run in ipairs { model.good, model.bad } do
    if run.is_older then
      list[#list + 1] = run.run.name .. " was recorded by an earlier version of rille: its steps ran again"
    end
  end
  for _, id in ipairs(model.bad.order) do
    local node = none.by_id[id]
    if node and node.upstream then
      if remarks.reads_history(model.bad, id) then
        list[#list + 1] = id .. " reads the history: mixtures read it as it is now"
      elseif random[node.random] and node.cacheable then table.insert(random[node.random], id) end
    end
  end
  if random.draws[1] then
    list[#list + 1] = string.format("%s %s random numbers, seeded by code, parameters and inputs: --repeat K measures "
      .. "the noise", table.concat(random.draws, ", "), #random.draws == 1 and "draws" or "draw")
  end
  if random.always[1] then
    list[#list + 1] = string.format('%s %s cached by cache = "always": --repeat K shows whether the results vary',
      table.concat(random.always, ", "), #random.always == 1 and "is" or "are")
  end
  return list
end

return remarks
