-- secret_texts: texts of the environment that components got as options, and that no message, record or log may have.
--
-- These are the variables that options name as ${env:NAME}: all where the flavor says that the option is secret; of
-- other options those that are no absolute paths, which are no secret and belong in a message.

local secret_texts = {}

local LEAST <const> = 4             -- bytes: what is shorter is in any sentence

-- Adds those of a component to a list.
---@param list string[]
---@param flavor rille.flavor
---@param given table<string, any> options as they are configured
---@return string[] list
function secret_texts.add(list, flavor, given)
  for name, v in next, given do
    for variable in (type(v) == "string" and v or ""):gmatch "%${env:([%a_][%w_]*)}" do
      local text = os.getenv(variable) or ""
      if flavor.secrets[name] or text:sub(1, 1) ~= "/" then list[#list + 1] = text end
    end
  end
  table.sort(list, function(a, b)                       -- one that has another one in it first
    if #a ~= #b then return #a > #b end
    return a < b
  end)
  return list
end

-- A text without them.
---@param text string
---@param list string[]
---@return string
function secret_texts.removed(text, list)
  for _, secret in ipairs(list) do
    if #secret >= LEAST then text = text:gsub(secret:gsub("%p", "%%%0"), "...") end
  end
  return text
end

return secret_texts
