-- rille init --template: projects made of a user's own template, at the terminal and without one, again, and through
-- failures.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"
local screen = require "screen"

local TEMPLATE <const> = [[
summary: a shop
version: 1
parameters:
  title:
    type: text
    question: Title of the project
    help: It stands in the README.
    default: My shop
    max: 40
  name:
    type: text
    question: Name of the pipeline
    default: <%= title | identifier %>
    pattern: "[%a_][%w_]*"
    expects: letters, digits and _, not beginning with a digit
  license:
    type: choice
    question: License of the code
    choices: { apache: Apache License 2.0, mit: MIT License, none: no license }
    default: apache
  author:
    type: text
    question: Your name
    when: license ~= "none"
    default: ""
  tuning: { type: boolean, question: Search for good parameters?, default: true }
  folds: { type: integer, question: Number of folds, default: 3, min: 2, max: 10, when: tuning }
files:
  LICENSE: license ~= "none"
  steps/tuning/: tuning
keep: [.gitignore]
lint: [main.lua]
next: |
  Next:
  <% if dir ~= "." %>
    cd <%= dir %>
  <% end %>
    rille run main.lua
]]

local MAIN <const> = [[
-- <%= title %>
local rille = require "rille"
local t = rille.types
<% if tuning %>
local tune = require "steps.tuning.tune"
<% end %>

local one = rille.step "one" { outputs = { t.string "title" }, run = function() return <%= title | quoted %> end }

return rille.pipeline "<%= name %>" {
  define = function()
<% if tuning %>
    tune { title = one(), folds = <%= folds %> }
<% else %>
    one()
<% end %>
  end,
}
]]

local TUNE <const> = [[
local rille = require "rille"
local t = rille.types

return rille.step "tune" {
  inputs = { t.string "title" }, params = { folds = 2 }, outputs = { t.integer "n" },
  run = function(title, p) return #title * p.folds end,
}
]]

local FILES <const> = { ["template.yaml"] = TEMPLATE, ["main.lua.template"] = MAIN, ["steps/tuning/tune.lua"] = TUNE,
  ["LICENSE.template"] = "Copyright <%= year %> <%= author %> (<%= license %>)\n",
  [".gitignore"] = ".rille/\n", ["__name__.sh"] = "#!/bin/sh\necho '<%= no %>'\n" }

-- A project with the template in t/; the files given replace or add to those above, false takes one away.
local function with_template(files)
  local p = scratch.new()
  p:sh "mkdir -p t/steps/tuning"
  for name, text in pairs(FILES) do if not files or files[name] ~= false then p:write("t/" .. name, text) end end
  for name, text in pairs(files or {}) do if text then p:write("t/" .. name, text) end end
  p:sh "chmod +x t/__name__.sh"
  return p
end

local function list(p, folder)
  local command = " && find . -mindepth 1 -not -type d | cut -c 3- | LC_ALL=C sort | paste -sd ' ' -"
  return (p:sh("cd " .. folder .. command).out:gsub("\n", ""))
end

local ALL <const> = ".gitignore .rille-template.yaml LICENSE main.lua my_shop.sh steps/tuning/tune.lua"

check.test("a folder with a template.yaml makes a project with its defaults, which is linted and runs", function()
  local p <close> = with_template()
  local out = p:ok "init shop --template t --template-with-defaults"
  check.eq(out, [[
  created      shop/.gitignore
  created      shop/LICENSE
  created      shop/main.lua
  created      shop/my_shop.sh
  created      shop/steps/tuning/tune.lua
  created      shop/.rille-template.yaml

Next:
  cd shop
  rille run main.lua
]])
  check.eq(list(p, "shop"), ALL)
  check.eq(p:read "shop/my_shop.sh", FILES["__name__.sh"])
  check.eq(p:sh("shop/my_shop.sh").out, "<%= no %>\n")
  check.eq(p:read "shop/LICENSE", "Copyright " .. os.date "%Y" .. "  (apache)\n")
  local r = p:sh 'cd shop && "$RILLE" run main.lua && "$RILLE" lint main.lua --strict'
  check.eq(r.code, 0, r.err .. r.out)
  check.eq(p:sh("ls -A").out, "shop\nt\n")
end)

