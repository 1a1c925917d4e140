-- dialects: a request to a served model, answered: rille's own and MLflow's JSON, CSV, .npy (POST /predict and
-- /invocations) and the Open Inference Protocol (/v2, v2.lua).  Nothing here knows of sockets.
--
--   dialects.answer(served, request, options) -> status, headers, body, info
--       request   { method, path, query = { NAME = TEXT }, headers = { [name in lower case] = TEXT }, body }
--       options   { strict: refuses unknown columns, max_depth = 8, max_values = 10000000, ready }
--       info      { rows =, ignored = { names }, problem = what failed in rille or the model, for the log }
-- Bad input is a 4xx with one form of body (reply.lua); no error leaves.

local json_request = require "rille.host.json_request"
local mlflow_body = require "rille.serve.mlflow_body"
local batch = require "rille.serve.batch"
local json = require "rille.json"
local refusal = require "rille.serve.refusal"
local reply = require "rille.serve.reply"
local suggest = require "rille.base.suggest"

local dialects = {}

local DEPTH <const>, VALUES <const> = 8, 10000000

-- The value of a JSON body.
local function decoder(options)
  local depth, most = options.max_depth or DEPTH, options.max_values or VALUES
  return function(text)
    local ok, value = pcall(json_request.decode, text, "body", depth, most)
    if ok then return value end
    if type(value) ~= "string" then error(value, 0) end
    if value:find("not enough memory", 1, true) then refusal.raise(413, "the body needs more memory than there is") end
    if value:find("too many values", 1, true) then
      refusal.raise(413, "the body has more than %d values; send fewer rows at a time", most)
    end
    local line, column, what = value:match "body:(%d+):(%d+): ([^\n]*)"
    if not line then error(value, 0) end
    refusal.raise(400, "the body is not the JSON that is expected: line %s, character %s: %s", line, column, what)
  end
end

-- ---- the type of a body ----

local TYPES <const> = 'application/json, text/csv or application/x-npy'

-- The media type, in lower case; raises for a charset that is not UTF-8.
local function media_type(request)
  local text = request.headers["content-type"]
  if not text or text == "" then return "" end
  local charset = text:lower():match 'charset%s*=%s*"?([%w%-_]+)'
  if charset and charset ~= "utf-8" and charset ~= "utf8" then
    refusal.raise(415, "the charset is %s; send UTF-8", refusal.shown(charset))
  end
  return text:lower():match "^%s*([^;%s]*)"
end

local QUERY <const> = { "proba" }

local function wants_proba(request)
  for name in next, request.query or {} do
    if name ~= "proba" then
      refusal.raise(400, "unknown parameter %s%s", refusal.shown(name), suggest.hint(name, QUERY))
    end
  end
  local v = request.query and request.query.proba
  if v == nil or v == "" or v == "false" or v == "0" then return false end
  if v == "true" or v == "1" then return true end
  refusal.raise(400, "proba: expected true or false, got %s", refusal.shown(v))
end

local readers = {
  ["application/json"] = function(served, request, options)
    return mlflow_body.read(served.columns, options.decode(request.body), options)
  end,
  ["text/csv"] = function(served, request, options)
    return require("rille.serve.csv_body").read(served.columns, request.body, options), false
  end,
  ["application/x-npy"] = function(served, request)
    return require("rille.serve.npy_body").read(served.columns, request.body), false
  end,
}

-- ---- answers ----

local function model_text(served)
  if not served.text then
    served.text = json.encode(served.model)
    served.text = string.format('"model":{"name":%s,"version":%d,"stage":%s}', served.text, served.number,
      json.encode(served.stage or json.null))
  end
  return served.text
end

local function predict(served, request, options)
  if request.method ~= "POST" then
    refusal.with(405, string.format("%s %s: the method is POST", request.method, request.path), { Allow = "POST" })
  end
  local media = media_type(request)
  local read = readers[media]
  if not read then
    refusal.raise(415, "%s; expected %s%s", media == "" and "there is no Content-Type"
      or "the content type is " .. refusal.shown(media), TYPES,
        media == "application/x-www-form-urlencoded" and ', as in curl -H "Content-Type: application/json"' or "")
  end
  local asked = wants_proba(request)
  local made, proba = read(served, request, options)
  proba = proba or asked
  local answer = batch.predict(served, made, { proba = proba })
  local parts = { '{"predictions":', reply.list(answer.predictions) }
  if proba then
    parts[#parts + 1] = ',"probabilities":' .. reply.list(answer.probabilities)
    if answer.classes then parts[#parts + 1] = ',"classes":' .. reply.list(answer.classes) end
  end
  parts[#parts + 1] = "," .. model_text(served) .. "}"
  local status, headers, body = reply.text(table.concat(parts))
  return status, headers, body, { rows = made.n, ignored = made.ignored }
end

local function route(served, request, options)
  local path = request.path
  if path == "/predict" or path == "/invocations" then
    return predict(served, request, { strict = options.strict, decode = decoder(options), bare = path == "/predict" })
  end
  if path:find "^/v2/?$" or path:find "^/v2/" then
    return require("rille.serve.v2").answer(served, request, { strict = options.strict, ready = options.ready,
      decode = decoder(options) })
  end
  refusal.raise(404, "there is nothing at %s; rows are sent to POST /predict", request.path)
end

local INTERNAL <const> = "the request could not be answered: an error in the server"

-- The reply to what was raised.
local function refused(problem)
  if refusal.is(problem) then
    local status, headers, body = reply.error(problem.status, problem.message, problem)
    return status, headers, body, { problem = problem.status >= 500 and problem.message or nil,
      message = problem.message }
  end
  local status, headers, body = reply.error(500, INTERNAL)
  return status, headers, body, { problem = tostring(problem), message = INTERNAL }
end

-- Answers a request.
---@param served ServedModel
---@param request { method: string, path: string, query: table?, headers: table<string, string>, body: string }
---@param options { strict: boolean?, max_depth: integer?, max_values: integer?, ready: boolean? }?
---@return integer status, table<string, string> headers, string body, table info
function dialects.answer(served, request, options)
  local ok, status, headers, body, info = pcall(route, served, request, options or {})
  if not ok then status, headers, body, info = refused(status) end
  headers["X-Rille-Model"] = served.model .. "/" .. served.number
  if info and info.ignored and info.ignored[1] then headers["X-Rille-Ignored"] = reply.header_names(info.ignored) end
  return status, headers, body, info or {}
end

return dialects
