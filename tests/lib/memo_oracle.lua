-- memo_oracle: the history of a project, lived several times: without memos, with them, and with each hit of a memo
-- checked.  What the lives leave must be the same: every table of the store less ids, times and default names, what
-- commands print, the objects; and the outputs must be those of a run on an empty store.
--
--   local memo_oracle = require "memo_oracle"
--   local h <close> = memo_oracle.history()
--   h:write("main.lua", text)              -- now and in each life
--   h:edit("main.lua", "n = 1", "n = 2")   -- the first of them; the name may be left out
--   h:run()                                -- rille run main.lua
--   h:run { args = "--set n=2", env = { MODE = "fast" }, memo = "hit", code = 1, cwd = "/" }
--   h:runs(3, ...)                         -- the same, three times
--   h:rille("show p@-1 --json", { env = ... })
--   h:sh "rm data.txt"                     -- in the folder of the project
--   h:judge()                              -- the newest run against one on an empty store
--   h:live()                               -- lives it and compares; raises at the first difference
--
-- memo = "hit" | "miss": the run with memos has to take the memo of its definition, or must not (RILLE_MEMO_SAYS).
-- history { "off", "off" } compares a life with its twin.  h.effects = true: what is run only to judge is run in each
-- life, as it leaves something in the folder; h.loose_files, h.loose_rows: they are not compared;
-- h.unordered: lines may come in another order, as those of steps with one key do.
-- The lives are lived one after the other in one folder, which is renamed between them: paths are the same.

local json = require "rille.json"
local paths = require "paths"

local memo_oracle = { count = { histories = 0, runs = 0, completed = 0, hits = 0, judged = 0 } }