check.test("a false condition is not rendered, and --set answers", function()
  local p <close> = with_template()
  p:ok "init shop --template t --template-with-defaults --set license=none --set tuning=no --set title='A \"b\" \\ c'"
  check.eq(list(p, "shop"), ".gitignore .rille-template.yaml a_b_c.sh main.lua")
  check.has(p:read "shop/main.lua", [[return "A \"b\" \\ c" end]])
  check.eq(p:read("shop/main.lua"):find "tun", nil)
  check.eq(p:sh('cd shop && "$RILLE" lint main.lua').code, 0)
end)

check.test("all answers by --set need no terminal; else what is missing is named", function()
  local p <close> = with_template()
  local r = p:sh '"$RILLE" init shop --template t --set license=none --set tuning=no </dev/null'
  check.eq({ r.code, r.err }, { 2, "rille: init: there is no terminal to ask the questions of template t; give "
    .. "--template-with-defaults, or --set NAME=VALUE for each of title, name\n" })
  p:ok "init shop --template t --set license=none --set tuning=no --set title=x --set name=y"
  check.has(p:read "shop/main.lua", 'rille.pipeline "y"')
end)

check.test("a wrong --set is refused with what it should be, and nothing is written", function()
  local p <close> = with_template()
  for given, want in pairs {
    ["titel=x"] = 'template t has no such parameter; did you mean "title"?',
    ["name=2x"] = 'expected letters, digits and _, not beginning with a digit, got "2x"',
    ["license=gpl"] = '"gpl" is not a choice; available: apache, mit, none',
    ["tuning=maybe"] = 'expected yes or no, got "maybe"', ["folds=11"] = "must be at most 10, got 11",
    ["folds=2.5"] = 'expected an integer, got "2.5"', ["tuning"] = "expected NAME=VALUE",
    ["title=" .. ("é"):rep(41)] = "expected at most 40 characters, got 41",
    ["title=a\27b"] = "a text has no control characters",
  } do
    local r = p:rille("init shop --template t --template-with-defaults --set " .. scratch.quoted(given))
    check.eq(r.code, 2, r.err)
    check.has(r.err, "rille: init: --set ")
    check.has(r.err, want)
  end
  local r = p:rille "init shop --template t --template-with-defaults --set license=none --set author=me"
  check.has(r.err, 'this question is asked only when license ~= "none"')
  check.eq(p:sh("ls -A").out, "t\n")
end)

check.test("options of templates are refused without one, and a template that does not exist", function()
  local p <close> = with_template()
  check.has(p:rille("init shop --force").err, "init: --force is for templates; give --template NAME")
  check.has(p:rille("init shop --set a=b").err, "init: --set is for templates")
  check.has(p:rille("init shop --template tt").err,
    "--template tt: rille has no such template, and there is no folder")
  check.has(p:rille("init shop --template ./tt").err, "--template ./tt: there is no such folder")
  check.has(p:rille("init shop --template .").err,
    "--template .: the folder has no template.yaml; see rille help templates")
  check.eq(p:sh("ls -A").out, "t\n")
end)

check.test("the templates that come with rille are listed, by --templates and by --template without a name", function()
  local p <close> = scratch.new()
  local out = p:ok "init --templates"
  check.has(out, "e2e_batch  a project that trains")
  check.has(out, "\n  rille init DIR --template e2e_batch\n")
  check.eq(p:ok "init --template", out)
  local list = json.decode(p:ok "init --templates --json")
  check.eq({ list.items[1].name, list.items[1].parameters, list.items[1].version }, { "e2e_batch", 13, "1" })
  check.has(p:ok "completion bash", "--template=:e2e_batch")
  check.has(p:ok "completion fish", "-l template -x -a 'e2e_batch'")
end)

-- Mistakes of the template -------------------------------------------------------------------

