-- rille artifact list | show | get | verify

local hash = require "rille.host.hash"
local history = require "rille.history"
local json = require "rille.json"
local mistake = require "rille.mistake"
local paint = require "rille.paint"
local session = require "rille.session"
local settings = require "rille.settings"
local suggest = require "rille.suggest"
local sys = require "rille.host.sys"

local command = {
  usage = "artifact list [PREFIX] | show NAME | get NAME [-o PATH] | verify [NAME]", min = 1, max = 2,
  options = { ["-o"] = "value", ["--limit"] = "value" },
}

local actions = {}

function actions.list(args)
  local list = session.meta:artifacts { prefix = args[2], limit = settings.count("--limit", args.limit, 200) }
  local rows, items = {}, {}
  for i, one in ipairs(list) do
    rows[i] = { one.name, one.version, one.type, paint.bytes(one.size), hash.hex(one.digest):sub(1, 12) }
    items[i] = { name = one.name, version = one.version, type = one.type, size = one.size, digest = hash.hex(one.digest), id = hash.hex(one.digest) }
  end
  if session.options.json then io.stdout:write(json.encode { items = json.array(items), next = json.null }, "\n")
  else io.stdout:write(paint.table({ "artifact", ">version", "type", ">size", "digest" }, rows)) end
  return 0
end

local function find(name)
  local row, message = session.meta:find_artifact(name)
  if not row then mistake.at(nil, "%s", message or string.format('there is no artifact "%s"; see rille artifact list', name)) end
  return history.artifact_of(row)
end

function actions.show(args)
  find(args[2])
  return require("rille.cmd.show").run { args[2] }
end

-- Writes the members: one member to the file -o, or all into the folder -o with
-- a SHA256SUMS that sha256sum -c accepts.
function actions.get(args)
  local artifact = find(args[2])
  local members = artifact.members
  if #members == 1 and not args.o then
    io.stdout:write(artifact:bytes())
    return 0
  end
  if #members == 1 then
    local ok, message = sys.write_file(args.o, artifact:bytes())
    if not ok then mistake.at(nil, "%s", message) end
    return 0
  end
  local dir = args.o or artifact.digest:sub(1, 12)
  local sums = {}
  for _, one in ipairs(members) do
    local path = dir .. "/" .. one.name
    mistake.need(sys.mkdirs(path:match "^(.*)/"))
    local ok, message = sys.write_file(path, artifact:bytes(one.name))
    if not ok then mistake.at(nil, "%s", message) end
    sums[#sums + 1] = one.digest .. "  " .. one.name .. "\n"
  end
  mistake.need(sys.write_file(dir .. "/SHA256SUMS", table.concat(sums)))
  io.stderr:write(string.format("%s in %s/\n", paint.plural(#members, "file"), dir))
  return 0
end

local function verify_one(digest, bad)
  local artifact = session.meta:artifact(digest)
  if not artifact then return 0 end
  for _, one in ipairs(artifact.members) do
    local fine, message
    if one.bytes then fine, message = hash.sha256(one.bytes) == one.digest, "the bytes kept in the metadata are damaged"
    else fine, message = session.store:verify(one.digest, one.size) end
    if not fine then bad[#bad + 1] = hash.hex(digest):sub(1, 12) .. " " .. one.name .. ": " .. message end
  end
  return #artifact.members
end

function actions.verify(args)
  local bad, count = {}, 0
  if args[2] then count = verify_one(hash.unhex(find(args[2]).digest), bad)
  else
    for _, row in ipairs(session.meta:rows "select digest from artifact") do count = count + verify_one(row.digest, bad) end
  end
  if session.options.json then
    io.stdout:write(json.encode { members = count, bad = json.array(bad) }, "\n")
    return #bad > 0 and 5 or 0
  end
  for _, line in ipairs(bad) do io.stdout:write(paint.in_colour("red", "bad"), "  ", line, "\n") end
  io.stdout:write(string.format("%s verified, %d bad\n", paint.plural(count, "member"), #bad))
  return #bad > 0 and 5 or 0
end

function command.run(args)
  local action = actions[args[1]]
  if not action then
    error({ usage = string.format("artifact %s%s; usage: rille %s", args[1], suggest.hint(args[1], { "list", "show", "get", "verify" }), command.usage) }, 0)
  end
  if (args[1] == "show" or args[1] == "get") and not args[2] then error({ usage = "usage: rille " .. command.usage }, 0) end
  session.need "read"
  return action(args)
end

return command
