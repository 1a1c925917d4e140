-- rille.jsonl: JSON lines as frames and lists.

package.path = "../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local frame = require "rille.frame"
local jsonl = require "rille.jsonl"
local scratch = require "scratch"

local folder <close> = scratch.new()
local function path(name) return folder.dir .. "/" .. name end

local F <const> = frame.new { { "x", { 1.5, 0 / 0, -2.0 } }, { "g", { 'a"', "", "é\n" } }, { "n", { 1, 2, 3 } },
  { "b", { true, false, true } }, { "s", array.from({ 0.1, 2, 3 }, "f32") },
  { "d", frame.dates { "2026-11-22", "", "2026-11-22T10:30:00" } } }

local TEXT <const> = [[
{"x":1.5,"g":"a\"","n":1,"b":true,"s":0.1,"d":"2026-11-22T00:00:00"}
{"x":null,"g":"","n":2,"b":false,"s":2.0,"d":null}
{"x":-2.0,"g":"é\n","n":3,"b":true,"s":3.0,"d":"2026-11-22T10:30:00"}
]]

check.test("a frame is an object on each line, and the same frame when it is read", function()
  check.eq(jsonl.encode(F), TEXT)
  jsonl.write(F, path "f.jsonl")
  check.eq(folder:read "f.jsonl", TEXT)
  local back = jsonl.read(path "f.jsonl")
  check.eq(back.columns, F.columns)
  local whole = F:drop { "d", "s" }
  check.eq(jsonl.decode(jsonl.encode(whole)) == whole, true)
end)

check.test("columns are in the order of the text, absent and null fields are missing", function()
  local f = jsonl.decode '{"z":1,"a":null}\r\n\n{"a":2,"q":"t"}'
  check.eq(f.columns, { "z", "a", "q" })
  check.eq(f.n_rows, 2)
  check.eq({ f:column "q"[1], f:column "a"[2], f:column "z"[1] }, { "", 2.0, 1.0 })
  check.eq(f:is_missing "z":totable(), { false, true })
  check.eq({ jsonl.decode "".n_rows, jsonl.decode "{}\n{}".n_rows }, { 0, 2 })
end)

check.test("a list is read and written value by value", function()
  jsonl.write({ 1, "a", { b = { 1, 2 } }, false }, path "l.jsonl")
  check.eq(folder:read "l.jsonl", '1\n"a"\n{"b":[1,2]}\nfalse\n')
  check.eq(jsonl.list(path "l.jsonl"), { 1, "a", { b = { 1, 2 } }, false })
  local seen = {}
  for v, line in jsonl.lines(path "l.jsonl") do seen[#seen + 1] = line .. type(v) end
  check.eq(seen, { "1number", "2string", "3table", "4boolean" })
end)

check.test("a function that fails leaves the file as it was", function()
  folder:write("kept.jsonl", "precious\n")
  local n = 0
  check.raises(function()
    jsonl.write(function()
      n = n + 1
      if n > 50000 then error "boom" end
      return { n = n }
    end, path "kept.jsonl")
  end, "boom")
  check.eq(folder:read "kept.jsonl", "precious\n")
  check.eq(folder:sh "ls -a | grep tmp".out, "")
end)

check.test("what a function gives is written as it comes", function()
  local i = 0
  jsonl.write(function()
    i = i + 1
    if i <= 100000 then return { i = i } end
  end, path "s.jsonl")
  local sum = 0
  for v in jsonl.lines(path "s.jsonl") do sum = sum + v.i end
  check.eq(sum, 5000050000)
end)

check.test("a byte order mark is passed over", function()
  check.eq(jsonl.decode "\xef\xbb\xbf{\"x\":1}".columns, { "x" })
end)

local function hex(digits) return (digits:gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)) end

-- {"x":1}, a line feed and {"x":2}, by gzip -c and by zstd -c
local GZIP <const> = hex "1f8b0800000000000003ab56aa50b232ace5aa06d146b55c00195067f510000000"
local ZSTD <const> = hex "28b52ffd04588100007b2278223a317d0a7b2278223a327d0a51e0e3fa"