check.test("a mistake in a template has its file and line, also where its condition is false", function()
  local function refused(files, want)
    local p <close> = with_template(files)
    local r = p:rille "init shop --template t --template-with-defaults --set license=none"
    check.eq(r.code, 3, r.err)
    check.eq(r.err, "rille: " .. want .. "\n")
    check.eq(p:sh("ls -A").out, "t\n")
  end
  local function yaml(from, to) return { ["template.yaml"] = (TEMPLATE:gsub(from, to)) } end
  refused({ ["LICENSE.template"] = "x\n<%= nam %>\n" },
    't/LICENSE.template:2: <%= nam %>: there is no parameter nam; did you mean "name"?')
  refused({ ["LICENSE.template"] = "<% if tuning %>\n" }, "t/LICENSE.template:1: <% if %> has no <% end %>")
  refused(yaml("type: boolean", "type: bool"),
    "t/template.yaml:26: parameter tuning: expected the type text, boolean, choice, integer or number, "
    .. 'got "bool"; did you mean "boolean"?')
  refused(yaml("default: 3", "default: 1"),
    "t/template.yaml:27: parameter folds: the default: must be at least 2, got 1")
  refused(yaml("LICENSE: ", "LICENCE: "),
    't/template.yaml:29: the template has no file LICENCE; did you mean "LICENSE"?')
  refused(yaml('LICENSE: license ~= "none"', 'LICENSE: license ~= "no"'),
    't/template.yaml:29: files: LICENSE: "no" is not a choice of license; available: apache, mit, none')
  refused(yaml("steps/tuning/:", "../x:"), "t/template.yaml:30: ../x: a path has no .. in it")
  refused(yaml("steps/tuning/:", "/etc/passwd:"),
    "t/template.yaml:30: /etc/passwd: a path begins in the project, without a /")
  refused(yaml("%[main.lua%]", "[../main.lua]"), "t/template.yaml:32: ../main.lua: a path has no .. in it")
  refused(yaml("question: Your name", "questoin: x"),
    't/template.yaml:23: parameter author: unknown field "questoin"; did you mean "question"?')
  refused(yaml("when: tuning", "when: tunin"),
    't/template.yaml:27: parameter folds: when: there is no parameter tunin; did you mean "tuning"?')
  refused(yaml("    cd <%%= dir %%>", "    cd <%%= dri %%>"),
    't/template.yaml:36: <%= dri %>: there is no parameter dri; did you mean "dir"?')
  refused(yaml("pattern: .-\n", "pattern: '['\n"),
    "t/template.yaml:14: parameter name: [ is not a pattern of Lua: malformed pattern (missing ']')")
  refused(yaml("summary: a shop\n", ""), "t/template.yaml:1: the template has no summary")
  refused(yaml("version: 1", "version: 1\nsummry: x"),
    't/template.yaml:3: the template: unknown field "summry"; did you mean "summary"?')
  refused(yaml("version: 1", "version: [1"), "t/template.yaml:3:11: a list in [ ] without ',' or ']' here; "
    .. "close it, or quote its elements (it began at line 2)")
  refused(yaml("next: |.*", "next: run <%%= nam %%>\n"),
    't/template.yaml:33: <%= nam %>: there is no parameter nam; did you mean "name"?')
  refused(yaml("default: <%%= title", "default: <%%= titel"),
    't/template.yaml:13: <%= titel %>: there is no parameter titel; did you mean "title"?')
  refused(yaml("lint: %[main.lua", "lint: [man.lua"),
    't/template.yaml:32: the template has no file man.lua; did you mean "main.lua"?')
  refused(yaml("keep: %[.gitignore", "keep: [nothere"),
    "t/template.yaml:31: the template has no file nothere; available: .gitignore, LICENSE, __name__.sh, main.lua, "
    .. "steps/tuning/tune.lua")
  refused(yaml('when: license ~= "none"', "when: tuning"),
    "t/template.yaml:24: parameter author: when: tuning is asked later; only earlier answers can be used here")
  refused(yaml("default: <%%= title", "default: <%%= folds"),
    "t/template.yaml:13: <%= folds %>: it is asked later; only earlier answers can be used here")
  refused(yaml("min: 2", "min: 12"), "t/template.yaml:27: parameter folds: min is greater than max")
  refused({ ["steps/a\nb"] = "" }, 't: a template has the file "a\\nb"; names are UTF-8 without control characters')
  refused({ ["steps/.template"] = "" }, "t/steps/.template: without .template it has no name")
  refused({ ["__nam__.lua"] = "" }, 't/__nam__.lua: there is no parameter nam; did you mean "__name__"?')
end)

