-- materialize: values to artifacts and back.
--
-- A materializer is a record
--     { type, version, member, pack(v) -> bytes, unpack(bytes) -> v }     one member
--     { type, version, save(v, art), load(art) -> v }                     any number
-- with optional class (a metatable or a list), claims(v), preview(v, art), and
-- views, { NAME = function(art) -> v }: other ways to load what it saved (view.lua).
-- Built-in ones stand in materializers/ (manifest.lua lists them); a script adds
-- its own by rille.materializer.  An artifact is
--     { digest, type, materializer, version, size, members, metadata, preview }
-- with members { name, digest, size, bytes }, bytes only for those kept inline.

local fingerprint = require "rille.host.fingerprint"
local hash = require "rille.host.hash"
local json = require "rille.json"
local libm = require "rille.host.libm"
local manifest = require "rille.materializers.manifest"
local member_name = require "rille.artifact.member_name"
local is_plain = require("rille.host.value").is_plain
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local project = require "rille.project"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local materialize = { own = {}, by_class = {}, claims = {} }

local INLINE <const> = 4096          -- members up to this size live in the metadata
local FORMAT <const> = "rille-artifact/1"
local STAGED <const> = "staged/"     -- members that are no part of the value

local FIELDS = { class = true, claims = true, version = true, save = true, load = true, preview = true, views = true, doc = true }

for _, name in ipairs(manifest.classes) do
  if manifest[name] ~= true then types.model(name, manifest[name]) end
end

local builtin = {}
local function builtin_for(name)
  local m = builtin[name]
  if not m and manifest[name] then
    m = require("rille.materializers." .. name)
    m.type = name
    builtin[name] = m
  end
  return m
end

local function check_function(what, field, f, optional)
  if type(f) ~= "function" and not (optional and f == nil) then errors.raise("%s: %s is a function, found %s", what, field, errors.describe(f)) end
end

local function check_views(what, views)
  if views == nil then return {} end
  if type(views) ~= "table" then errors.raise("%s: views is a table { NAME = function(art) }, found %s", what, errors.describe(views)) end
  local copy = {}
  for name, f in next, views do
    if type(name) ~= "string" then errors.raise("%s: the name of a view is a string, found %s", what, errors.describe(name)) end
    check_function(what, "views." .. name, f)
    copy[name] = f
  end
  return copy
end

local function make(at, name, fields)
  local what = 'materializer "' .. name .. '"'
  if type(fields) ~= "table" then errors.raise("%s: expected a table of fields, found %s", what, errors.describe(fields)) end
  errors.check_fields(what, fields, FIELDS)
  check_function(what, "save", fields.save)
  check_function(what, "load", fields.load)
  check_function(what, "preview", fields.preview, true)
  if math.type(fields.version) ~= "integer" or fields.version < 1 then
    errors.raise("%s: version is an integer from 1 (bump it when the file format changes), found %s", what, errors.describe(fields.version))
  end
  if (fields.class == nil) == (fields.claims == nil) then
    errors.raise("%s: give either class (a metatable or a list of them) or claims (a function)", what)
  end
  check_function(what, "claims", fields.claims, true)
  errors.check_text(what, "doc", fields.doc)
  local m = { type = name, version = fields.version, save = fields.save, load = fields.load, preview = fields.preview,
    views = check_views(what, fields.views), claims = fields.claims, doc = fields.doc, custom = true, at = at }
  materialize.adopt(m, fields.class, what)
  return m
end

-- rille.materializer "svc" { ... } -> the materializer; registers the type t.svc.
---@param name string
---@return fun(fields: table): table
function materialize.define(name, ...)
  types.check_name("a materializer", name)
  local at = errors.where()
  if select("#", ...) > 0 then return (errors.from(at, make, at, name, (...))) end
  return function(fields) return errors.from(at, make, at, name, fields) end
end

local function class_list(class, what)
  if class == nil then return {} end
  local list = type(class) == "table" and class[1] ~= nil and class or { class }
  for _, one in ipairs(list) do
    if type(one) ~= "table" then errors.raise("%s: class is a metatable or a list of them, found %s", what, errors.describe(one)) end
  end
  return list
end

