-- artifact_out: rille artifact get: an artifact as a file, a folder or text.
--
-- The format is that of --as, else the one that the path ends in.  Without one the only member is taken as it is, a
-- frame is CSV (on a terminal a table), and several members need a folder.

local errors = require "rille.base.errors"
local export = require "rille.artifact.export"
local format = require "rille.base.format"
local history = require "rille.query.history"
local json = require "rille.json"
local member_name = require "rille.artifact.member_name"
local out = require "rille.show.out"
local output_file = require "rille.host.output_file"
local registry = require "rille.artifact.registry"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local artifact_out = {}

local CORRUPT <const>, NOTFOUND <const> = -12, -4

-- The bytes of a member; when they are damaged or missing, an error that says how to make them again.
local function content(artifact, name)
  local bytes, message, code = history.bytes(artifact, name)
  if bytes then return bytes end
  if code ~= CORRUPT and code ~= NOTFOUND then errors.at(nil, "%s", message) end
  local by = artifact.producer
  error({ exit = 5, message = string.format("%s\n  repaired when %s runs again: rille run FILE --no-cache", message,
    by and string.format('its step, "%s",', by.id) or "its step") }, 0)
end

-- A file needs the folder that it is in, and so does a folder.
local function check_parent(path)
  local parent = path:match "^(.*[^/])/+[^/]+/*$"
  if parent and not sys.stat(parent) then
    errors.at(nil, "%s: the folder %s does not exist; create it first", path, parent)
  end
end

local function write(path, bytes, executable)
  check_parent(path)
  local ok, message = output_file.write(path, bytes)
  if ok and executable and sys.stat(path) == "file" then ok, message = sys.make_executable(path) end
  if not ok then errors.at(nil, "%s", message) end
end

-- A file of a folder, at a place beneath it; what is there is replaced, and a link is not followed.
local function write_member(place, bytes, executable, shown)
  local ok, message = sys.write_file(place, bytes)
  if ok and executable then ok, message = sys.make_executable(place) end
  if not ok then errors.at(nil, "%s", (message:gsub("^/proc/self/fd/%d+/[^:]*", function() return shown end))) end
end

