-- rille artifact list | show | get | verify | tag | untag

local hash = require "rille.host.hash"
local history = require "rille.query.history"
local json = require "rille.json"
local listing = require "rille.query.listing"
local member_name = require "rille.artifact.member_name"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local value_parser = require "rille.script.value_parser"
local out = require "rille.show.out"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local command = {
  name = "artifact", order = 90, synopsis = "artifact list",
  summary = "what steps made; also show, get, tag",
  usage = "artifact list [PREFIX] | show NAME | get NAME [-o PATH] | verify [NAME] | tag NAME TAG... | "
    .. "untag NAME TAG...",
  min = 1,
  words = { "list", "show", "get", "verify", "tag", "untag" },
  options = {
    ["-o"] = { value = "PATH", text = "write to this file or folder" },
    ["--name"] = { value = "TEXT", text = "only names with this text" },
    ["--search"] = { value = "TEXT", text = "only artifacts with this text" },
    ["--type"] = { value = "TYPE", text = "only artifacts of this type" },
    ["--tag"] = { value = "TAG", text = "only versions with this tag" },
    ["--pipeline"] = { value = "PIPELINE", text = "only artifacts of this pipeline" },
    ["--since"] = { value = "TIME", text = "only artifacts made since" },
    ["--limit"] = { value = "N", text = "at most N artifacts" },
    ["--cursor"] = { value = "CURSOR", text = "the page after the one that gave CURSOR" },
  },
  help = [[
rille artifact list [PREFIX] [--name TEXT] [--search TEXT] [--type T] [--tag T]
                    [--pipeline P] [--since TIME] [--limit N] [--json]
rille artifact show NAME [--json]
rille artifact get NAME [-o PATH]
rille artifact verify [NAME] [--json]
rille artifact tag NAME TAG...
rille artifact untag NAME TAG...

What steps made.  NAME is PIPELINE::STEP::OUTPUT (its newest version), the name
that the port gives, either with @3 (version 3), @-2 (the last but one) or @TAG,
or the beginning of a digest.  The newest version is what the newest run had,
computed or from the cache (rille help history).

  list     the names that begin with PREFIX, with the newest version (200)
  show     as rille show
  get      one member: to standard output, or to the file PATH.  Several, and a
           t.dir: into the folder PATH, with a SHA256SUMS for sha256sum -c.
           A terminal is shown text alone, control characters as \x1b
  verify   reads every byte of NAME, or of everything, against its digest
  tag      puts tags on the version; untag takes them off.  Both are kept: when
           which tag was put on and taken off

  --name TEXT      of list: only names with this text in them
  --search TEXT    with it in the name, type, preview, metadata or a tag
  --type T         of this type (rille types)
  --tag T          the versions, not only the newest, that have the tag
  --pipeline P     named P::..., or by a port of P: the newest that P had
  --since TIME     made since 2026-11-01, or in the last 90m, 12h, 2d, 3w
  --limit N        at most N; --cursor C: those after the page that gave C
  --json           list: {"items":[{"id","name","version","type","size",
                   "digest","tags","created"}],"next":CURSOR};
                   verify: {"members":N,"bad":[TEXT...]};
                   tag: {"name","version","changed","tags"}

Exit codes: 0 fine; 2 usage; 3 there is no such artifact; 4 no store; 5 verify
or get found damage, which the step mends when it runs again.

  rille artifact tag digits::svc_trainer::model@3 best
  rille artifact get digits::svc_trainer::model@best -o model.svm
]],
}

local actions = {}