check.test("a project with a mistake is refused, and what is at its place stays as it was", function()
  local function refused(files, code, ...)
    local p <close> = with_template(files)
    p:sh "mkdir shop; echo mine > shop/mine"
    local r = p:rille "init shop --template t --template-with-defaults"
    check.eq(r.code, code, r.err)
    for _, want in ipairs { ... } do check.has(r.err, want) end
    check.eq(p:sh("ls -A . shop").out, ".:\nshop\nt\n\nshop:\nmine\n")
  end
  refused({ ["main.lua.template"] = "local = <%= folds %>\n" }, 3, "template t makes a file with a mistake, from "
    .. "t/main.lua.template:\n  main.lua:1: <name> expected near '='\nnothing was written")
  refused({ ["conf.yaml.template"] = "a: b\n c: d\n" }, 3, "from t/conf.yaml.template:\n  conf.yaml:2:")
  refused({ ["x.json"] = "{" }, 3, "from t/x.json:\n  x.json:")
  refused({ ["steps/tuning/tune.lua"] = "error 'no'\n" }, 3, "makes a project that rille lint refuses (exit code 3)",
    "no\nnothing was written")
  refused({ ["main.lua"] = "" }, 3, "main.lua and main.lua.template both make main.lua with these answers")
end)

check.test("a project is not made in its template", function()
  local p <close> = with_template()
  for _, dir in ipairs { "t", "t/new", "t/steps" } do
    local r = p:rille("init " .. dir .. " --template t --template-with-defaults")
    check.eq({ r.code, r.err },
      { 2, "rille: init: " .. dir .. " is in the template t; choose another folder: rille init DIR\n" })
  end
  check.eq(p:sh("cd t && rm template.yaml && find . -type f | wc -l").out, "5\n")
end)

check.test("symbolic links in a template are refused, wherever they lead", function()
  local p <close> = with_template()
  for _, target in ipairs { "/etc/passwd", "main.lua.template", ".." } do
    p:sh("rm -f t/steps/link; ln -s " .. target .. " t/steps/link")
    local r = p:rille "init shop --template t --template-with-defaults"
    check.eq({ r.code, r.err }, { 3,
      "rille: t/steps/link is a symbolic link; a template has files and folders alone\n" })
  end
end)

check.test("a file that is huge is refused, and a name that is too long", function()
  local p <close> = with_template { ["__title__.txt"] = "" }
  p:sh "truncate -s 20G t/huge"
  local r = p:rille "init shop --template t --template-with-defaults"
  check.eq({ r.code, r.err }, { 3,
    "rille: t/huge is larger than 64 MiB; data of that size does not belong in a template\n" })
  p:sh("rm t/huge; mv t/__title__.txt t/" .. ("x"):rep(230) .. "__title__")
  r = p:rille("init shop --template t --template-with-defaults --set title=" .. ("y"):rep(40))
  check.eq({ r.code, r.err }, { 4, "rille: " .. ("x"):rep(230) .. ("y"):rep(40) .. ": File name too long\n" })
  check.eq(p:sh("ls -A").out, "t\n")
end)

check.test("template.yaml may begin with a byte order mark", function()
  local p <close> = with_template { ["template.yaml"] = "\xef\xbb\xbf" .. TEMPLATE }
  p:ok "init shop --template t --template-with-defaults"
end)

check.test("an answer in the name of a file cannot lead elsewhere", function()
  local p <close> = with_template { ["__title__.txt"] = "" }
  local r = p:rille "init shop --template t --template-with-defaults --set title=../../x"
  check.eq({ r.code, r.err }, { 3,
    'rille: t/__title__.txt: title is "../../x", which cannot be part of the name of a file\n' })
end)

-- What is there already ------------------------------------------------------------------------

check.test("a file in the way is shown with its difference, and nothing is written; --force overwrites", function()
  local p <close> = with_template()
  p:sh "mkdir -p shop/steps; echo mine > shop/LICENSE; echo mine > shop/.gitignore; echo mine > shop/notes"
  local r = p:rille "init shop --template t --template-with-defaults"
  check.eq({ r.code, r.out, r.err }, { 2, "shop/LICENSE: another file is there (-), and the template makes (+)\n"
    .. "  - mine\n  + Copyright " .. os.date "%Y" .. "  (apache)\n",
    "rille: init: a file is in the way; nothing was written; --force overwrites it\n" })
  check.eq(list(p, "shop"), ".gitignore LICENSE notes")
  local out = p:ok "init shop --template t --template-with-defaults --force"
  check.has(out, "  kept         shop/.gitignore\n  overwritten  shop/LICENSE\n  created      shop/main.lua\n")
  check.eq(p:read "shop/notes" .. p:read "shop/.gitignore", "mine\nmine\n")
end)

