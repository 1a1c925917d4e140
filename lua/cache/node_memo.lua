-- node_memo: the nodes of the last run of a pipeline, so that a plan that has some of them again need not look them
-- up (host/graph/memo_pass.h compares, host/meta/node_memo.h keeps).
--
-- A run without maps, branches, `after` and overrides leaves them when it has completed, unless it left nothing new.
-- RILLE_MEMO=off: none is used; check: what it gives is looked up as well, and a difference is an internal error.
-- With RILLE_MEMO_SAYS=FILE a line is appended there for each decision.

local graph = require "rille.graph"
local key = require "rille.cache.key"
local program = require "rille.project.program"
local project = require "rille.project"

local node_memo = {}

-- Step runs after those that the memo knows, from which on it is written anew.
local NEWER_MOST <const> = 256

---@class rille.node_memo of a plan
---@field rows userdata of the graph
---@field found MetaNodeMemo? of an earlier run
---@field checks boolean what is found is compared, not taken
---@field view integer of the metadata when the plan was begun
local Memo = { __name = "node memo" }
Memo.__index = Memo

-- Says what was decided, for tests.
local function say(...)
  local path = os.getenv "RILLE_MEMO_SAYS"
  if not path then return end
  local f <close> = assert(io.open(path, "a"))
  f:write(string.format(...), "\n")
end

-- What a memo is good for: the nodes of another version of rille may have other keys.
local function format_key() return require("rille.base.version") .. "\0" .. key.FORMAT end

-- The memo of a plan that a run is made of; nil where none is used.
---@param g Graph
---@param pipeline string
---@return rille.node_memo?
function node_memo.of(g, pipeline)
  local mode = os.getenv "RILLE_MEMO"
  if mode == "off" or not g.rows or g.dynamic or next(g.after) or not program.observed then return nil end
  local view = project.meta:view()
  local found = project.meta:node_memo(pipeline, format_key())
  return setmetatable({ rows = g.rows, found = found, checks = mode == "check", view = view }, Memo)
end

-- The wiring of the graph as bytes, and its hash.
---@param plan Plan
---@return string bytes, string hash
function Memo:wiring(plan)
  local _, is_same = plan:from_memo()
  if not is_same then return graph.spec(plan.graph) end
  local bytes, hash = self.found:spec()
  if not bytes then return graph.spec(plan.graph) end
  if self.checks then
    local own, own_hash = graph.spec(plan.graph)
    assert(bytes == own and hash == own_hash, "node memo: the wiring differs")
  end
  return bytes, hash
end

-- What is kept of a run that has completed, for meta:commit; nil where that is kept already.
---@param plan Plan that is done
---@return { key: string, steps: string, nodes: string, view: integer }?
function Memo:to_keep(plan)
  local n_taken, is_same = plan:from_memo()
  say("nodes: %d of %d", n_taken, #plan.graph.nodes)
  if is_same and n_taken == #plan.graph.nodes and self.found:newer() <= NEWER_MOST then
    say "nodes not kept: they are as they were"
    return nil
  end
  say "nodes kept"
  local steps, nodes = plan:for_memo(self.rows)
  return { key = format_key(), steps = steps, nodes = nodes, view = self.view }
end

return node_memo
