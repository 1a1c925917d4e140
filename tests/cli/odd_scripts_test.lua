-- Scripts with odd names, forms, places and rights.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT <const> = [[
local rille = require "rille"
local s = rille.step "s" { outputs = { rille.types.integer "n" }, run = function() return 1 end }
local p = rille.pipeline "p" { define = function() s() end }
if rille.main() then print(arg[0], ...) end
return p
]]

local function project_of(name, text)
  local project = scratch.new()
  project:write(name or "main.lua", text or SCRIPT)
  return project
end

for _, name in ipairs { "with space.lua", "ünïcode.lua", "-dash.lua", "quo'te\".lua", "new\nline.lua", "%d %s.lua",
  "a;b.lua", "noext", "@at.lua", "=eq.lua", "a=b.lua", "\xff\xfe.lua", ("x"):rep(250) } do
  check.test(("a script may be called %q"):format(name), function()
    local project <close> = project_of(name)
    local word = scratch.quoted("./" .. name)
    project:ok("run " .. word)
    check.has(select(2, project:ok("run " .. word)), "cached p-")
    check.eq(project:ok(word .. " a 'b c'"), "./" .. name .. "\ta\tb c\n")
    check.has(project:ok("plan " .. word), "1 cached")
    check.has(project:ok("lint " .. word), "no problems")
  end)
end

check.test("a name that begins with a dash follows --", function()
  local project <close> = project_of "-dash.lua"
  project:ok "run -- -dash.lua"
  check.eq(project:ok "-- -dash.lua", "-dash.lua\n")
end)

for form, text in pairs { ["lines that end as on Windows"] = SCRIPT:gsub("\n", "\r\n"),
  ["a byte order mark"] = "\xef\xbb\xbf" .. SCRIPT, ["a line for the kernel"] = "#!/usr/bin/env rille\n" .. SCRIPT,
  ["both marks"] = "\xef\xbb\xbf#!/usr/bin/env rille\n" .. SCRIPT } do
  check.test("a script may have " .. form .. ", with the same keys", function()
    local project <close> = project_of()
    project:ok "run main.lua"
    project:write("other.lua", text)
    check.has(select(2, project:ok "run other.lua"), "cached p-")
  end)
end

check.test("a script may come from standard input and from what the shell opens; the working folder is its base",
  function()
    local project <close> = project_of()
    project:ok "run main.lua"
    for _, command in ipairs { 'cat main.lua | "$RILLE" run -', 'cat main.lua | "$RILLE" run /dev/stdin',
      '"$RILLE" run - < main.lua', [[bash -c '"$RILLE" run <(cat main.lua)']] } do
      local r = project:sh(command)
      check.eq(r.code, 0, r.err)
      check.has(r.err, "cached p-", command)
    end
    check.has(project:sh([[bash -c '"$RILLE" <(cat main.lua) a b']]).out, "\ta\tb\n")
    check.eq(project:sh("ls -A").out, ".rille\nmain.lua\n")
  end)

check.test("a link to a script stands for the script, with its folder", function()
  local project <close> = project_of()
  project:sh "mkdir bin; ln -s ../main.lua bin/go"
  project:ok "run bin/go"
  check.eq(project:sh("ls -A . bin").out, ".:\n.rille\nbin\nmain.lua\n\nbin:\ngo\n")
end)

check.test("a folder is no script; one that has a script is named with it", function()
  local project <close> = project_of()
  project:sh "mkdir empty; mkdir full; cp main.lua full/pipeline.lua"
  local function said(arguments)
    local r = project:rille(arguments)
    check.eq(r.code, 2)
    return r.err
  end
  check.eq(said "run empty", "rille: empty is a folder, not a script\n")
  check.eq(said "./empty/", "rille: ./empty/ is a folder, not a script\n")
  check.eq(said "full", "rille: full is a folder, not a script; did you mean full/pipeline.lua?\n")
  check.eq(said "plan full/", "rille: full/ is a folder, not a script; did you mean full/pipeline.lua?\n")
  check.eq(said "run ''", "rille: the name of the script is empty\n")
end)

check.test("a value that is empty is refused, as of a variable that is not set", function()
  local project <close> = project_of()
  for _, option in ipairs { "--store", "--name", "--config", "--only" } do
    local r = project:rille("run main.lua " .. option .. ' ""')
    check.eq({ r.code, r.err }, { 2, "rille: " .. option .. " needs a value, got an empty one\n" })
  end
  check.eq(project:rille('run main.lua --store=').code, 2)
  check.eq(project:rille('-e ""').code, 0)
  check.eq(project:sh("ls -A").out, "main.lua\n")
end)

check.test("a working folder that was removed is named", function()
  local project <close> = project_of()
  for _, arguments in ipairs { "run ../main.lua", "runs", "init", "init x", "-e 'print(1)'" } do
    local r = project:sh('mkdir gone; cd gone; rmdir ../gone; "$RILLE" ' .. arguments)
    check.ok(r.code == 2 or r.code == 4, arguments .. ": " .. r.code .. r.err)
    check.eq(r.err, "rille: the working folder was removed: No such file or directory\n", arguments)
  end
  check.eq(project:sh('mkdir gone; cd gone; rmdir ../gone; "$RILLE" help').code, 0)
end)

check.test("the environment may be empty, or full of nonsense", function()
  local project <close> = project_of()
  project:ok "run main.lua"
  for _, setting in ipairs { "env -i", "env -u HOME", "env HOME=/nonexistent", "env TMPDIR=/nonexistent",
    "env TZ=No/Where", "env LC_ALL=xx_YY", "env LC_ALL=de_DE.UTF-8", "env TERM=", "env COLUMNS=-1" } do
    local r = project:sh(setting .. ' "$RILLE" run main.lua')
    check.eq(r.code, 0, setting .. ": " .. r.err)
    check.has(r.err, "cached p-", setting)
  end
end)

-- As a user without rights: root may read and write everything.
local function as_nobody(project, arguments)
  project:sh "chmod 755 ."
  local prefix = project:sh("id -u").out == "0\n" and "setpriv --reuid 65534 --regid 65534 --clear-groups " or ""
  return project:sh(prefix .. '"$RILLE" ' .. arguments)
end

local function needs_setpriv()
  if not os.execute "test $(id -u) != 0 || setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null" then
    check.cannot "setpriv cannot give up the rights of root here"
  end
end

check.test("what may not be read or written is named", function()
  needs_setpriv()
  local project <close> = project_of()
  project:sh "chmod 555 ."
  local dir = project.dir
  local function said(arguments, code, err)
    local r = as_nobody(project, arguments)
    check.eq({ r.code, r.err }, { code, err })
  end
  project:sh "mkdir -p no/.rille sub; cp main.lua no; cp main.lua secret.lua; chmod 0 no/.rille secret.lua"
  project:sh "chmod 555 sub"
  said("run secret.lua", 2, "rille: " .. dir .. "/secret.lua: Permission denied\n")
  said("run no/main.lua", 4, "rille: " .. dir .. "/no/.rille: Permission denied\n")
  said("--store no/.rille runs", 4, "rille: " .. dir .. "/no/.rille: Permission denied\n")
  said("--store sub/store run main.lua", 4, "rille: " .. dir .. "/sub/store: Permission denied\n")
  said("init sub", 4, "rille: sub/pipeline.lua: Permission denied\n")
  said("init sub/deep", 4, "rille: sub/deep: Permission denied\n")
  project:sh "chmod -R 755 ."
end)

check.done()
