-- help: the texts of `rille help`, one file each in lua/help/topics/.

local suggest = require "rille.base.suggest"

local help = {
  commands = { "run", "plan", "watch", "why", "runs", "show", "log", "stop", "artifact", "pipeline", "diff", "lineage", "graph", "config", "test", "types", "stack", "artifact-store", "metadata-store", "lint", "verify", "fsck", "version", "help" },
  topics = { "script", "steps", "programs", "pipelines", "maps", "materializers", "cache", "limits", "stopping", "history", "arrays", "frames", "csv", "null", "learning", "testing", "store", "commands", "embedding" },
}

-- The text on a command or a topic, or the overview.
---@param topic string?
---@return string
function help.text(topic)
  if not topic then return (require "rille.help.topics.overview") end
  local names = table.move(help.topics, 1, #help.topics, #help.commands + 1, { table.unpack(help.commands) })
  if not suggest.has(topic, names) then
    local near = suggest.nearest(topic, names)
    error({ usage = string.format('there is no help on "%s"%s; see rille help', topic, near and string.format("; did you mean %q?", near) or "") }, 0)
  end
  return (require("rille.help.topics." .. topic))
end

return help
