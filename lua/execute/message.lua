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
-- A flat artifact is a list in place of a table with names (artifact/small_artifact.lua).  A list of many small
-- artifacts of one kind is { kind = { type, materializer, version, name of the member }, digests = end to end,
-- bytes = { ... } }.

local json = require "rille.json"
local project = require "rille.project"
local small_artifact = require "rille.artifact.small_artifact"
local worker_process = require "rille.host.worker_process"

local message = {}

-- Artifacts --------------------------------------------------------------------------

-- The artifact as it is sent: a list when it is one small value, else as it is.
local function flatten(artifact) return small_artifact.list_of(artifact) or artifact end

-- The artifact again; second: it was a list, so it brings all of its bytes.
local function unflatten(given)
  if not given[1] then return given, false end
  return small_artifact.of(given), true
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

-- The list as columns, or nil where its artifacts are not all small and of one kind.
local function columns_of(list)
  local first = list[1]
  if not first or not small_artifact.is(first) then return nil end
  local kind, digests, bytes = { first[2], first[3], first[4], first[6] }, {}, {}
  for k = 1, #list do
    local one = list[k]
    if not small_artifact.is(one) or one[2] ~= kind[1] or one[3] ~= kind[2] or one[4] ~= kind[3]
      or one[6] ~= kind[4] then
      return nil
    end
    digests[k], bytes[k] = one[1], one[8]
  end
  return { kind = kind, digests = table.concat(digests), bytes = bytes }
end

local function list_of_columns(columns)
  local list, kind, digests, bytes = {}, columns.kind, columns.digests, columns.bytes
  for k = 1, #bytes do
    list[k] = small_artifact.of { digests:sub(32 * k - 31, 32 * k), kind[1], kind[2], kind[3], false, kind[4], false,
      bytes[k] }
  end
  return list
end

-- Requests ---------------------------------------------------------------------------

-- Fields that most requests lack.
local SELDOM <const> = { "step", "params", "objects", "artifact_notes", "model", "known_error", "timeout", "memory",
  "exclusive" }

-- The request as it is sent to a worker.
---@param request Request
---@param store table
---@param last_run table?  that of the request before
---@return table
function message.pack_request(request, store, last_run)
  local inputs, sigs, given = nil, nil, request.inputs
  local function pack(artifact)
    local list = small_artifact.list_of(artifact)
    if list then return list end
    sigs = add_sigs(store, artifact, sigs)
    return artifact
  end
  for i = 1, #given do
    local one = given[i]
    inputs = inputs or {}
    if one and one.list then
      local columns = columns_of(one.list)
      if not columns then
        local list = {}
        for k = 1, #one.list do list[k] = pack(one.list[k]) end
        inputs[i] = { list = list }
      else
        inputs[i] = columns
      end
    else
      inputs[i] = one and pack(one)
    end
  end
  local sent = { position = request.position, id = request.id, key = request.key, number = request.number,
    inputs = inputs, sigs = sigs, run = request.run ~= last_run and request.run or nil }
  for k = 1, #SELDOM do
    local field = SELDOM[k]
    local v = request[field]
    if v ~= nil then sent[field] = v end
  end
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
    if given and given.kind then
      sent.inputs[i] = { list = list_of_columns(given) }
    elseif given and given.list then
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
  for i = 1, outputs and #outputs or 0 do
    local artifact, was_flat = unflatten(outputs[i])
    outputs[i] = artifact
    for _, member in ipairs(not was_flat and artifact.members or {}) do
      if not member.bytes then project.check(store:note(member.digest)) end
    end
  end
  if outputs and not answer.output_digests then answer.output_digests = outputs[1].digest end
  if answer.sigs then message.trust_sigs(store, answer.sigs) end
  if answer.json then for field, text in next, answer.json do answer[field] = json.unpack(text) end end
  return answer
end

return message
