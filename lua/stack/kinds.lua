-- kinds: the kinds of components that a stack is made of, and what the objects of each can do.
--
-- A stack has one orchestrator, one artifact store and one metadata store; of the other kinds it may have one, or
-- several where a kind says so.  A flavor (stack/flavors.lua) opens an object, whose methods are these:
--
--   orchestrator        runner(self, env, jobs) -> runner | nil     what carries steps out, as execute/runner.lua gives
--                       it; nil: the usual one, this process or forked workers
--   artifact_store      the methods of Store, host/store/interface.lua
--   metadata_store      the methods of Meta, host/meta/interface.lua
--   alerter             alert(self, message, say) -> true | nil, why
--                       message = { text, title?, level = "info"|"warning"|"error", run?, pipeline?, step?, status? };
--                       say(text) prints a line where a run prints.  A field on of the object says when it alerts of a
--                       run by itself: "failure" (if nothing was alerted in it; the default), "end" or "never"
--   experiment_tracker  run_begin(self, run), step_end(self, step, run), run_end(self, run); each may be absent.
--                       run and step: run/observers.lua
--   model_registry      publish(self, version) -> true | nil, why
--                       version = { model, number, name?, stage?, created, run?, project, metadata, signature?,
--                       artifacts = { { name, kind, type, materializer, version, digest, size,
--                       members = { { name, digest, size } } } }, write(member, path) };
--                       one that can also be read has the methods of stack/registry_folder.lua
--   model_deployer      deploy(self, version, options) -> { id, url?, how? } | nil, why;  stop(self, id);
--                       status(self, id)     version = { model, number?, stage?, artifact? };
--                       options = { name, port, host?, token_env?, run, stopped() }
--   data_validator      validate(self, value, port) -> true | nil, why     port = { step, name, type }
-- and close(self), which may be absent.

---@class rille.component_kind
---@field name string as fields and modules have it: "artifact_store"
---@field word string as commands have it: "artifact-store"
---@field title string as sentences have it: "artifact store"
---@field article string "an" or "a"
---@field needed boolean every stack has one
---@field several boolean a stack may have several
---@field methods string[] that an object must have
---@field summary string

local kinds = {}

local STORE <const> = { "put", "put_file", "begin", "note", "sync", "pending", "has", "intact", "get", "copy_out",
  "path", "map_path", "verify", "sig", "trust", "use_memo", "objects", "clean", "close" }
local META <const> = { "begin_run", "commit", "cache", "runs", "run", "steps", "artifact", "find_artifact", "close",
  "abandon" }

---@type rille.component_kind[]
kinds.list = {
  { name = "orchestrator", needed = true, methods = { "runner" }, summary = "runs the steps" },
  { name = "artifact_store", needed = true, methods = STORE, summary = "stores the bytes of artifacts" },
  { name = "metadata_store", needed = true, methods = META, summary = "records runs, steps and artifacts" },
  { name = "experiment_tracker", several = true, methods = {}, summary = "copies parameters and metrics elsewhere" },
  { name = "alerter", several = true, methods = { "alert" }, summary = "sends messages to people" },
  { name = "model_registry", methods = { "publish" }, summary = "publishes versions of models" },
  { name = "model_deployer", methods = { "deploy", "stop", "status" }, summary = "serves models" },
  { name = "data_validator", methods = { "validate" }, summary = "checks values between steps" },
}

---@type table<string, rille.component_kind>
kinds.by_name = {}

---@type table<string, rille.component_kind>
kinds.by_word = {}

for _, kind in ipairs(kinds.list) do
  kind.word, kind.title = kind.name:gsub("_", "-"), kind.name:gsub("_", " ")
  kind.article = kind.name:find "^[aeiou]" and "an" or "a"
  kind.needed, kind.several = kind.needed or false, kind.several or false
  kinds.by_name[kind.name], kinds.by_word[kind.word] = kind, kind
end

-- The names of all kinds, with underscores.
---@return string[]
function kinds.names()
  local names = {}
  for i, kind in ipairs(kinds.list) do names[i] = kind.name end
  return names
end

return kinds
