-- Names as paths, in the alphabet that MLflow's file store has.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local path_name = require "rille.stack.path_name"

local NAMES <const> = { "acc", "train/loss", "a b", "fit[3]", "größe", "_x", "_x5f", "a_xb", ".", "..", "../x",
  "a/../b",
  "/abs", "end/", "a//b", "///", "", "...", "a/.", "%", "a:b", "x.y-z_1", "\n", "..a", "a/..b", "_", "x", "a/" }

-- What mlflow checks of a name, from its rules: the alphabet, and that it is a normalized path beneath its folder.
local function is_valid(path)
  if path == "" or #path > 250 or path:find "[^%w_%-%./ ]" or path:find "^/" or path:find "/$" or path:find "//"
    or path:find "^%.%." then return false end
  for part in path:gmatch "[^/]+" do if part == "." or part == ".." then return false end end
  return true
end

-- The name that became the path.
local function decode(path)
  if path == "_x" then return "" end
  return (path:gsub("_x(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

check.test("every name becomes a valid one, another for another name, and is read back", function()
  local seen = {}
  for _, name in ipairs(NAMES) do
    local path = path_name.encode(name)
    check.ok(is_valid(path), string.format("%q: %q", name, path))
    check.eq(seen[path], nil, path)
    seen[path] = name
    check.eq(decode(path), name)
  end
end)

check.test("usual names stay as they are", function()
  for _, name in ipairs { "acc", "train/loss", "x.y-z_1", "a b" } do check.eq(path_name.encode(name), name) end
  check.eq(path_name.encode "fit[3]/loss", "fit_x5b3_x5d/loss")
  check.eq(path_name.flat "train/loss", "train_x2floss")
end)

check.test("long names are shortened and stay apart", function()
  local a, b = path_name.encode(("x"):rep(400)), path_name.encode(("x"):rep(401))
  check.ok(is_valid(a) and is_valid(b) and a ~= b, a)
  check.ok(is_valid(path_name.encode(("é/"):rep(100))))
end)

check.test("no place is a file and a folder", function()
  for _, order in ipairs { { "a", "a/b", "a/b/c" }, { "a/b/c", "a/b", "a" }, { "a/b", "a", "a/b/c" } } do
    local place, paths = path_name.places(), {}
    for _, name in ipairs(order) do
      local path = place(name)
      check.ok(is_valid(path))
      check.eq(decode(path), name)
      for _, other in ipairs(paths) do
        check.ok(path ~= other and (path .. "/"):sub(1, #other + 1) ~= other .. "/"
          and (other .. "/"):sub(1, #path + 1) ~= path .. "/", path .. " and " .. other)
      end
      paths[#paths + 1] = path
    end
  end
end)

check.done()