check.test("nothing is written through a link or over a folder, also with --force", function()
  local p <close> = with_template()
  p:sh "mkdir shop elsewhere shop/LICENSE; ln -s ../elsewhere shop/steps"
  local r = p:rille "init shop --template t --template-with-defaults --force"
  check.eq(r.code, 2)
  check.has(r.out, "shop/LICENSE: there is a folder in its place\n")
  check.has(r.out, "shop/steps/tuning/tune.lua: steps is a link and not a folder\n")
  check.has(r.err, "2 files are in the way; nothing was written; choose another folder: rille init DIR")
  check.eq(list(p, "elsewhere"), "")
end)

check.test("init again: answers are kept, files updated, a person's changes kept, both is a conflict", function()
  local p <close> = with_template()
  p:ok "init shop --template t --template-with-defaults --set author=Jo --set folds=5"
  check.has(p:ok "init shop --template-with-defaults", "  unchanged    6 files\n")
  p:sh "echo '-- mine' >> shop/main.lua; echo 'echo more' >> t/__name__.sh"
  p:write("t/template.yaml", (TEMPLATE:gsub("version: 1", "version: 2")))
  local out = p:sh('cd shop && "$RILLE" init --template-with-defaults').out
  check.eq(out, [[
  template     t, version 2 instead of 1
  kept         main.lua
  updated      my_shop.sh
  updated      .rille-template.yaml
  unchanged    3 files

Next:
  rille run main.lua
]])
  check.eq(p:sh("test -x shop/my_shop.sh").code, 0)
  check.has(p:read "shop/LICENSE", " Jo (apache)")
  local r = p:rille "init shop --template-with-defaults --set folds=6"
  check.eq(r.code, 2)
  check.has(r.out, "  -     tune { title = one(), folds = 5 }\n"
    .. "  +     tune { title = one(), folds = 6 }\n  - -- mine\n")
  p:ok "init shop --template-with-defaults --set license=none --set folds=5"
  check.has(p:ok "init shop --template-with-defaults", "unchanged")
end)

check.test("answers of before need no terminal; a template that has moved is found by --template", function()
  local p <close> = with_template()
  p:ok "init shop --template t --template-with-defaults --set folds=5"
  check.has(p:sh('"$RILLE" init shop </dev/null').out, "  unchanged    6 files\n")
  p:sh "mv t elsewhere; mkdir u; mv elsewhere u/t"
  local r = p:rille "init shop"
  check.has(r.err, "rille: init: shop/.rille-template.yaml says that the project was made of the template ")
  check.has(r.err, "/t, which is not there; give --template DIR\n")
  check.has(p:sh('"$RILLE" init shop --template u/t </dev/null').out, "unchanged    5 files\n")
  check.has(p:read "shop/main.lua", "folds = 5")
end)

check.test("a mistake in the answers of a project is an error at its line, and no default takes its place", function()
  local p <close> = with_template()
  p:ok "init shop --template t --template-with-defaults --set folds=5"
  local text = p:read "shop/.rille-template.yaml"
  for _, case in ipairs {
    { "answers:", "answrs:", ':6: unknown field "answrs"; did you mean "answers"?' },
    { "  tuning: true", "  tuning: perhaps",
      ':11: tuning: expected yes or no, got "perhaps"; edit it, or give --set tuning=VALUE' },
    { "  license: apache", "  license: mitt",
      ':9: license: "mitt" is not a choice; did you mean "mit"?; edit it, or give --set license=VALUE' },
    { "  folds:", "  fold:", ':12: template t has no parameter fold; did you mean "folds"?' },
    { "  folds: 5", "  folds: 50", ":12: folds: must be at most 10, got 50; edit it, or give --set folds=VALUE" },
  } do
    local first, last = text:find(case[1], 1, true)
    p:write("shop/.rille-template.yaml", text:sub(1, first - 1) .. case[2] .. text:sub(last + 1))
    local r = p:rille "init shop --template-with-defaults"
    check.eq({ r.code, r.err }, { 3, "rille: shop/.rille-template.yaml" .. case[3] .. "\n" })
  end
  p:ok "init shop --template-with-defaults --set folds=5"
  p:write("t/template.yaml", (TEMPLATE:gsub("version: 1", "version: 2"):gsub("  folds: .-\n", "")))
  p:write("t/main.lua.template", (MAIN:gsub("<%%= folds %%>", "5")))
  check.has(p:ok "init shop --template-with-defaults",
    "  left out     the answer folds, which the template asks no more\n")
end)