-- Is the value of a class that the materializer covers?
local function covers(m, v)
  if m.claims then return m.claims(v) and true or false end
  local meta = debug.getmetatable(v)
  for _, c in ipairs(m.classes) do if meta == c then return true end end
  return false
end

local function take_out(list, m)
  for i = #list, 1, -1 do
    if list[i] == m then table.remove(list, i) end
  end
end

-- One that is defined again takes the place of the former.
local function forget(m)
  for _, c in ipairs(m.classes) do
    take_out(materialize.by_class[c], m)
    if #materialize.by_class[c] == 0 then materialize.by_class[c] = nil end
  end
  take_out(materialize.claims, m)
end

local function enlist(m)
  materialize.own[m.type] = m
  for _, c in ipairs(m.classes) do
    local list = materialize.by_class[c] or {}
    list[#list + 1] = m
    materialize.by_class[c] = list
  end
  if m.claims then materialize.claims[#materialize.claims + 1] = m end
end

-- Takes one of a script out again, for the one that it took the place of, or none.
---@param name string
---@param former table?
function materialize.drop(name, former)
  forget(materialize.own[name])
  materialize.own[name] = nil
  if former then enlist(former) end
end

function materialize.adopt(m, class, what)
  if materialize.own[m.type] then forget(materialize.own[m.type]) end
  m.classes = class_list(class, what)
  enlist(m)
  types.of_class(m.type, function(v) return covers(m, v) end)
end

-- What of the script's materializers a result depends on.  Only the script's own have
-- code that can change.
--   In the key of a step (code_digest):
--     those that the types of its ports name, or its options;
--     those that claim values, where a port's type leaves the choice to the value: they
--     are asked of every value that no class decides, so beside them all count;
--     those whose class is one of rille's own, where the type admits it, or whose name
--     is that of one of rille's: such a value or artifact is for rille's own materializer
--     until the script has one.
--   Observed in the step (note_use), and compared at each lookup: those whose class is
--     the script's.  They are chosen by a value that only the step's code can have made,
--     or by the artifact that an input is.
local SCALARS = { boolean = true, integer = true, number = true, string = true, bytes = true }
local CLASSLESS = { ["nil"] = true, table = true }

local function by_type(list)
  table.sort(list, function(a, b) return a.type < b.type end)
  return list
end

-- A port that leaves the choice to the value.
local ANY <const> = { type = { name = "any" } }

local function with_claims(list) return table.move(materialize.claims, 1, #materialize.claims, #list + 1, by_type(list)) end

-- Could a value of the class, one of rille's own, be of the type?
local function admits(typ, class)
  if typ.element then return admits(typ.element, class) end
  for _, member in ipairs(typ.members or {}) do
    if admits(member, class) then return true end
  end
  if typ.members or typ.values then return false end
  local own = types.class_of(typ)
  return own == nil or own(class)
end

-- Those of the script that a port's type leaves to the value.  every: those of the
-- script's own classes too, for a step in which nobody observes the choice.
local function to_save(port, every)
  local typ, list = port.type, {}
  local m = materialize.own[typ.name]
  if m then return { m } end
  if SCALARS[typ.name] then return list end
  every = every or materialize.claims[1] ~= nil
  for _, one in next, CLASSLESS[typ.name] and {} or materialize.own do
    local counts = not one.claims and manifest[one.type] ~= nil
    for _, c in ipairs(one.classes) do counts = counts or (every or types.is_own_class(c)) and admits(typ, c) end
    if counts then list[#list + 1] = one end
  end
  return with_claims(list)
end

-- All that cover a class that m covers, m too.
local function of_classes(m)
  local list, seen = {}, {}
  for _, c in ipairs(m.classes) do
    for _, one in ipairs(materialize.by_class[c]) do
      if not seen[one] then
        seen[one] = true
        list[#list + 1] = one
      end
    end
  end
  return by_type(list)
end

-- An input of the type of a materializer may have been saved by another one of
-- the same class, which the node that made it chose.
local function to_load(port, every)
  local m = materialize.own[port.type.name]
  if not m or m.claims then return to_save(m and ANY or port, every) end
  return with_claims(of_classes(m))
end

local function function_digest(m, method)
  local digest, message = fingerprint.value(m[method])
  if not digest then errors.at(m.at, 'materializer "%s": %s: %s', m.type, method, message) end
  return digest
end

local function code_of(fields, m, method)
  local classes = {}
  for i, c in ipairs(m.classes) do
    local digest, message = fingerprint.value(c)
    if not digest then errors.at(m.at, 'materializer "%s": class: %s', m.type, message) end
    classes[i] = digest
  end
  table.move({ "t", m.type, "v", tostring(m.version), "c", function_digest(m, method), "k", table.concat(classes),
    "a", m.claims and function_digest(m, "claims") or "" }, 1, 10, #fields + 1, fields)
end

-- Whether the materializers that an input of this port can be loaded with are in
-- the step's key: its type is that of one, and names a class.
function materialize.is_in_key(port)
  local m = materialize.own[port.type.name]
  return m ~= nil and not m.claims
end

function materialize.code_digest(step)
  if next(materialize.own) == nil and not step.options.materializers then return "" end
  local fields = {}
  local chosen, command = materialize.chosen(step), step.command and true or false
  for i, port in ipairs(step.outputs) do
    for _, m in ipairs(chosen[i] and { chosen[i] } or to_save(port, command)) do code_of(fields, m, "save") end
    -- what a command wrote is loaded, then saved; what it is given saved again
    for _, m in ipairs(command and to_load(port, true) or {}) do code_of(fields, m, "load") end
  end
  for _, port in ipairs(step.inputs) do
    for _, m in ipairs(to_load(port, command)) do
      code_of(fields, m, "load")
      if command then code_of(fields, m, "save") end
    end
  end
  return fields[1] and hash.fields(table.unpack(fields)) or ""
end

-- What a use of the materializer of that name depends on, now: its code, and for
-- "save" that no other one covers its classes; "" where there is none of that name.
---@param use "save"|"load"
---@param name string
function materialize.use_digest(use, name)
  local m, fields = materialize.own[name], {}
  if not m then return "" end
  for _, one in ipairs(use == "save" and of_classes(m) or { m }) do code_of(fields, one, use) end
  return hash.fields(table.unpack(fields))
end

-- The code of a class may compute anything, and so may the methods of what it loads.
local function note_libm()
  if observe.running() then observe.fact("value", "libm", libm.name()) end
end

-- The step that runs made use of m, which its key need not have in it.
local function note_use(use, m)
  if not observe.running() then return end
  local ok, digest = pcall(materialize.use_digest, use, m.type)
  if ok then observe.fact("value", "materializer " .. use .. " " .. m.type, digest)
  else observe.impure(string.format('materializer "%s", whose code cannot be followed', m.type)) end
end

-- The materializers that :with { materializers = } names, by output.
function materialize.chosen(step)
  local option, chosen = step.options.materializers, {}
  if not option then return chosen end
  for i, port in ipairs(step.outputs) do chosen[i] = option.save and option or option[port.name] end
  return chosen
end

local function ambiguous(v, a, b)
  return nil, string.format("%s has two materializers, %s and %s; choose one with :with { materializers = ... } or by the port's type, t.%s or t.%s",
    errors.describe(v), a.type, b.type, a.type, b.type)
end

-- The script's own for a value: nil when there is none, nil and why when there
-- are two.
local function own_for(v)
  local meta = debug.getmetatable(v)
  local list = meta and type(v) ~= "string" and materialize.by_class[meta]
  if list and #list > 1 then return ambiguous(v, list[1], list[2]) end
  if list then
    note_use("save", list[1])
    return list[1]
  end
  local found
  for _, m in ipairs(materialize.claims) do
    if m.claims(v) then
      if found then return ambiguous(v, found, m) end
      found = m
    end
  end
  return found
end

local BY_LUA_TYPE = { ["nil"] = "nil", boolean = "boolean", string = "string", table = "table" }

-- The materializer for a value: by its port's concrete type, else the script's
-- own for its class, else the built-in.
local function choose(v, typ)
  local own = materialize.own[typ.name]
  if own then return own end
  if SCALARS[typ.name] then return builtin_for(typ.name) end
  local m, message = own_for(v)
  if m or message then return m, message end
  local meta = not is_plain(v) and debug.getmetatable(v)
  if v == json.null then return builtin_for "null" end
  if typ.element then return builtin_for "list" end
  if manifest[typ.name] and typ.name ~= "array" then return builtin_for(typ.name) end
  local kind = math.type(v)
  if kind then return builtin_for(kind == "float" and "number" or "integer") end
  if BY_LUA_TYPE[type(v)] and (not meta or type(v) == "string") then return builtin_for(BY_LUA_TYPE[type(v)]) end
  for _, name in ipairs(manifest.classes) do
    local typ_of = types.registered[name]
    if types.admit(typ_of, v) ~= types.REFUSED then return builtin_for(name) end
  end
  return nil, string.format("%s has no materializer; make one with rille.materializer", errors.describe(v))
end

materialize.choose = choose

-- The materializer of that name, the script's own first; nil when there is none.
function materialize.named(name) return materialize.own[name] or builtin_for(name) end

-- What the store gave; where it refused, its message is that of the step.
local function need(v, message)
  if not v then error(message, 0) end
  return v
end

-- One member, kept inline when it is small.  env.watch sees what a step returns.
local function member(name, bytes, env)
  local size = #bytes
  if env.watch then env.watch:see(bytes) end
  if size <= INLINE or not env.store then return { name = name, digest = hash.sha256(bytes), size = size, bytes = bytes } end
  local digest = need(env.store:put(bytes))
  return { name = name, digest = digest, size = size }
end

-- m is a materializer, or an artifact, which has its version too.
local function digest_of(m, members)
  local one, name = members[1], m.materializer or m.type
  if not members[2] then
    return hash.fields("F", FORMAT, "T", name, "V", tostring(m.version), "n", one.name, "s", tostring(one.size), "d", one.digest)
  end
  local fields = { "F", FORMAT, "T", name, "V", tostring(m.version) }
  for _, one in ipairs(members) do
    table.move({ "n", one.name, "s", tostring(one.size), "d", one.digest }, 1, 6, #fields + 1, fields)
  end
  if #fields <= 200 then return hash.fields(table.unpack(fields)) end
  return hash.fields("F", FORMAT, "L", hash.sha256(json.pack(fields)))
end

local Art = { __name = "artifact being saved or loaded" }
Art.__index = Art

local function check_member(art, name)
  local flaw = member_name.flaw(name)
  if flaw then error(string.format("a member's name is a relative path of plain text, found %s: %s", errors.describe(name), flaw), 3) end
  if name:sub(1, #STAGED) == STAGED then error(string.format('the member "%s": %s is for what steps stage', name, STAGED), 3) end
  for _, one in ipairs(art.members) do
    if one.name == name then error(string.format('the member "%s" is written twice', name), 3) end
  end
end

-- art:write(name, bytes)
function Art:write(name, bytes)
  errors.check_self(self, Art, "write")
  check_member(self, name)
  if type(bytes) ~= "string" then error(string.format('member "%s": expected bytes (a string), found %s', name, errors.describe(bytes)), 2) end
  self.members[#self.members + 1] = member(name, bytes, self.env)
end

-- art:write_chunks(name, feed [, raw]): feed(write, w) calls write(bytes) as often as
-- it likes; w is the writer behind it, for who has bytes outside Lua
function Art:write_chunks(name, feed, raw)
  errors.check_self(self, Art, "write_chunks")
  check_member(self, name)
  check_function("art:write_chunks", "feed", feed)
  local w <close> = need(self.env.store:begin(raw))
  feed(function(bytes) need(w:write(bytes)) end, w)
  local digest, size = w:finish()
  need(digest, size)
  self.members[#self.members + 1] = { name = name, digest = digest, size = size }
end

-- art:write_file(name, path)
function Art:write_file(name, path)
  errors.check_self(self, Art, "write_file")
  check_member(self, name)
  if type(path) ~= "string" then errors.raise("art:write_file: expected a path, found %s", errors.describe(path)) end
  observe.reading(path)
  local digest, size = self.env.store:put_file(project.resolve(path))
  need(digest, size)
  self.members[#self.members + 1] = { name = name, digest = digest, size = size }
end

-- art:meta { name = value, ... }
function Art:meta(values)
  errors.check_self(self, Art, "meta")
  if type(values) ~= "table" then errors.raise("art:meta: expected a table { name = value }, found %s", errors.describe(values)) end
  for k, v in next, values do self.metadata[k] = v end
end

-- art:text(fmt, ...): the preview
function Art:text(fmt, ...)
  errors.check_self(self, Art, "text")
  self.preview = errors.format("art:text", fmt, ...)
end

local function find_member(art, name)
  local names = {}
  for i, one in ipairs(art.members) do
    if one.name == name then return one end
    names[i] = one.name
  end
  error(string.format('the artifact has no member "%s"%s', tostring(name), suggest.hint(name, names)), 3)
end

local CORRUPT <const>, NOTFOUND <const> = -12, -4

-- What the store could not give: env.lost says that it is gone for good.
local function fail(art, message, code)
  if code == CORRUPT or code == NOTFOUND then art.env.lost = true end
  error(message, 0)
end

-- art:read(name) -> bytes
function Art:read(name)
  errors.check_self(self, Art, "read")
  local one = find_member(self, name)
  if one.bytes then return one.bytes end
  local bytes, message, code = self.env.store:get(one.digest, one.size)
  if not bytes then fail(self, message, code) end
  return bytes
end

-- The table that a member in JSON holds; art as for load.
function materialize.read_table(art, name)
  local v = json.unpack(art:read(name))
  if type(v) ~= "table" then error(string.format("%s: it holds %s where a table is expected", name, errors.describe(v)), 0) end
  return v
end

-- art:map(name) -> the path of a raw object that may be mapped, or nil
function Art:map(name)
  errors.check_self(self, Art, "map")
  local one = find_member(self, name)
  if one.bytes then return nil end
  return self.env.store:map_path(one.digest, one.size), one.size
end

-- art:extract(name, path [, executable]): writes the member to a new file
function Art:extract(name, path, executable)
  errors.check_self(self, Art, "extract")
  local one = find_member(self, name)
  if type(path) ~= "string" then errors.raise("art:extract: expected a path, found %s", errors.describe(path)) end
  local ok, message, code
  if one.bytes then ok, message = sys.write_scratch(path, one.bytes, executable)
  else ok, message, code = self.env.store:copy_out(one.digest, one.size, path, executable) end
  if not ok then fail(self, message, code) end
  return ok
end

errors.strict(Art, "env members version metadata preview")

local function art_of(env, members, version)
  return setmetatable({ env = env, members = members, version = version, metadata = {} }, Art)
end

local function save_with(m, v, env)
  if m.pack then
    local members = { member(m.member, m.pack(v), env) }
    local preview = m.preview and m.preview(v)
    return { digest = digest_of(m, members), type = m.type, materializer = m.type, version = m.version, size = members[1].size, members = members, preview = preview }
  end
  local art = art_of(env, {}, m.version)
  if m.custom then note_libm() end
  m.save(v, art)
  if #art.members == 0 then error(string.format('materializer "%s": save wrote no member', m.type), 0) end
  if m.preview and not art.preview then
    local text = m.preview(v, art)
    if type(text) == "string" and not art.preview then art.preview = text end
  end
  local size = 0
  for _, one in ipairs(art.members) do size = size + one.size end
  return {
    digest = digest_of(m, art.members), type = m.type, materializer = m.type, version = m.version, size = size, members = art.members,
    metadata = next(art.metadata) and json.pack(art.metadata) or nil, preview = art.preview,
  }
end

-- The artifact of a value that leaves a port.  Raises a string that says why not.
---@param v any
---@param typ table the port's type
---@param env table { store }
---@param chosen table? a materializer that the node names
function materialize.save(v, typ, env, chosen)
  local m, message = chosen, nil
  if typ.name == "artifact" then typ = types.t.any end
  if not m then m, message = choose(v, typ)
  elseif m.classes[1] and not covers(m, v) then m, message = nil, string.format('materializer "%s", which the node chose, is not for %s', m.type, errors.describe(v)) end
  if not m then error(message, 0) end
  return save_with(m, v, env)
end

-- The artifact of members that are kept already, and its digest: that of the same
-- value saved by itself.
---@param name string its materializer
---@param version integer
---@param members table[] { name, digest, size, bytes? }
function materialize.of_members(name, version, members)
  local size = 0
  for _, one in ipairs(members) do size = size + one.size end
  return { digest = digest_of({ type = name, version = version }, members), type = name, materializer = name, version = version, size = size,
    members = members }
end

-- The bytes of a member of an artifact.
function materialize.bytes(artifact, name, env) return art_of(env, artifact.members, artifact.version):read(name) end

-- A copy of the artifact with these files of a folder as members of it.
---@param files string[] relative paths as they are on disk, sorted
function materialize.extended(artifact, folder, files, env)
  local made = {}
  for k, v in next, artifact do made[k] = v end
  made.members = table.move(artifact.members, 1, #artifact.members, 1, {})
  for _, name in ipairs(files) do
    local digest, size = env.store:put_file(folder .. "/" .. name)
    if not digest then error(size, 0) end
    made.members[#made.members + 1] = { name = STAGED .. member_name.encode(name), digest = digest, size = size }
    made.size = made.size + size
  end
  made.digest = digest_of(made, made.members)
  return made
end

-- The members that make the value.
local function value_members(members)
  if not members[2] or members[#members].name:sub(1, #STAGED) ~= STAGED then return members end
  local list = {}
  for _, one in ipairs(members) do
    if one.name:sub(1, #STAGED) == STAGED then break end
    list[#list + 1] = one
  end
  return list
end

-- The name of the materializer that keeps the values of a type, or nil where that
-- is for the value to say.
---@param typ table
function materialize.of_type(typ)
  if materialize.own[typ.name] or manifest[typ.name] then return typ.name end
  if typ.element then return "list" end
  return typ.saved_as
end

-- The materializer for output i of a step, as { type, version }; where its type
-- leaves the choice to the value, that of v; else nil, message.
function materialize.of_output(step, i, v)
  local port, m, message = step.outputs[i], nil, nil
  m = materialize.chosen(step)[i]
  if not m and v ~= nil then m, message = choose(v, port.type) end
  if not m and not message then
    local name = materialize.of_type(port.type)
    m = name and materialize.named(name)
  end
  if m then return { type = m.type, version = m.version } end
  return nil, message or string.format('output "%s" is of type %s, so its materializer depends on the value; give that too', port.name, port.type.name)
end

-- What load and a view read from.
---@param artifact table
---@param env table { store, folder(name) -> a folder for files }
function materialize.open(artifact, env) return art_of(env, value_members(artifact.members), artifact.version) end

-- The materializer that reads an artifact.
function materialize.reader(artifact)
  local name = artifact.materializer
  local m = materialize.named(name)
  if not m then
    error(string.format('the artifact is of type "%s", for which this script has no materializer', name), 0)
  end
  if artifact.version > m.version then
    error(string.format('the artifact was saved by version %d of materializer "%s", this is version %d', artifact.version, name, m.version), 0)
  end
  return m
end

-- What a script's load made, which is to be of the class that its materializer is
-- for.  What claims takes is asked of a value that is to be saved, not of this one.
local function made_by(m, v)
  if m.custom and not m.claims and not covers(m, v) then
    error(string.format('materializer "%s" (%s): load returned %s, which is not of its class', m.type, m.at or "?", errors.describe(v)), 0)
  end
  return v
end

-- The value that m, a materializer with save and load, loads from art.
function materialize.load_with(m, art) return made_by(m, m.load(art)) end

local LUA_TYPE = { ["nil"] = "nil", boolean = "boolean", integer = "number", number = "number", string = "string", bytes = "string", table = "table" }

-- What a built-in materializer made of the only member's bytes.
local function unpacked(m, name, bytes)
  local v = m.unpack(bytes)
  local want = LUA_TYPE[m.type]
  if want and type(v) ~= want then error(string.format("%s: it holds %s, not a value of type %s", name, errors.describe(v), m.type), 0) end
  return v
end

-- The value of an artifact, as it was saved; env as for open.
---@param in_key boolean? the key of the step that runs has the materializer in it
function materialize.load(artifact, env, in_key)
  local m = materialize.reader(artifact)
  if m.custom then note_libm() end
  if m.custom and not in_key then note_use("load", m) end
  local first = artifact.members[1]
  if m.pack and first.bytes then return unpacked(m, first.name, first.bytes) end
  local art = materialize.open(artifact, env)
  if m.pack then return unpacked(m, first.name, art:read(first.name)) end
  return materialize.load_with(m, art)
end

return materialize
