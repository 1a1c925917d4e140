-- The metadata store "sqlite": one file, .rille/meta.db.

local meta = require "rille.host.meta"

return {
  kind = "metadata_store", name = "sqlite", summary = "runs, steps, artifacts, the cache",
  path = function(_, env) return env.dir .. "/meta.db" end,
  -- how: { create, readonly }, as of meta.open
  open = function(_, env) return meta.open(env.dir, env.how) end,
}