check.test("a file that the template makes no more is named and stays", function()
  local p <close> = with_template()
  p:ok "init shop --template t --template-with-defaults"
  local out = p:ok "init shop --template-with-defaults --set license=none"
  check.has(out, "  left         shop/LICENSE, which the template no longer has\n")
  check.eq(list(p, "shop"), ALL)
end)

check.test("a place that cannot be a folder is named", function()
  local p <close> = with_template()
  p:sh "echo x > file; ln -s nowhere link; mkdir real; ln -s real good"
  local r = p:rille "init file/new --template t --template-with-defaults"
  check.eq({ r.code, r.err }, { 4, "rille: file/new: Not a directory; nothing was written\n" })
  r = p:rille "init link --template t --template-with-defaults"
  check.eq({ r.code, r.err }, { 2, "rille: init: link is a link to a folder that does not exist\n" })
  p:ok "init good/ --template t/ --template-with-defaults"
  check.eq(list(p, "real"), ALL)
  check.eq(p:sh("ls -A").out, "file\ngood\nlink\nreal\nt\n")
end)

check.test("--json has the files and what became of them", function()
  local p <close> = with_template()
  local made = json.decode(p:ok "init shop --template t --template-with-defaults --json")
  check.eq({ made.template, made.version, made.dir, made.files[2].path, made.files[2].status, #made.files },
    { "t", "1", "shop", "LICENSE", "created", 6 })
end)

-- Stopped --------------------------------------------------------------------------------------

-- A main.lua that, while rille lint loads it, sends a signal to the rille init that waits for rille lint.
local function killer(signal)
  return string.format("os.execute [==[pid=$(cut -d ' ' -f 4 /proc/$PPID/stat); "
    .. "grep -qzx init /proc/$pid/cmdline && kill -%s $pid]==]\n", signal)
end

check.test("after kill -9 in the middle only the staging folder is left, which the next init removes", function()
  local p <close> = with_template { ["main.lua.template"] = killer "KILL" }
  local r = p:sh '"$RILLE" init shop --template t --template-with-defaults; sleep 0.2; ls -A'
  check.ok(r.out:find "^%.rille%-init%-%w+\nt\n$", r.out .. r.err)
  p:write("t/main.lua.template", MAIN)
  local out = p:ok "init shop --template t --template-with-defaults"
  check.ok(out:find "^  removed      %./%.rille%-init%-%w+, left by a rille init that was killed\n", out)
  check.eq(p:sh("ls -A").out, "shop\nt\n")
end)

check.test("Ctrl-C while a project is made leaves nothing", function()
  local p <close> = with_template { ["main.lua.template"] = killer "INT" }
  local r = p:sh '"$RILLE" init shop --template t --template-with-defaults; echo $?; ls -A'
  check.eq({ r.out, r.err }, { "130\nt\n", "rille: stopped by SIGINT\n" })
end)

check.test("a move into a folder that was cut off goes on with the same answers", function()
  local p <close> = with_template()
  p:ok "init shop --template t --template-with-defaults --set folds=7"
  p:sh "cd shop && rm -r steps main.lua && mkdir .rille-init-abcdef && mv LICENSE .rille-init-abcdef"
  local out = p:ok "init shop --template-with-defaults"
  check.has(out, "created      shop/LICENSE\n  created      shop/main.lua\n"
    .. "  created      shop/steps/tuning/tune.lua\n")
  check.has(p:read "shop/main.lua", "folds = 7")
  check.eq(list(p, "shop"), ALL)
end)

-- rille init whose n-th rename fails in the way given; a folder with notes is there.
local function with_fault(p, fault, n, options)
  p:sh "rm -rf shop; mkdir shop; echo mine > shop/notes"
  if options then p:sh "echo mine > shop/my_shop.sh; chmod +x shop/my_shop.sh" end
  return p:sh(string.format('strace -f -o /dev/null -e inject=rename,renameat,renameat2:%s:when=%d "$RILLE" init shop '
    .. "--template t --template-with-defaults %s", fault, n, options or ""))
end

local function need_strace(p)
  if p:sh("command -v strace && strace -o /dev/null true").code ~= 0 then check.cannot "strace cannot be used here" end
end

check.test("kill -9 at any move into a folder that is there: the next init completes the project", function()
  local p <close> = with_template()
  need_strace(p)
  for n = 1, 6 do
    local r = with_fault(p, "signal=KILL", n)
    check.ok(r.code ~= 0, "it was not killed")
    check.ok(p:sh("ls -A shop").out:find "%.rille%-init%-%w+\n", r.err)
    local again = p:sh("test -e shop/.rille-template.yaml").code == 0 and "" or " --template t"
    check.has(p:ok("init shop --template-with-defaults" .. again), "removed ")
    check.eq(list(p, "shop"), (ALL:gsub("my_shop.sh", "%0 notes")))
  end
end)

check.test("an error of any move takes all of it back", function()
  local p <close> = with_template()
  need_strace(p)
  for n = 1, 6 do
    local r = with_fault(p, "error=EIO", n)
    check.eq(r.code, 4, r.err)
    check.has(r.err, "Input/output error; nothing was written\n")
    check.eq(p:sh("ls -A shop").out, "notes\n")
  end
  check.eq(with_fault(p, "error=EIO", 6, "--force").code, 4)
  check.eq(p:sh("cat shop/my_shop.sh; test -x shop/my_shop.sh && ls -A shop").out, "mine\nmy_shop.sh\nnotes\n")
end)

-- At the terminal --------------------------------------------------------------------------------

-- rille init on a pseudo-terminal: its screen, the lines that were typed after the prompts.
local function ask(p, typed, options)
  options = options or {}
  local words = {}
  for i, text in ipairs(typed) do words[i] = scratch.quoted('"> ":keys:' .. text) end
  local r = p:sh(string.format("export NO_COLOR=1 TERM=%s; %s %d 60 rec %s -- \"$RILLE\" init %s",
    options.term or "xterm", scratch.pty(check), options.columns or 80, table.concat(words, " "),
    options.arguments or "shop --template t"))
  check.eq(r.code, 0, r.err)
  return screen.play(p:path "rec", { columns = options.columns or 80, lines = 60 })
end

check.test("questions show their default; what is no answer is refused with the reason and asked again", function()
  local p <close> = with_template()
  local s = ask(p, { "?^M", "The shop^M", "9x^M", "^M", "mti^M", "4^M", "2^M", "Jo^M", "maybe^M", "Y^M", "99^M",
    "4^M" })
  check.eq(s:text(), [[
t: a shop
Enter takes the answer in brackets, ? explains a question, Ctrl-C stops.

1 of 6  Title of the project
[My shop] > ?
  It stands in the README.
[My shop] > The shop

2 of 6  Name of the pipeline
[the_shop] > 9x
  expected letters, digits and _, not beginning with a digit, got "9x"
[the_shop] >

3 of 6  License of the code
  1  apache  Apache License 2.0
  2  mit     MIT License
  3  none    no license
[apache] > mti
  "mti" is not a choice; did you mean "mit"?
[apache] > 4
  expected a number from 1 to 3, or a name
[apache] > 2

4 of 6  Your name
[empty] > Jo

5 of 6  Search for good parameters?
[yes] > maybe
  expected yes or no, got "maybe"
[yes] > Y

6 of 6  Number of folds
[3] > 99
  must be at most 10, got 99
[3] > 4

  created      shop/.gitignore
  created      shop/LICENSE
  created      shop/main.lua
  created      shop/steps/tuning/tune.lua
  created      shop/the_shop.sh
  created      shop/.rille-template.yaml

Next:
  cd shop
  rille run main.lua
]])
  check.eq(s.status, 0)
  check.eq(p:read "shop/LICENSE", "Copyright " .. os.date "%Y" .. " Jo (mit)\n")
end)

check.test("? says what is expected where a question has no help; pasted lines are no answer", function()
  local p <close> = with_template()
  local s = ask(p, { "?^M", "?^M", "^M", "^M", "?^M", "none^M", "?^M", "^[[200~a^Mb^[[201~", "no^M" },
    { arguments = "shop --template t" })
  check.has(s:text(), "[apache] > ?\n  Expected: the number or the name of one of these\n")
  check.has(s:text(), "[yes] > ?\n  Expected: yes or no\n")
  check.has(s:text(), "several lines were pasted; an answer is one line\n[yes] >")
  check.eq(s.status, 0)
end)

check.test("Tab completes a choice", function()
  local p <close> = with_template()
  local s = ask(p, { "^M", "^M", "m^I^M", "^M", "n^I^M" })
  check.has(s:text(), "[apache] > mit\n")
  check.has(s:text(), "[yes] > no\n")
  check.eq(s.status, 0)
end)

check.test("what is set is not asked, and the answers of before are the defaults", function()
  local p <close> = with_template()
  local s = ask(p, { "^M", "none^M" }, { arguments = "shop --template t --set title=x --set tuning=no" })
  check.has(s:text(), "1 of 3  Name of the pipeline\n[x] >\n\n2 of 3  License")
  check.eq(s.status, 0)
  s = ask(p, { "^M", "^M", "^M", "^M" }, { arguments = "shop" })
  check.has(s:text(), "[none] >\n")
  check.has(s:text(), "[no] >\n\n  unchanged    4 files\n")
end)

check.test("Ctrl-C and Ctrl-D at any question leave nothing", function()
  for _, term in ipairs { "xterm", "dumb" } do
    for _, key in ipairs { "^C", "^D" } do
      for n = 0, 2 do
        local p <close> = with_template()
        local typed = table.move({ "^M", "^M" }, 1, n, 1, {})
        typed[n + 1] = key
        local s = ask(p, typed, { term = term })
        check.eq(s.status, 130, s:text())
        check.ok(s:text():find "stopped", s:text())
        check.eq(p:sh("ls -A | grep -v rec").out, "t\n")
      end
    end
  end
end)

check.test("a terminal that cannot edit lines asks the same", function()
  local p <close> = with_template()
  local s = ask(p, { "^M", "^M", "none^M", "no^M" }, { term = "dumb" })
  check.eq(s.status, 0, s:text())
  check.eq(list(p, "shop"), ".gitignore .rille-template.yaml main.lua my_shop.sh")
end)

check.test("nothing is wider than the terminal", function()
  local wide = TEMPLATE:gsub("It stands in the README.", ("long words "):rep(20))
  wide = wide:gsub("a shop", "a shop with a summary that is longer than some terminals are wide")
  local p <close> = with_template { ["template.yaml"] = wide }
  for _, columns in ipairs { 40, 60, 120 } do
    local s = ask(p, { "?^M", "^M", "9^M", "^C" }, { columns = columns })
    for line in s:text():gmatch "[^\n]+" do check.ok(#line <= columns, line) end
    check.eq(s:text():find "[^%s] ?\nwords\n", nil, s:text())
  end
end)

check.test("the template of rille help templates is one", function()
  local p <close> = scratch.new()
  local help = p:ok "help templates"
  local function block(head)
    return (help:match("\n[^\n]*" .. head .. ":\n\n(.-)\n\n%w"):gsub("%f[^\n\0]  ", ""))
  end
  p:sh "mkdir mine"
  p:write("mine/template.yaml", block "mine/template.yaml")
  p:write("mine/main.lua.template", block "mine/main.lua.template")
  p:write("mine/LICENSE", "")
  p:ok "init words --template ./mine --template-with-defaults"
  check.eq(p:sh("head -2 words/main.lua").out, '-- Word counts\nlocal rille = require "rille"\n')
  local r = p:sh 'cd words && "$RILLE" run main.lua word_counts'
  check.eq(r.code, 0, r.err)
end)

check.done()