-- A line that sha256sum -c reads.
local function sum_line(digest, path)
  local escaped = path:gsub("[\\\n\r]", { ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r" })
  return (escaped ~= path and "\\" or "") .. digest .. "  " .. escaped .. "\n"
end

local function put(name, bytes)
  if (sys.is_terminal(1)) and (bytes:find "%z" or not utf8.len(bytes)) then
    out.usage("artifact get: %s is not text, and this is a terminal; write it to a file with -o PATH", name)
  end
  -- the prompt of a shell comes on a line of its own
  terminal.put(bytes, (sys.is_terminal(1)) and bytes:sub(-1) ~= "\n" and "\n" or "")
end

-- The only member, to the file or standard output.
local function get_one(artifact, path)
  local name, bytes = artifact.members[1].name, content(artifact)
  if path then return write(path, bytes, artifact.type == "file" and name:find "^executable/") end
  put(name, bytes)
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
  check_parent(dir)
  errors.need(sys.mkdirs(dir))
  for _, one in ipairs(artifact.members) do
    local path = member_name.decode(one.name)
    local folder <close>, place = sys.beneath(dir, path)
    errors.need(folder, place)
    write_member(place, content(artifact, one.name), executable[one.name], dir .. "/" .. path)
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

-- The value; damage is told as content tells it.
local function value_of(artifact)
  local ok, v = pcall(artifact.load, artifact)
  if ok then return v end
  for _, one in ipairs(artifact.members) do content(artifact, one.name) end
  error(v, 0)
end

local function any_of(names)
  local last = "." .. names[#names]
  if #names == 1 then return last end
  return "." .. table.concat(names, ", .", 1, #names - 1) .. " or " .. last
end

-- How an artifact that is in no format of ours is taken out.
local function as_it_is(artifact)
  local only = #artifact.members == 1 and artifact.members[1].name
  if not only then return "-o FOLDER/ writes its members" end
  return string.format("-o PATH%s writes it unchanged", only:match "%.%w+$" or "")
end

-- Where the value goes: an absolute path, for others begin at the script; the table's name, else that of the output.
local function place_of(name, path, table_name)
  local last = name:match "([^:]+)$":gsub("@.*$", "")
  if path and path:sub(1, 1) ~= "/" then path = errors.need(sys.cwd()) .. "/" .. path end
  return { path = path, name = table_name or last }
end

-- The bytes of the artifact in a format, or a mistake that says which there are; nil when they are written.
local function converted(artifact, name, wanted, path, table_name)
  if not export.TYPES[artifact.materializer] then
    out.usage("artifact get: %s is of type %s, which cannot be written as %s; %s", name, artifact.type, wanted,
      as_it_is(artifact))
  end
  local v = value_of(artifact)
  local formats = export.formats(v)
  for _, one in ipairs(formats) do
    if one == wanted then
      local place = place_of(artifact.name or name, path, table_name)
      local ok, bytes = pcall(export.encode, v, wanted, place)
      if not ok then
        local message, full = errors.text_of(bytes, name), place.path
        if full and message:sub(1, #full) == full then message = path .. message:sub(#full + 1) end
        errors.at(nil, "%s as %s: %s", name, wanted, message)
      end
      return bytes
    end
  end
  out.usage("artifact get: %s is %s, which cannot be written as %s; use %s", name, export.describe(v), wanted,
    any_of(formats))
end

-- The format that is asked for: of --as, or of the path's ending.
local function wanted_format(path, as)
  local ending = as or path and path:match "%.(%w+)$"
  local wanted = ending and (export.ENDINGS[ending:lower()] or ending:lower())
  for _, one in ipairs(export.FORMATS) do if wanted == one then return one end end
  if as then
    out.usage("--as %s: unknown format%s", as, suggest.hint(as, export.FORMATS))
  end
end

local function is_folder(path)
  return path and (path:sub(-1) == "/" or sys.stat(path) == "folder")
end

-- Bytes that are taken as they are, where they are what the path's ending says.
local RAW <const> = { file = true, bytes = true, string = true }

local function is_json(bytes) return (pcall(json.decode, bytes)) end

local function are_json_lines(bytes)
  for line in bytes:gmatch "[^\n]+" do if line:find "%S" and not is_json(line) then return false end end
  return true
end

-- No zero byte, unless it is UTF-16.
local function is_text(bytes)
  return not bytes:find("\0", 1, true) or bytes:find "^\xff\xfe" or bytes:find "^\xfe\xff"
end

local LOOKS_LIKE <const> = { json = is_json, jsonl = are_json_lines, csv = is_text, txt = is_text,
  npy = function(bytes) return bytes:find "^\x93NUMPY" end,
  sqlite = function(bytes) return bytes == "" or bytes:find("SQLite format 3\0", 1, true) == 1 end }

-- Bytes are not written under an ending that they contradict.
local function check_raw(artifact, name, wanted)
  local own = artifact.members[1].name:match "%.(%w+)$"
  if own and (export.ENDINGS[own:lower()] or own:lower()) == wanted or LOOKS_LIKE[wanted](content(artifact)) then
    return
  end
  local text = export.TYPES[artifact.materializer] and wanted == "json" and "; --as json writes it as a JSON text" or ""
  out.usage("artifact get: the bytes of %s are not .%s; use another extension, or none, to write them unchanged%s",
    name, wanted, text)
end

-- A value that our formats hold is not written as it is kept under another ending than that has.
local function check_ending(artifact, name, path)
  local ending = path and path:match "[^/]%.(%w+)$"
  local only = #artifact.members == 1 and artifact.members[1].name
  if not ending or RAW[artifact.materializer] or is_folder(path) or only and only:match "%.(%w+)$" == ending then
    return
  end
  if not export.TYPES[artifact.materializer] then
    if not only then
      out.usage("artifact get: %s cannot be written as .%s; %s", name, ending, as_it_is(artifact))
    end
    return
  end
  local v = value_of(artifact)
  out.usage("artifact get: %s is %s, which cannot be written as .%s; use %s%s", name, export.describe(v), ending,
    any_of(export.formats(v)), only and "" or ", or -o FOLDER/ for its members")
end

-- The only member, or text in a format, needs a file.
local function check_file(name, path, ending)
  if not is_folder(path) then return end
  local folder, last = path:gsub("(.)/+$", "%1"), name:match "([^:]+)$":gsub("@.*$", "")
  out.usage("artifact get: %s is a folder; name a file in it, as in -o %s/%s%s", path, folder, last, ending)
end

-- Without a format.
local function get_plain(artifact, name, path)
  check_ending(artifact, name, path)
  if artifact.materializer == "frame" and not is_folder(path) then
    if not path and sys.is_terminal(1) then return terminal.put(tostring(value_of(artifact)), "\n") end
    local bytes = converted(artifact, name, "csv")
    if path then return write(path, bytes) end
    return put(name, bytes)
  end
  if #artifact.members == 1 then
    check_file(name, path, artifact.members[1].name:match "%.%w+$" or "")
    return get_one(artifact, path)
  end
  if not path then
    out.usage("artifact get: %s has %d members; -o FOLDER/ writes them", name, #artifact.members)
  end
  get_all(artifact, (path:gsub("(.)/+$", "%1")))
end

-- A folder is written into the folder that is named, and never into one of another name.
local function get_folder(artifact, name, path, wanted, as)
  if as then
    out.usage("artifact get: %s is a folder, which cannot be written as %s; -o FOLDER writes it", name, as)
  elseif not path then out.usage("artifact get: %s is a folder; -o FOLDER writes it", name)
  elseif wanted and not is_folder(path) then
    out.usage("artifact get: %s is a folder, which cannot be written as .%s; -o FOLDER writes it", name, wanted)
  end
  get_all(artifact, (path:gsub("(.)/+$", "%1")))
end

-- A value whose materializer has formats of its own (exports), in one of them; on a terminal as it prints.  Is it done?
local function get_own_format(artifact, name, path, as)
  local materializer = registry.named(artifact.materializer)
  local writers = materializer and materializer.exports or {}
  local ending = as or path and path:match "[^/]%.(%w+)$"
  if writers.print and not path and not as and sys.is_terminal(1) then
    writers.print(value_of(artifact))
    return true
  end
  local encode = ending and ending ~= "print" and writers[ending:lower()]
  if not encode then return false end
  check_file(name, path, "." .. ending)
  local text = encode(value_of(artifact), name)
  if path then write(path, text) else put(name, text) end
  return true
end

-- Writes the artifact to the path, or to standard output when there is none or it is -.
---@param artifact table
---@param name string as the user gave it
---@param path string?
---@param as string? a format
---@param table_name string? in a SQLite file
function artifact_out.get(artifact, name, path, as, table_name)
  if path == "-" then path = nil end
  if get_own_format(artifact, name, path, as) then return end
  local wanted = wanted_format(path, as)
  if artifact.materializer == "dir" then return get_folder(artifact, name, path, wanted, as) end
  if table_name and wanted ~= "sqlite" then
    out.usage("artifact get: --table is for a SQLite file, as in -o %s.sqlite", table_name)
  end
  if wanted and as then check_file(name, path, "." .. as) end
  local raw = RAW[artifact.materializer] and not as
  if raw and wanted and not is_folder(path) then check_raw(artifact, name, wanted) end
  if not wanted or raw then return get_plain(artifact, name, path) end
  local only = #artifact.members == 1 and artifact.members[1].name
  local same = only and only:sub(-#wanted - 1) == "." .. wanted
  -- what JSON lacks is spelt out in a value.json
  if same and not (wanted == "json" and export.TYPES[artifact.materializer]) then return get_one(artifact, path) end
  local bytes = converted(artifact, name, wanted, path, table_name)
  if not bytes then return end
  if path then write(path, bytes) else put(name, bytes) end
end

return artifact_out