check.test("a file is unpacked and decoded by its content, or by the option encoding", function()
  local function values(bytes, options)
    folder:write("in.jsonl", bytes)
    local f, list, n = jsonl.read(path "in.jsonl", options), jsonl.list(path "in.jsonl", options), 0
    for _ in jsonl.lines(path "in.jsonl", options) do n = n + 1 end
    check.eq({ f.n_rows, #list }, { n, n })
    local all = {}
    for i, v in ipairs(list) do all[i] = v.x end
    return all
  end
  check.eq(values(GZIP), { 1, 2 })
  check.eq(values(GZIP .. GZIP), { 1, 2, 1, 2 })
  check.eq(values(ZSTD), { 1, 2 })
  check.eq(values "\xff\xfe{\0\"\0x\0\"\0:\0001\0}\0\n\0", { 1 })
  check.eq(values("{\0\"\0x\0\"\0:\0001\0}\0\n\0", { encoding = "utf-16le" }), { 1 })
  check.eq(values('\xef\xbb\xbf{"x":1}\r\n\r\n{"x":2}'), { 1, 2 })
  check.eq(values('{"x":"K\xf6ln"}\n', { encoding = "latin-1" }), { "Köln" })
  check.eq(values('{"x":"\x80"}\n', { encoding = "windows-1252" }), { "€" })
  check.eq(values "", {})
end)

check.test("lines are of any length, and as many as there are", function()
  local parts = {}
  for i = 1, 3000 do parts[i] = string.format('{"i":%d,"s":"%s"}', i, ("x"):rep(i * 7919 % 300)) end
  parts[3001] = '{"s":"' .. ("y"):rep(300000) .. '"}'
  folder:write("long.jsonl", table.concat(parts, "\n"))
  local n, size = 0, 0
  for v, line in jsonl.lines(path "long.jsonl") do
    n, size = n + 1, size + #v.s
    check.eq({ line, v.i or n }, { n, n })
  end
  local want = 300000
  for i = 1, 3000 do want = want + i * 7919 % 300 end
  check.eq({ n, size }, { 3001, want })
end)

local function told(fn, said)
  local ok, err = pcall(fn)
  check.eq(ok, false)
  check.has(err, said)
  check.has(err, "jsonl_test.lua:")
end

check.test("what is wrong is told with the file and the line", function()
  local function read(text)
    folder:write("bad.jsonl", text)
    return function() jsonl.read(path "bad.jsonl") end
  end
  told(read '{"x":1}\n\n{"x":\n', "bad.jsonl:3:6: the text ends, but a value is expected")
  told(read "PK\3\4xl/", "bad.jsonl looks like an Excel workbook (zip): export it as JSON lines")
  told(read '{"x":1}\n{"x":"K\xf6ln"}\n', "bad.jsonl:2:8: the byte 0xF6 is not UTF-8; for Western European text use "
    .. 'encoding = "latin-1" or "windows-1252"')
  told(read '{"x":1}\n3\n', 'bad.jsonl:2: expected an object as {"x": 1}, a row of a frame, found 3')
  told(read '{"x":1}\n[3]\n', "bad.jsonl:2: expected an object")
  told(read '{"x":1}\n{"x":{}}\n', 'bad.jsonl:2: field "x" is an object or an array')
  told(read '{"x":1}\n{"x":"a"}\n', 'bad.jsonl:2: field "x" is a string, and it was a number before it')
  told(function() jsonl.read(path "bad.jsonl", { encodings = "x" }) end, 'jsonl.read: unknown field "encodings"; did '
    .. 'you mean "encoding"?')
  told(function() jsonl.list(path "bad.jsonl", { encoding = "latin2" }) end,
    'jsonl.list: encoding: there is no "latin2"; known '
    .. "are utf-8, latin-1, windows-1252, utf-16, utf-16le, utf-16be")
  told(function() jsonl.lines(path "bad.jsonl", "latin-1") end, 'jsonl.lines: expected options, as { encoding = ')
  told(function() jsonl.read(path "none.jsonl") end, "none.jsonl: No such file or directory")
  told(function() jsonl.write(F, path "none/x.jsonl") end, "none/x.jsonl: No such file or directory")
  told(function() jsonl.write({ 1, 0 / 0 }, path "x.jsonl") end, "value 2: value: NaN cannot be written as JSON")
  told(function() jsonl.write(7, path "x.jsonl") end, "expected a frame, a list or a function")
  told(function() jsonl.encode(frame.new { { "x", { 1 / 0 } } }) end, 'column "x", row 1: JSON has no infinity')
  told(function() jsonl.encode(frame.new { { "x", { "\xff" } } }) end, 'column "x", row 1: the string is not UTF-8')
  check.eq(folder:read "x.jsonl", nil)
end)

check.test("a step that reads or writes JSON lines runs again when the file changed", function()
  local p <close> = scratch.script([[
    local jsonl = require "rille.jsonl"
    local read = step "read" { outputs = { t.integer "n" }, run = function() return #jsonl.read "in.jsonl" end }
    local each = step "each" { outputs = { t.integer "n" }, run = function()
      local n = 0
      for _ in jsonl.lines "in.jsonl" do n = n + 1 end
      return n
    end }
    local write = step "write" { outputs = { t.integer "n" }, run = function()
      jsonl.write({ 1 }, "out.jsonl")
      jsonl.write(coroutine.wrap(function() coroutine.yield(1) end), "stream.jsonl")
      return 1
    end }
    return pipeline "main" { define = function() read {} each {} write {} end }]], { ["in.jsonl"] = '{"x":1}\n' })
  p:ok "run main.lua -q"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "read=cached each=cached write=cached")
  p:write("in.jsonl", '{"x":1}\n{"x":2}\n')
  p:sh "rm out.jsonl"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "read=completed each=completed write=completed")
  check.eq((p:ok "artifact get main::read::n"), "2")
  p:sh "rm stream.jsonl"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "read=cached each=cached write=completed")
end)

check.test("a file of zeros is refused by its first bytes", function()
  os.execute("truncate -s 20G " .. path "zeros.jsonl" .. " " .. path "zeros.json")
  local before = os.clock()
  told(function() jsonl.read(path "zeros.jsonl") end, "zeros.jsonl:1:1: a zero byte: the file is not text")
  told(function() frame.read(path "zeros.json") end, "zeros.json:1:1: a zero byte: the file is not text")
  check.ok(os.clock() - before < 5)
end)

check.test("records that share no keys are no frame, and are refused before their cells are made", function()
  local lines = {}
  for i = 1, 20000 do lines[i] = string.format('{"k%d":1}', i) end
  local before = os.clock()
  told(function() jsonl.decode(table.concat(lines, "\n")) end, "jsonl: a frame of these 20000 rows has 20000 columns, "
    .. "and less than 1 of 100 values is there; jsonl.list or json.read reads the records as tables")
  check.ok(os.clock() - before < 20, "the time grows as the lines do")
  for i = 1, 3000 do lines[i] = string.format('{"k%d":1,"b":2}', i % 500) end
  local f = jsonl.decode(table.concat(lines, "\n", 1, 3000))
  check.eq({ f.n_rows, #f.columns, f:drop_missing "k7".n_rows }, { 3000, 501, 6 })
end)

check.done()