local KEEP <const> = os.getenv "RILLE_KEEP"
-- `node`: the memo by node alone; RILLE_LIVES=off,on,node,check all of them
---@param usual string where RILLE_LIVES does not say
function memo_oracle.lives(usual)
  local lives = {}
  for life in (os.getenv "RILLE_LIVES" or usual):gmatch "%a+" do lives[#lives + 1] = life end
  return lives
end

local function quote(s) return "'" .. tostring(s):gsub("'", "'\\''") .. "'" end

local function output_of(command)
  local p = assert(io.popen(command))
  local text = p:read "a"
  p:close()
  return text
end

local function read(path)
  local f = io.open(path, "rb")
  if not f then return nil end
  local text = f:read "a"
  f:close()
  return text
end

local function put(path, text)
  local f = assert(io.open(path, "wb"))
  f:write(text)
  f:close()
end

-- What a step was seen to read (host/observe/fact.h), as text less inodes, times and keyed digests ----

local KINDS <const> = { [0] = "env", "search", "absent", "file", "folder", "write", "module", "value" }
local HAS_FILE <const> = { file = true, folder = true, write = true, module = true }
local MODE <const>, FINGERPRINT <const>, RACY <const> = 16, 4, 1

local function varint(s, at)
  local n, shift = 0, 0
  while true do
    local byte = s:byte(at)
    n, shift, at = n | (byte & 127) << shift, shift + 7, at + 1
    if byte < 128 then return n, at end
  end
end

local function hex(s) return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end

local function bytes(s, at, n) return s:sub(at, at + n - 1), at + n end

local function text_of_fact(s, at)
  local kind, flags = KINDS[s:byte(at)], s:byte(at + 1)
  local code, name, n, size, piece
  code, at = varint(s, at + 2)
  n, at = varint(s, at)
  name, at = bytes(s, at, n)
  local parts = { kind, tostring(flags & ~RACY), tostring(code), name }
  local function add(length)
    piece, at = bytes(s, at, length)
    parts[#parts + 1] = hex(piece)
  end
  if HAS_FILE[kind] then
    add(1)
    size, at = varint(s, at)
    parts[#parts + 1] = kind == "folder" and "" or tostring(size)
    for _ = 1, 3 do n, at = varint(s, at) end
  end
  if flags & MODE ~= 0 then add(1) end
  if HAS_FILE[kind] or kind == "env" or kind == "search" then
    add(32)
    if kind == "env" then parts[#parts] = "" end       -- by a key of the store
  end
  if flags & FINGERPRINT ~= 0 then add(32) end
  if kind == "module" or kind == "value" then
    n, at = varint(s, at)
    piece, at = bytes(s, at, n)
    parts[#parts + 1] = piece
  end
  return table.concat(parts, " "), at
end

local function text_of_facts(blob)
  local s = blob:gsub("%x%x", function(c) return string.char(tonumber(c, 16)) end)
  if s:sub(1, 3) ~= "rf2" then return blob end
  local n, at = varint(s, 4)
  local lines = {}
  for i = 1, n do lines[i], at = text_of_fact(s, at) end
  return "{" .. table.concat(lines, "; ") .. "}"
end

-- The tables ----------------------------------------------------------------------

local TIMES <const> = { started = true, seconds = true, time = true, created = true, inode = true, mtime = true,
  ctime = true, ended = true }
-- the memos themselves; how far the store has got, by random numbers
local LEFT_OUT <const> = { memo = true, node_memo = true, transaction_state = true }

local queries = {}

-- The text of SQL that prints the tables: a line each row, columns by name.
local function query_of(db)
  local columns = output_of("sqlite3 -readonly " .. quote(db) .. [[ "select m.name, c.name from sqlite_master m, ]]
    .. [[pragma_table_info(m.name) c where m.type = 'table' order by m.name, c.cid"]])
  if queries[columns] then return queries[columns] end
  local tables, names = {}, {}
  for name, column in columns:gmatch "([^|\n]+)|([^\n]+)" do
    if not LEFT_OUT[name] then
      if not tables[name] then tables[name], names[#names + 1] = {}, name end
      if column == "deleted" then table.insert(tables[name], "' deleted='||(deleted is null)")
      elseif not TIMES[column] then
        table.insert(tables[name], string.format("' %s='||quote(\"%s\")", column, column))
      end
    end
  end
  local lines = {}
  for i, name in ipairs(names) do
    lines[i] = string.format("select '%s'||%s from \"%s\";", name, table.concat(tables[name], "||"), name)
  end
  queries[columns] = table.concat(lines, "\n")
  return queries[columns]
end

-- The words of one life that another has otherwise: ids of runs, default names, times.
local function plain(text, ids)
  text = text:gsub("%f[%x]%x+", function(word) return #word == 32 and ids[word] or nil end)
  text = text:gsub("%-%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d%-", "-DATE-"):gsub("%d%d%d%d%-%d%d%-%d%d[ T]%d%d:%d%d[%d:.]*Z?",
    "TIME"):gsub("%f[%d]%d%d:%d%d:%d%d", "TIME")
  text = text:gsub('"(%a*seconds)":[%d.e+-]+', '"%1":T'):gsub('"(%a*started)":"?[%d.e+-]+"?', '"%1":T')
    :gsub('"saved":[%d.e+-]+', '"saved":T'):gsub('"times":%[[%d.,]*%]', '"times":[T]')
  text = text:gsub("%f[%w][%d.,]+ (%a+)%f[%W]", function(unit)
    if unit == "us" or unit == "ms" or unit == "s" or unit == "ns" or unit == "min" then return "T" end
  end)
  -- memos are changes, too
  text = text:gsub("lacks the last %d+ changes", "lacks the last changes")
  -- what is said only of much time
  text = text:gsub("; slowest %S+ T", ""):gsub("T saved by the cache; ", ""):gsub(", T saved", "")
  text = text:gsub("\n%s*T saved by the cache%f[\n%z]", ""):gsub("\n%s*the cache saves T%f[\n%z]", "")
  return (text:gsub("   *", "  "))
end

local function ids_of(db)
  local ids, text = {}, output_of("sqlite3 -readonly " .. quote(db) .. ' "select row, id from run"')
  for row, id in text:gmatch "(%d+)|(%x+)" do ids[id] = "RUN" .. row end
  return ids
end

-- Every row of the store, but for what differs by its nature.
local function rows_of(db, ids)
  local p = assert(io.popen("sqlite3 -readonly " .. quote(db) .. " <<'EOF'\n" .. query_of(db) .. "\nEOF\n"))
  local text = p:read "a"
  p:close()
  text = text:gsub(" reads=X'(%x*)'", function(blob) return " reads=" .. text_of_facts(blob) end)
  return plain(text, ids)
end

-- Histories -----------------------------------------------------------------------

local History = { __name = "history" }
History.__index = History

---@param lives string[]? values of RILLE_MEMO
function memo_oracle.history(lives)
  local root = output_of("mktemp -d " .. quote((os.getenv "TMPDIR" or "/tmp") .. "/rille-memo-XXXXXX"))
  root = root:gsub("\n$", "")
  assert(root ~= "", "no temporary folder")
  assert(os.execute("mkdir " .. quote(root .. "/texts")))
  return setmetatable({ root = root, ops = {}, files = {},
    lives = lives or memo_oracle.lives "off,on,node", script = "main.lua" }, History)
end

function History:__close(message)
  if not KEEP then os.execute("rm -rf " .. quote(self.root)) end
  if KEEP and message then io.stderr:write("kept: " .. self.root .. "\n") end
end

local function add(self, op)
  self.ops[#self.ops + 1] = op
  op.n = #self.ops
  return op
end

-- Writes a file of the project; with its folders.  `as`: another folder, from the project.
function History:write(name, text)
  self.files[name] = text
  local at = #self.ops + 1
  put(self.root .. "/texts/" .. at, text)
  local folder = name:match "^(.*)/"
  add(self, { sh = (folder and "mkdir -p " .. quote(folder) .. "; " or "") .. "cat " .. quote(self.root .. "/texts/"
    .. at) .. " > " .. quote(name) })
end

function History:edit(...)
  local name, from, to = ...
  if select("#", ...) == 2 then name, from, to = self.script, name, from end
  local text = self.files[name]
  local first, last = text:find(from, 1, true)
  if not first then error(name .. " has no " .. from, 2) end
  self:write(name, text:sub(1, first - 1) .. to .. text:sub(last + 1))
end

-- A command of the shell; what it prints is compared.
function History:sh(command) add(self, { sh = command, compared = true }) end

local function env_words(env)
  local words = {}
  for name, v in pairs(env or {}) do
    words[#words + 1] = v == false and "-u " .. name or quote(name .. "=" .. v)
  end
  table.sort(words, function(a, b) return (a:sub(1, 2) == "-u") and b:sub(1, 2) ~= "-u" or a < b end)
  return "env " .. table.concat(words, " ") .. " "
end

-- A command of rille.
function History:rille(args, options)
  local o = options or {}
  return add(self, { sh = (o.cwd and "cd " .. quote(o.cwd) .. "; " or "") .. (o.before or "") .. env_words(o.env)
    .. '"$RILLE" ' .. args, compared = true, code = o.code, memo = o.memo, loose = o.loose, any_code = o.any_code })
end

function History:run(options)
  local o = options or {}
  local script = o.script or self.script
  local op = self:rille(string.format("run %s %s", o.cwd and quote(self.root .. "/here/project/" .. script) or script,
    o.args or "-j 1"), o)
  op.is_run, op.options = true, o
  self.last = op
  return op
end

function History:runs(n, options) for _ = 1, n do self:run(options) end end

-- The newest run of pipeline (p) against the same run on an empty store, in the life with memos.
function History:judge(pipeline)
  local o, name = self.last.options, pipeline or "p"
  add(self, { judges = self.last, memo = nil, sh = string.format([[
%s"$RILLE" show %s@-1 --json > $OUT.is 2>&1
RILLE_MEMO=off %s"$RILLE" run %s %s --store ../empty$N -q > $OUT.log 2>&1
%s"$RILLE" show %s@-1 --json --store ../empty$N > $OUT.want 2>&1; rm -rf ../empty$N]],
    env_words(o.env), name, env_words(o.env), o.script or self.script, o.args or "-j 1", env_words(o.env), name) })
end

-- A difference of two texts: the first line that differs, and some before it.
local function first_difference(what, a, b, names)
  local left, right = {}, {}
  for line in (a .. "\n"):gmatch "([^\n]*)\n" do left[#left + 1] = line end
  for line in (b .. "\n"):gmatch "([^\n]*)\n" do right[#right + 1] = line end
  for i = 1, math.max(#left, #right) do
    if left[i] ~= right[i] then
      return string.format("%s, line %d:\n    %-6s %s\n    %-6s %s", what, i, names[1], left[i] or "(ends)", names[2],
        right[i] or "(ends)")
    end
  end
end

-- Lives it with a value of RILLE_MEMO: what it printed by op, its rows, the names of its files.
local function one_life(self, i, value)
  local out = self.root .. "/out-" .. i
  local lines = { "cd " .. quote(self.root), "mkdir -p " .. out .. " here/project", "cd here/project",
    "export RILLE=" .. quote(paths.rille) .. " RILLE_MEMO=" .. value .. " LC_ALL=C TZ=UTC",
    "unset RILLE_STORE" }
  for n, op in ipairs(self.ops) do
    if not op.judges or value == "on" or self.effects then
      lines[#lines + 1] = string.format(
        "export N=%d OUT=%s/%d RILLE_MEMO_SAYS=%s/%d.says\n( %s\n) >$OUT.out 2>$OUT.err </dev/null; echo $? >$OUT.code",
        n, out, n, out, n, op.sh)
    end
  end
  put(out .. ".sh", table.concat(lines, "\n"))
  local broken = os.execute("sh " .. out .. ".sh")
  local folder = self.root .. "/here/project"
  local db = folder .. "/" .. (self.store or ".rille") .. "/meta.db"
  local life = { value = value, out = out, ok = broken }
  life.ids = read(db) and ids_of(db) or {}
  life.rows = read(db) and rows_of(db, life.ids) or ""
  life.files = plain(output_of("cd " .. quote(folder) .. " && find . -type f ! -name 'meta.db*' | LC_ALL=C sort"),
    life.ids)
  assert(os.execute("mv " .. quote(self.root .. "/here") .. " " .. quote(self.root .. "/life-" .. i)))
  return life
end

local function digests(text)
  local ok, run = pcall(json.decode, text)
  if not ok or type(run) ~= "table" or not run.steps then return nil, text end
  local lines = { "status " .. run.status }
  for _, step in ipairs(run.steps) do
    for name, one in pairs(step.outputs) do
      lines[#lines + 1] = string.format("%s.%s = %s", step.id, name, one.digest)
    end
    if next(step.outputs) == nil then lines[#lines + 1] = step.id end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local function check_judged(self, life)
  for n, op in ipairs(self.ops) do
    -- a run that failed or did not begin is compared with the other lives alone
    if op.judges and life.value == "on" and tonumber(read(life.out .. "/" .. op.judges.n .. ".code")) == 0 then
      local at = life.out .. "/" .. n
      local is, want = read(at .. ".is"), read(at .. ".want")
      local a, b = digests(is), digests(want)
      memo_oracle.count.judged = memo_oracle.count.judged + 1
      if not a or not b then error(string.format("op %d: no run to judge:\n%s\n%s\n%s", n, is, want, read(at ..
        ".log")), 0) end
      if a ~= b then
        error("STALE: " .. first_difference("op " .. n .. ", outputs", a, b, { "is", "empty" }), 0)
      end
    end
  end
end

local function says_of(life, n) return read(life.out .. "/" .. n .. ".says") or "" end

local function check_expected(self, life)
  for n, op in ipairs(self.ops) do
    local code = tonumber(read(life.out .. "/" .. n .. ".code"))
    if op.is_run then memo_oracle.count.runs = memo_oracle.count.runs + 1 end
    if op.is_run and code == 0 then memo_oracle.count.completed = memo_oracle.count.completed + 1 end
    local printed = function()
      return (read(life.out .. "/" .. n .. ".out") or "") .. (read(life.out .. "/" .. n .. ".err") or "")
    end
    if code == 70 or not op.any_code and (op.is_run or op.code) and code ~= (op.code or 0) then
      error(string.format("op %d (%s), RILLE_MEMO=%s: exit %s\n%s", n, op.sh, life.value, code, printed()), 0)
    end
    local says = says_of(life, n)
    local hit = ("\n" .. says):find("\nhit", 1, true) ~= nil
    if hit and life.value == "on" then memo_oracle.count.hits = memo_oracle.count.hits + 1 end
    if op.memo and life.value == "on" and hit ~= (op.memo == "hit") then
      error(string.format("op %d (%s): expected a %s of the memo, it says: %s\n%s", n, op.sh, op.memo, says,
        printed()), 0)
    end
  end
end

local function sorted(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
  table.sort(lines)
  return table.concat(lines, "\n")
end

-- Lives the history in each way and compares.
function History:live()
  local lives = {}
  memo_oracle.count.histories = memo_oracle.count.histories + 1
  for i, value in ipairs(self.lives) do
    lives[i] = one_life(self, i, value)
    check_expected(self, lives[i])
    check_judged(self, lives[i])
  end
  self.lived = lives
  local first = lives[1]
  for i = 2, #lives do
    local one, names = lives[i], { first.value, lives[i].value }
    for n, op in ipairs(self.ops) do
      for _, stream in ipairs(op.compared and not op.loose and { "out", "err", "code" } or {}) do
        local a = plain(read(first.out .. "/" .. n .. "." .. stream) or "", first.ids)
        local b = plain(read(one.out .. "/" .. n .. "." .. stream) or "", one.ids)
        if self.unordered then a, b = sorted(a), sorted(b) end
        if a ~= b then
          error(first_difference(string.format("op %d (%s), %s", n, op.sh, stream), a, b, names), 0)
        end
      end
    end
    local rows = not self.loose_rows and first_difference("rows", first.rows, one.rows, names)
    if rows then error(rows, 0) end
    local files = not self.loose_files and first_difference("files", first.files, one.files, names)
    if files then error(files, 0) end
  end
  return lives
end

-- What a run of the life with memos said of its memo, by the op that run() gave.
function History:says(op)
  for _, life in ipairs(self.lived) do if life.value == "on" then return says_of(life, op.n) end end
end

-- The newest rows of the life i as text, for tests of this file.
function History:rows(i) return self.lived[i].rows end

return memo_oracle
