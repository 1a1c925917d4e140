-- All 32 combinations of the five switches of the template e2e_batch, and its licenses: each project is made, read,
-- linted and run.  They share a store, so that what they have in common is computed once; files that are equal are
-- linted once.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local commands = require "rille.commands"
local paths = require "paths"
local scratch = require "scratch"

local SWITCHES <const> = { "hyperparameters_tuning", "metric_compare_promotion", "data_quality_checks",
  "notify_on_failures", "notify_on_successes" }
local LICENSES <const> = { "apache", "mit", "bsd", "isc", "gpl3", "none" }

local STORE <const> = 'RILLE_STORE="$PWD/../store" "$RILLE" '

local base = scratch.new()
local projects = {}             -- { folder, [switch] = boolean, license, files = { [path] = text } }

local function make(i)
  local one, words = { folder = "p" .. i, license = LICENSES[i % #LICENSES + 1] }, {}
  local stage = i < 8 and "production" or "staging"
  for bit, name in ipairs(SWITCHES) do
    one[name] = i >> (bit - 1) & 1 == 1
    words[bit] = string.format("--set %s=%s", name, one[name] and "yes" or "no")
  end
  base:ok(string.format("init %s --template e2e_batch --template-with-defaults %s --set open_source_license=%s "
    .. "--set target_environment=%s", one.folder, table.concat(words, " "), one.license, stage))
  one.files = {}
  local list = base:sh("cd " .. one.folder .. " && find . -type f | cut -c 3- | LC_ALL=C sort").out
  for path in list:gmatch "[^\n]+" do one.files[path] = base:read(one.folder .. "/" .. path) end
  projects[i + 1] = one
end

-- Calls visit(project, path, text) for all files of the projects, for equal ones once.
local function each_file(pattern, visit)
  local seen = {}
  for _, one in ipairs(projects) do
    for path, text in pairs(one.files) do
      if path:find(pattern) and not seen[path .. "\0" .. text] then
        seen[path .. "\0" .. text] = true
        visit(one, path, text)
      end
    end
  end
end

local function none(wrong)
  table.sort(wrong)
  check.eq(table.concat(wrong, "\n"), "")
end

check.test("all 32 combinations of the switches are made, and rille lint loads them", function()
  for i = 0, 31 do make(i) end
  check.eq(#projects, 32)
end)

check.test("the folder of a template makes what its name makes", function()
  base:ok(string.format("init folder --template %s --template-with-defaults",
    scratch.quoted(paths.root .. "/stdlib/templates/e2e_batch")))
  base:ok "init name --template e2e_batch --template-with-defaults"
  local r = base:sh "diff -r folder name"
  check.eq(r.out:gsub("\n[<>] template: [^\n]*", ""), "diff -r folder/.rille-template.yaml name/.rille-template.yaml\n"
    .. "2c2\n---\n")
end)

check.test("answers with quotes, brackets and other scripts make a project without a finding", function()
  for i, text in ipairs { "a \"b\" \\ ]]", "it's: #1 {x} %s <%= email %>", "é 日本" } do
    local words = {}
    for k, name in ipairs { "project_name", "version", "full_name", "email", "zenml_server_url" } do
      words[k] = "--set " .. scratch.quoted(name .. "=" .. text)
    end
    base:ok(string.format("init odd%d --template e2e_batch --template-with-defaults --set product_name=end %s", i,
      table.concat(words, " ")))
    local r = base:sh(string.format('cd odd%d && "$RILLE" lint main.lua --strict && "$RILLE" config main.lua --config '
      .. "configs/train_config.yaml", i))
    check.eq(r.code, 0, r.out .. r.err)
  end
end)

check.test("a switch that is off leaves no file of its own", function()
  for _, one in ipairs(projects) do
    local function has(path) return one.files[path] ~= nil end
    check.eq(has "steps/hp_tuning/hp_tuning_single_search.lua", one.hyperparameters_tuning)
    check.eq(has "steps/hp_tuning/hp_tuning_select_best_model.lua", one.hyperparameters_tuning)
    check.eq(has "steps/promotion/promote_with_metric_compare.lua", one.metric_compare_promotion)
    check.eq(has "steps/promotion/compute_performance_metrics.lua", one.metric_compare_promotion)
    check.eq(has "steps/promotion/promote_latest_version.lua", not one.metric_compare_promotion)
    check.eq(has "steps/data_quality/drift_quality_gate.lua", one.data_quality_checks)
    check.eq(has "steps/alerts/notify_on.lua", one.notify_on_failures or one.notify_on_successes)
    check.eq(has "LICENSE", one.license ~= "none")
    check.ok(not has "LICENSE" or #one.files.LICENSE > 300, "an empty LICENSE")
    check.eq(base:sh("find " .. one.folder .. " -type d -empty").out, "")
  end
end)

check.test("no text has runs of blank lines, blanks at the ends of lines, tags, or lines that are too long", function()
  local wrong = {}
  each_file("", function(one, path, text)
    local function add(what) wrong[#wrong + 1] = one.folder .. "/" .. path .. ": " .. what end
    if text:find "<%%" or text:find "%%>" then add "a tag is left" end
    if path:find "^LICENSE" or path:find "%.csv$" then return end
    if text:find "\n[ \t]*\n[ \t]*\n" then add "a run of blank lines" end
    if text:find "^%s*\n" or text:find "\n\n$" then add "a blank line at the beginning or the end" end
    if not text:find "\n$" then add "no line end" end
    if text:find "[ \t]\n" then add "blanks at the end of a line" end
    if text:find "{\n\n" or text:find "\n\n *end\n" or text:find "\n\n *}" then add "a blank line beside a bracket" end
    for line in text:gmatch "[^\n]+" do
      if (utf8.len(line) or #line) > 120 and not path:find "^%." then add("too long: " .. line) end
    end
  end)
  none(wrong)
end)

check.test("luacheck finds nothing in any of them", function()
  if base:sh("command -v luacheck").code ~= 0 then check.cannot "luacheck is not installed" end
  base:sh "mkdir lint"
  local n = 0
  each_file("%.lua$", function(_, path, text)
    n = n + 1
    base:write(string.format("lint/%03d_%s", n, path:gsub("/", "_")), text)
  end)
  local r = base:sh "luacheck -q --codes --no-color --no-cache --no-config --std lua54 lint"
  check.eq(r.code, 0, r.out)
  check.ok(n > 30, n .. " files")
end)

check.test("every module is required, and every one that is required is there", function()
  local wrong = {}
  for _, one in ipairs(projects) do
    local required = {}
    for path, text in pairs(one.files) do
      if path:find "%.lua$" then
        for name in text:gmatch "require *%(?\"([%w_.]+)\"" do
          local file = name:gsub("%.", "/") .. ".lua"
          required[file] = true
          if not name:find "^rille" and not one.files[file] then wrong[#wrong + 1] = path .. " requires " .. name end
        end
      end
    end
    for path in pairs(one.files) do
      if path:find "/.*%.lua$" and not required[path] then wrong[#wrong + 1] = path .. " is required by nobody" end
    end
  end
  none(wrong)
end)

-- The files that a text names: in links, and between backticks or blanks with an ending that the project has.
local function named_files(text)
  local names = {}
  for name in text:gmatch "%]%(([^)#]+)%)" do if not name:find "://" then names[name] = true end end
  for name in text:gmatch "[%w_./-]+" do
    if name:find "^[%w_][%w_/-]*%.lua$" or name:find "^[%w_][%w_/-]*%.yaml$" or name:find "^[%w_/-]+%.csv$"
      or name:find "^[%w_][%w_/-]*%.md$" then names[name] = true end
  end
  return names
end

check.test("every file that the README, main.lua and the settings name exists", function()
  local wrong = {}
  for _, one in ipairs(projects) do
    for path, text in pairs(one.files) do
      if path == "README.md" or path == "main.lua" or path:find "^configs/" then
        for name in pairs(named_files(text)) do
          local made = text:find("> " .. name, 1, true)         -- by a command of the README
          if not made and base:sh(string.format("test -e %s/%s", one.folder, name)).code ~= 0 then
            wrong[#wrong + 1] = one.folder .. "/" .. path .. " names " .. name
          end
        end
      end
    end
  end
  none(wrong)
end)

check.test("the README names every step that there is, and no other", function()
  local wrong = {}
  for _, one in ipairs(projects) do
    local readme = one.files["README.md"]
    for path in pairs(one.files) do
      local name = path:match "^steps/.*/([%w_]+)%.lua$"
      name = name == "hp_tuning_single_search" and "hp_tuning_search_" or name
      if name and name ~= "notify_on" and not readme:find(name, 1, true) then
        wrong[#wrong + 1] = one.folder .. ": README.md does not name " .. name
      end
    end
    local code = ""
    for path, lua in pairs(one.files) do if path:find "^steps/" then code = code .. path .. lua end end
    for _, name in ipairs { "hp_tuning", "promote_with_metric_compare", "compute_performance_metrics",
      "promote_latest_version", "drift_quality_gate", "notify_on_success" } do
      if readme:find(name, 1, true) and not code:find(name, 1, true) then
        wrong[#wrong + 1] = one.folder .. ": README.md names " .. name
      end
    end
  end
  none(wrong)
end)

-- The commands of a text for people: the lines of its blocks of shell, and what stands in backticks.
local function commands_of(text)
  local lines = {}
  for block in text:gmatch "```sh\n(.-)```" do
    for line in block:gmatch "rille [^\n;|)]+" do lines[#lines + 1] = line end
  end
  for line in text:gsub("```.-```", ""):gmatch "`(rille [^`]+)`" do lines[#lines + 1] = line end
  return lines
end

-- Why a command of the README is none, or nil.
local function flaw(line, main_help)
  local word = line:match "^rille ([%w_./-]+)"
  if word == "help" then
    local topic = line:match "^rille help ([%w-]+)"
    return base:rille("help " .. (topic or "")).code ~= 0 and "no such help" or nil
  end
  local flags = commands.has(word) and commands.get(word).options or {}
  if word ~= "main.lua" and not commands.has(word) then return "no such command" end
  for flag in line:gmatch "%f[-%w](%-%-[%w-]+)" do
    local known = flag == "--help" or word == "main.lua" and main_help:find("  " .. flag .. " ", 1, true)
      or word ~= "main.lua" and (flags[flag] or commands.common[flag])
    if not known then return "no option " .. flag end
  end
end

check.test("every command and option that the README and --help name exists", function()
  local wrong, seen = {}, {}
  each_file("^README.md$", function(one, _, text)
    local help = base:sh("cd " .. one.folder .. ' && "$RILLE" main.lua --help').out
    for _, line in ipairs(commands_of(text)) do
      local why = not seen[line] and flaw(line, help)
      seen[line] = true
      if why then wrong[#wrong + 1] = line .. ": " .. why end
    end
    for flag in help:gmatch "\n  (%-%-[%w-]+)" do
      if not one.files["main.lua"]:find('"' .. flag .. '"', 1, true) then
        wrong[#wrong + 1] = "--help names " .. flag
      end
    end
  end)
  none(wrong)
end)

local WITH_SERVER <const> = { [1] = true, [14] = true, [32] = true }

-- main.lua runs all three, and the deployment starts a server, which takes longer than all else: most projects run the
-- other two alone.
local function run(i, one)
  if WITH_SERVER[i] then return base:sh("cd " .. one.folder .. " && " .. STORE .. "main.lua") end
  return base:sh(string.format("cd %s && %s run main.lua e2e_use_case_training --config configs/train_config.yaml && "
    .. "%s run main.lua e2e_use_case_batch_inference --config configs/inference_config.yaml", one.folder, STORE, STORE))
end

check.test("all 32 complete a run of training and inference, some of them also a deployment", function()
  local range = "start: 50, end: 500, step: 25"
  for i, one in ipairs(projects) do
    local config = one.folder .. "/configs/train_config.yaml"
    local text = base:read(config)
    local at, last = text:find(range, 1, true)
    check.eq(at ~= nil, one.hyperparameters_tuning)
    if at then base:write(config, text:sub(1, at - 1) .. "start: 5, end: 20, step: 5" .. text:sub(last + 1)) end
    local r = run(i, one)
    check.eq(r.code, 0, one.folder .. r.err)
    for _, name in ipairs { "training", "batch_inference", WITH_SERVER[i] and "deployment" } do
      local ended = "ed e2e_use_case_" .. name .. "-"          -- completed, or cached
      check.ok(r.err:find(ended, 1, true), one.folder .. ": " .. name .. "\n" .. r.err)
    end
    check.eq(r.err:find("notify_on_success", 1, true) ~= nil, one.notify_on_successes)
  end
end)

-- The last deployment goes on after the runs, as a user wants it.
check.test("the deployment that the runs have left is stopped", function()
  local r = base:sh("cd p31 && " .. STORE .. "deploy list && " .. STORE .. "deploy stop --all")
  check.eq(r.code, 0, r.err)
  check.has(r.out, "e2e_use_case")
end)

check.test("the tests of the project pass with all switches on and with all off", function()
  for _, folder in ipairs { "p0", "p31" } do
    local r = base:sh("cd " .. folder .. ' && "$RILLE" test')
    check.eq(r.code, 0, r.out .. r.err)
  end
end)

base:__close()
check.done()
