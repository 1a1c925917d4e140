-- record_fixture.lua -- what the tests of the metadata share: folders, digests
-- made of names, StepRows and runs with few fields.
local meta = require "rille.host.meta"
local hash = require "rille.host.hash"
local json = require "rille.json"

local fixture = {}
local made = {}

fixture.sha = hash.sha256

-- A new empty folder; all are removed by fixture.clean.
function fixture.folder()
  local name = os.tmpname()
  os.remove(name)
  assert(os.execute("mkdir " .. name))
  made[#made + 1] = name
  return name
end

function fixture.clean()
  for _, name in ipairs(made) do os.execute("rm -rf " .. name) end
end

-- The path of the program that runs this test.
function fixture.program()
  local f <close> = assert(io.popen "readlink /proc/$PPID/exe")
  return f:read "l"
end

function fixture.read(path)
  local f <close> = assert(io.open(path, "rb"))
  return f:read "a"
end

local folders = setmetatable({}, { __mode = "k" })      -- of open metadata

function fixture.open(dir, options)
  dir = dir or fixture.folder()
  local m = assert(meta.open(dir, options or { create = true }))
  folders[m] = dir
  return m
end

-- The rows of a SELECT in the database of m, or in that of a folder, as another program
-- reads them; a field that is null is absent.
---@return table[]
function fixture.rows(m, sql, ...)
  sql = sql:format(...)
  local f <close> = assert(io.popen(string.format("sqlite3 -json %s/meta.db <<'END'\n%s;\nEND\n", folders[m] or m,
    sql)))
  local text = f:read "a"
  local rows = text == "" and {} or json.decode(text)
  for _, row in ipairs(rows) do
    for k, v in pairs(row) do if v == json.null then row[k] = nil end end
  end
  return rows
end

-- What sqlite3 says to a statement that changes the database of m.
function fixture.folder_said(m, sql)
  local f <close> = assert(io.popen(string.format("sqlite3 %s/meta.db \"%s\" 2>&1", folders[m], sql)))
  return f:read "a"
end

-- The digest of an artifact, as lua/artifact/materialize.lua makes it.
function fixture.digest_of(a)
  local fields = { "F", "rille-artifact/1", "T", a.materializer, "V", tostring(a.version) }
  for _, one in ipairs(a.members) do
    table.move({ "n", one.name, "s", tostring(one.size), "d", one.digest }, 1, 6, #fields + 1, fields)
  end
  return hash.fields(table.unpack(fields))
end

-- An artifact of one inline member.
function fixture.value(bytes, extra)
  local a = { type = "string", materializer = "string", version = 1, size = #bytes,
    members = { { name = "value", digest = hash.sha256(bytes), size = #bytes, bytes = bytes } } }
  for k, v in pairs(extra or {}) do a[k] = v end
  a.digest = a.digest or fixture.digest_of(a)
  return a
end

-- An artifact of one object.
function fixture.object(name, size)
  local a = { type = "array", materializer = "array", version = 2, size = size,
    members = { { name = "data.npy", digest = hash.sha256(name), size = size } } }
  a.digest = fixture.digest_of(a)
  return a
end

fixture.code = { digest = hash.sha256 "code", leaves = '{"body":"x"}' }

-- A completed step NODE that made the bytes (or artifact) OUT from the inputs.
function fixture.step(node, position, out, extra)
  local artifact = type(out) == "string" and fixture.value(out) or out
  local s = { node = node, step = node, position = position, status = "completed", started = 1000.5,
    seconds = 0.25, key = hash.sha256("key " .. node), reusable = true, params = "{}",
    code = fixture.code, inputs = {}, reason = "new",
    outputs = { { "output", artifact, "p::" .. node .. "::output" } } }
  for k, v in pairs(extra or {}) do s[k] = v end
  return s
end

function fixture.begin(m, extra)
  local b = { id = meta.new_id(), name = "run-{n}", pipeline = "p", spec = fixture.spec {},
    spec_hash = hash.sha256 "spec", started = 1000.0, cache = true, params = "{}" }
  for k, v in pairs(extra or {}) do b[k] = v end
  return assert(m:begin_run(b))
end

-- A spec of nodes without wires: { { id, step }, ... }
function fixture.spec(nodes)
  local function string_of(s) return string.char(#s) .. s end
  local parts = { "\1", string.char(#nodes) }
  for _, node in ipairs(nodes) do parts[#parts + 1] = string_of(node[1]) .. string_of(node[2] or node[1]) .. "\0\0" end
  return table.concat(parts)
end

-- A finish whose trace is the steps themselves.
function fixture.finish(steps, extra)
  local codes, rows = {}, {}
  for i, s in ipairs(steps or {}) do codes[i], rows[i] = 3, s end
  local f = { status = "completed", seconds = 1.5, counts = "{}", trace = { codes = codes, rows = rows } }
  for k, v in pairs(extra or {}) do f[k] = v end
  return f
end

return fixture
