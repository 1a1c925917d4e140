-- install_test.lua -- a project goes to its place, or what was there stays as it was.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local compare = require "rille.template.compare"
local install = require "rille.template.install"
local record = require "rille.template.record"
local scratch = require "scratch"
local staging = require "rille.template.staging"
local sys = require "rille.host.sys"

local FILES <const> = { { path = "a/b/one", text = "1", executable = true }, { path = "a/two", text = "2" },
  { path = "three", text = "3" }, { path = record.FILE, text = "answers" } }

local function list(p)
  return (p:sh("cd " .. p.dir .. " && find . -mindepth 1 | grep -v init- | LC_ALL=C sort | paste -sd ' ' -").out
    :gsub("\n", ""))
end

local ALL <const> = "./.rille-template.yaml ./a ./a/b ./a/b/one ./a/two ./three"

check.test("a folder that is not there comes into being by a rename, with the folders around it", function()
  local p <close> = scratch.new()
  do
    local stage <close> = staging.new(staging.place(p:path "x/y/shop"))
    check.eq(stage.path:match "^(.*)/[^/]*$", p.dir)
    stage:write(FILES)
    install.as_new(stage, p:path "x/y/shop")
  end
  check.eq(p:sh("cd x/y/shop && find . -mindepth 1 | LC_ALL=C sort | paste -sd ' ' -").out, ALL .. "\n")
  check.eq(select(2, sys.entry(p:path "x/y/shop/a/b/one")), true)
  check.eq(p:sh("ls -A").out, "x\n")
end)

check.test("files go into a folder that is there", function()
  local p <close> = scratch.new()
  p:write("three", "old")
  do
    local stage <close> = staging.new(staging.place(p.dir))
    stage:write(FILES)
    install.into(stage, p.dir, compare.files(p.dir, FILES, { keep = {}, force = true }))
  end
  check.eq(list(p), ALL)
  check.eq(p:read "three" .. p:read "a/b/one", "31")
end)

-- A file that is missing in the staging folder is one that cannot be moved.
check.test("a failure at any file takes back all that was done", function()
  for n = 1, #FILES do
    local p <close> = scratch.new()
    p:write("three", "old")
    p:sh "mkdir a"
    local stage <close> = staging.new(p.dir)
    stage:write(FILES)
    sys.remove(stage.project .. "/" .. FILES[n].path)
    local ok, err = pcall(install.into, stage, p.dir, compare.files(p.dir, FILES, { keep = {}, force = true }))
    check.eq(ok, false)
    check.eq(err.message, FILES[n].path .. ": No such file or directory; nothing was written")
    check.eq(list(p), "./a ./three")
    check.eq(p:read "three", "old")
  end
end)

check.test("a staging folder that is in use is not swept, one that nobody locks is", function()
  local p <close> = scratch.new()
  local stage <close> = staging.new(p.dir)
  p:sh "mkdir .rille-init-aaaaaa other"
  check.eq(staging.sweep(p.dir), { p:path ".rille-init-aaaaaa" })
  check.eq(sys.entry(stage.path), "folder")
  check.eq(p:sh("ls").out, "other\n")
end)

check.done()
