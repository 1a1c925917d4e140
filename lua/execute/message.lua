-- message: requests and answers (lua/execute/runner.lua) as the parent and a forked worker send
-- them through a channel.
--
-- To the worker:
--     a request with flat artifacts; without inputs when it has none, without run when that is
--         the same as in the request before; and with number, its place in the order sent, and
--         sigs, { digest, sig... }: files of objects that the parent has verified
--     { reply = { ok, result... , n = } }     to a question
-- From the worker:
--     an answer with flat outputs; without output_digests when there is one output, without
--         lists that are empty; with log_gap, { head, from, at } where the middle of the log is
--         left out (channel:log_text), sigs, json, { field = text } of data that no message
--         carries, and last when the worker ends after it
--     { ask = method, args = }                a question about the metadata
--     { progress =, text =, position = }
--
-- A flat artifact is a list in place of a table with names, for one that is a small value: most
-- are, and it takes a third of the bytes.

local json = require "rille.json"
local project = require "rille.project"
local worker_process = require "rille.host.worker_process"

local message = {}

-- Artifacts --------------------------------------------------------------------------

-- The flat artifact, or the artifact itself when it is more than one small value.
local function flatten(artifact)
  local members = artifact.members
  local one = members[1]
  if not one or not one.bytes or members[2] or artifact.metadata then return artifact end
  return { artifact.digest, artifact.type, artifact.materializer, artifact.version, artifact.preview or false, one.name,
    one.digest or false, one.bytes }
end

-- The artifact again; second: it was flat, so it brings all of its bytes.
local function unflatten(given)
  local digest = given[1]
  if not digest then return given, false end
  local bytes = given[8]
  return { digest = digest, type = given[2], materializer = given[3], version = given[4], preview = given[5] or nil,
    size = #bytes, members = { { name = given[6], digest = given[7] or nil, size = #bytes, bytes = bytes } } }, true
end

-- What this process knows of the files of an artifact's objects, added to sigs.
local function add_sigs(store, artifact, sigs)
  for _, member in ipairs(artifact.members) do
    local sig = not member.bytes and store:sig(member.digest)
    if sig then
      sigs = sigs or {}
      table.move({ member.digest, sig }, 1, 2, #sigs + 1, sigs)
    end
  end
  return sigs
end

-- Takes over sigs of another process: its files need not be hashed again here.  each(digest) is
-- called for each object.
---@param store table
---@param sigs string[]?
---@param each fun(digest: string)?
function message.trust_sigs(store, sigs, each)
  for i = 1, #(sigs or {}), 2 do
    store:trust(sigs[i], sigs[i + 1])
    if each then each(sigs[i]) end
  end
end

-- Requests ---------------------------------------------------------------------------

-- The request as it is sent to a worker.
---@param request Request
---@param store table
---@param last_run table?  that of the request before
---@return table
function message.pack_request(request, store, last_run)
  local sent, inputs, sigs = {}, {}, nil
  local function pack(artifact)
    local flat = flatten(artifact)
    if flat == artifact then sigs = add_sigs(store, artifact, sigs) end
    return flat
  end
  for k, v in next, request do sent[k] = v end
  for i, given in ipairs(request.inputs) do
    if given and given.list then
      local list = {}
      for k, artifact in ipairs(given.list) do list[k] = pack(artifact) end
      inputs[i] = { list = list }
    else
      inputs[i] = given and pack(given)
    end
  end
  sent.inputs, sent.sigs = inputs[1] ~= nil and inputs or nil, sigs
  if request.run == last_run then sent.run = nil end
  return sent
end

-- The request again, in place; has_objects: it brings more than small values.
---@param sent table
---@param last_run table?
---@return Request
function message.unpack_request(sent, last_run)
  sent.run = sent.run or last_run
  sent.inputs = sent.inputs or {}
  local function unpack(given)
    local artifact, was_flat = unflatten(given)
    if not was_flat then sent.has_objects = true end
    return artifact
  end
  for i, given in ipairs(sent.inputs) do
    if given and given.list then
      local list = given.list
      for k = 1, #list do list[k] = unpack(list[k]) end
    elseif given then
      sent.inputs[i] = unpack(given)
    end
  end
  return sent
end

-- Answers ----------------------------------------------------------------------------

local LISTS <const> = { "reads", "writes", "impure", "changed", "random" }
-- What a step logged about itself, which may be no plain data (json.null).
local LOGGED <const> = { "metadata", "logged", "noted", "model" }

-- Values that no message can carry become their text.
local function plain(t)
  local copy = {}
  for k, v in next, t do copy[k] = pcall(worker_process.pack, v) and v or tostring(v) end
  return copy
end

local function logged_as_json(answer)
  for _, field in ipairs(LOGGED) do
    local v = answer[field]
    if v and not pcall(worker_process.pack, v) then
      local ok, text = pcall(json.pack, v)
      if ok then
        answer.json = answer.json or {}
        answer.json[field], answer[field] = text, nil
      else
        answer[field] = plain(v)
      end
    end
  end
end

-- Sends an answer; it is changed.
---@param channel table
---@param answer Answer
---@return boolean sent
function message.post_answer(channel, answer)
  for _, field in ipairs(LISTS) do
    local v = answer[field]
    if not v or type(v) == "table" and not v[1] then answer[field] = nil end
  end
  if answer.log == "" then answer.log = nil end
  local outputs = answer.outputs
  for i = 1, #(outputs or {}) do outputs[i] = flatten(outputs[i]) end
  if outputs and #outputs == 1 then answer.output_digests = nil end
  local ok, sent = pcall(channel.post, channel, answer)
  if ok then return sent end
  logged_as_json(answer)
  return channel:post(answer)
end

-- The answer again, in place.  This process syncs the objects that the worker put before a row
-- names them.
---@param answer table
---@param store table
---@return Answer
function message.unpack_answer(answer, store)
  local outputs = answer.outputs
  for i = 1, #(outputs or {}) do
    local artifact, was_flat = unflatten(outputs[i])
    outputs[i] = artifact
    for _, member in ipairs(not was_flat and artifact.members or {}) do
      if not member.bytes then project.check(store:note(member.digest)) end
    end
  end
  if outputs and not answer.output_digests then answer.output_digests = outputs[1].digest end
  message.trust_sigs(store, answer.sigs)
  for field, text in next, answer.json or {} do answer[field] = json.unpack(text) end
  return answer
end

return message