local function tags_of(row)
  local tags = {}
  for tag in (row.tags or ""):gmatch "[^,]+" do tags[#tags + 1] = tag end
  return tags
end

local function item_of(one)
  local digest = one.digest and hash.hex(one.digest)
  return { name = one.name, version = one.version, type = one.type, size = one.size, digest = digest, id = digest,
    tags = json.array(tags_of(one)), created = one.created and format.iso(one.created) or json.null }
end

function actions.list(args)
  local list, cursor = listing.artifacts { prefix = args[2], name = args.name, search = args.search, type = args.type,
    pipeline = args.pipeline, tag = args.tag, since = value_parser.since("--since", args.since),
    limit = value_parser.count("--limit", args.limit, 200), cursor = args.cursor }
  local rows, items, tagged = {}, {}, nil
  for i, one in ipairs(list) do
    rows[i] = { one.name, one.version, one.type or "", one.size and format.bytes(one.size) or "",
      one.created and format.time(one.created) or "", { table.concat(tags_of(one), ", "), "yellow" } }
    tagged = tagged or one.tags
    items[i] = item_of(one)
  end
  if global_options.json then
    out.json { items = json.array(items), next = cursor or json.null }
    return 0
  end
  if not list[1] then
    terminal.say(args.cursor and "no more artifacts\n" or "no artifact fits\n")
    return 0
  end
  terminal.put(format.table({ "artifact", ">version", "type", ">size", "made", tagged and "tags" }, rows))
  if cursor then
    out.line("%s", out.grey(string.format("more: the same with --cursor '%s', or a larger --limit", cursor)))
  end
  return 0
end

local function find(name)
  return history.artifact_of(history.need_artifact(name))
end

function actions.show(args)
  find(args[2])
  return require("rille.cmd.show").run { args[2] }
end

local CORRUPT <const>, NOTFOUND <const> = -12, -4

-- The bytes of a member; when they are damaged or missing, an error that says how to make them again.
local function content(artifact, name)
  local bytes, message, code = history.bytes(artifact, name)
  if bytes then return bytes end
  if code ~= CORRUPT and code ~= NOTFOUND then errors.at(nil, "%s", message) end
  local by = artifact.producer
  error({ exit = 5, message = string.format("%s\n  it is made again when %s runs: rille run FILE --no-cache", message,
    by and string.format('its step, "%s",', by.id) or "its step") }, 0)
end

local function write(path, bytes, executable, shown)
  local ok, message = sys.write_file(path, bytes)
  if ok and executable then ok, message = sys.make_executable(path) end
  if not ok then errors.at(nil, "%s", shown and message:gsub("^/proc/self/fd/%d+/[^:]*", shown) or message) end
end

-- A line that sha256sum -c reads.
local function sum_line(digest, path)
  local escaped = path:gsub("[\\\n\r]", { ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r" })
  return (escaped ~= path and "\\" or "") .. digest .. "  " .. escaped .. "\n"
end

-- The only member, to the file -o or standard output.
local function get_one(artifact, path)
  local name, bytes = artifact.members[1].name, content(artifact)
  if path then return write(path, bytes, artifact.type == "file" and name:find "^executable/") end
  if (sys.is_terminal(1)) and (bytes:find "%z" or not utf8.len(bytes)) then
    out.usage("artifact get: %s is no text, and this is a terminal; -o PATH writes it to a file", name)
  end
  terminal.put(bytes)
end

-- What a folder's artifact says beside its files: path -> true, { { path, target }... },
-- the folders that are empty.
local function modes_of(artifact)
  if artifact.type ~= "dir" then return {}, {}, {} end
  local index, executable = json.unpack(content(artifact, "folder.json")), {}
  for _, path in ipairs(index.executable or {}) do executable["files/" .. path] = true end
  return executable, index.links or {}, index.folders or {}
end

-- All members into the folder, with a SHA256SUMS that sha256sum -c accepts.
local function get_all(artifact, dir)
  local executable, links, empty = modes_of(artifact)
  local sums = {}
  errors.need(sys.mkdirs(dir))
  for _, one in ipairs(artifact.members) do
    local path = member_name.decode(one.name)
    local folder <close>, place = sys.beneath(dir, path)
    errors.need(folder, place)
    write(place, content(artifact, one.name), executable[one.name], dir .. "/" .. path)
    sums[#sums + 1] = sum_line(one.digest, path)
  end
  for _, path in ipairs(empty) do
    local folder <close>, place = sys.beneath(dir, "files/" .. member_name.decode(path))
    errors.need(folder, place)
    errors.need(sys.mkdirs(place))
  end
  for _, link in ipairs(links) do
    local folder <close>, place = sys.beneath(dir, "files/" .. member_name.decode(link[1]))
    errors.need(folder, place)
    sys.remove(place)
    errors.need(sys.make_link(member_name.decode(link[2]), place))
  end
  errors.need(sys.write_file(dir .. "/SHA256SUMS", table.concat(sums)))
  terminal.say(string.format("%s in %s/\n", format.plural(#artifact.members, "file"), dir))
end

-- Writes the members: one to the file -o, several, and a folder, into the folder -o.
function actions.get(args)
  local artifact = find(args[2])
  if #artifact.members == 1 and artifact.type ~= "dir" then get_one(artifact, args.o)
  else get_all(artifact, args.o or artifact.digest:sub(1, 12)) end
  return 0
end

local function verify_one(digest, bad)
  local artifact = project.meta:artifact(digest)
  if not artifact then return 0 end
  for _, one in ipairs(artifact.members) do
    local fine, message
    if one.bytes then fine, message = hash.sha256(one.bytes) == one.digest, "the bytes kept in the metadata are damaged"
    else fine, message = project.store:verify(one.digest, one.size) end
    if not fine then bad[#bad + 1] = hash.hex(digest):sub(1, 12) .. " " .. one.name .. ": " .. message end
  end
  return #artifact.members
end

function actions.verify(args)
  local bad, count = {}, 0
  if args[2] then count = verify_one(hash.unhex(find(args[2]).digest), bad)
  else
    for _, digest in ipairs(project.meta:artifact_digests()) do count = count + verify_one(digest, bad) end
  end
  if global_options.json then
    out.json { members = count, bad = json.array(bad) }
    return #bad > 0 and 5 or 0
  end
  for _, line in ipairs(bad) do terminal.put(format.in_colour("red", "bad"), "  ", line, "\n") end
  terminal.put(string.format("%s verified, %d bad\n", format.plural(count, "member"), #bad))
  return #bad > 0 and 5 or 0
end

local function change_tags(args, method, word)
  local artifact = find(args[2])
  local tags = table.move(args, 3, #args, 1, {})
  local changed = artifact[method](artifact, table.unpack(tags))
  local all = artifact.tags
  if global_options.json then
    out.json { name = artifact.name, version = artifact.version, changed = changed, tags = json.array(all) }
    return 0
  end
  terminal.put(string.format("%s version %d: %s %s%s\n", artifact.name, artifact.version, format.plural(changed, "tag"),
    word, all[1] and "; it has " .. table.concat(all, ", ") or ""))
  return 0
end

function actions.tag(args) return change_tags(args, "tag", "put on") end
function actions.untag(args) return change_tags(args, "untag", "taken off") end

local LEAST = { list = 1, show = 2, get = 2, verify = 1, tag = 3, untag = 3 }
local MOST = { list = 2, show = 2, get = 2, verify = 2, tag = math.huge, untag = math.huge }

local function usage() return "usage: rille " .. command.usage:gsub(" | ", "\n       rille artifact ") end

function command.run(args)
  local name = args[1]
  local action = actions[name]
  if not action then
    out.usage("artifact %s%s\n%s", name, suggest.hint(name, command.words), usage())
  end
  if #args < LEAST[name] or #args > MOST[name] then out.usage("%s", usage()) end
  project.need "read"
  return action(args)
end

return command
