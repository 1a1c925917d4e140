-- text_test.lua -- the texts of templates: placeholders, ifs, mistakes and their lines, random nestings beside a model.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local text = require "rille.template.text"

local SCOPE <const> = { a = { type = "boolean" }, b = { type = "boolean" }, c = { type = "boolean" },
  name = { type = "text" }, folds = { type = "integer" }, rate = { type = "number" } }
local VALUES <const> = { a = true, b = false, c = true, name = 'My "shop" 2', folds = 3, rate = 0.5 }

local function rendered(source, values) return text.render(text.parse(source, "f", SCOPE), values or VALUES) end

local function refused(source)
  local ok, message = pcall(text.parse, source, "t/f.lua.template", SCOPE)
  check.ok(not ok, source .. " was taken")
  return message
end

check.test("placeholders are replaced, in three forms", function()
  check.eq(rendered "x <%= name %>, <%=folds%>, <%= rate %>, <%= a %>\n", 'x My "shop" 2, 3, 0.5, true\n')
  check.eq(rendered "<%= name | quoted %> <%= folds | quoted %> <%= b | quoted %>", '"My \\"shop\\" 2" 3 false')
  check.eq(rendered "<%= name | identifier %>", "my_shop_2")
  check.eq(rendered("<%= name | identifier %>", { name = "2 fast" }), "_2_fast")
  check.eq(rendered("<%= name %>", { name = "%1 <%= b %>" }), "%1 <%= b %>")
end)

check.test("a text is the same where nothing is to be replaced: line ends, the last line, no lines", function()
  for _, one in ipairs { "", "\n", "a", "a\n", "a\r\nb", "\n\n a % > < %> \n", "100 %\n" } do
    check.eq(rendered(one), one)
  end
  check.eq(rendered "<%% <%%= name %>", "<% <%= name %>")
end)

check.test("the lines of tags leave nothing behind", function()
  check.eq(rendered "x\n  <% if a %>\n1\n  <% else %>\n2\n  <% end %>\ny\n", "x\n1\ny\n")
  check.eq(rendered "<% if b %>\n1\n<% elseif not a %>\n2\n<% elseif c %>\n3\n<% else %>\n4\n<% end %>", "3\n")
  check.eq(rendered "<%# a remark %>\nx\n  <%#%>  \n<%# <%= no %> %>\n", "x\n")
  check.eq(rendered "<% if b %>\r\n1\r\n<% end %>\r\nx\r\n", "x\r\n")
  check.eq(rendered '<% if name == "%>" %>\n1\n<% end %>\n2\n', "2\n")
end)

check.test("a mistake has the file, the line and what is meant", function()
  check.eq(refused "x\n<%= nam %>", 't/f.lua.template:2: <%= nam %>: there is no parameter nam; did you mean "name"?')
  check.eq(refused "<% if a %>\nx\n", "t/f.lua.template:1: <% if %> has no <% end %>")
  check.eq(refused "<% if a %>\n<% if b %>\n<% end %>\n", "t/f.lua.template:1: <% if %> has no <% end %>")
  check.eq(refused "a\n<% end %>\n", "t/f.lua.template:2: <% end %> without an <% if %>")
  check.eq(refused "<% else %>\n", "t/f.lua.template:1: <% else %> without an <% if %>")
  check.eq(refused "<% if a %>\n<% else %>\n<% else %>\n",
    "t/f.lua.template:3: <% else %> after the else of the if in line 1")
  check.eq(refused "<% if a %>\n<% else %>\n<% elseif b %>\n",
    "t/f.lua.template:3: <% elseif %> after the else of the if in line 1")
  check.eq(refused "x <% if a %> y", "t/f.lua.template:1: <% if a %> has to stand alone in its line")
  check.eq(refused "\n\n<% if flods == 3 %>\n",
    't/f.lua.template:3: there is no parameter flods; did you mean "folds"?')
  check.has(refused "<% for i = 1, 2 %>", "<% for i = 1, 2 %> is not understood; there are <%= name %>, if")
  check.eq(refused "<%= name\n%>", "t/f.lua.template:1: <% has no %> in its line")
  check.eq(refused "<%= name | quotd %>",
    't/f.lua.template:1: <%= name | quotd %>: unknown form "quotd"; did you mean "quoted"?')
  check.has(refused "<%= os.exit() %>", "expected the name of a parameter")
  check.eq(refused "<% else a %>", "t/f.lua.template:1: <% else %> without an <% if %>")
  check.eq(refused "<% if a %>\n<% end if %>", "t/f.lua.template:2: <% end %> has nothing else in it")
end)

-- Random nestings ----------------------------------------------------------------------------

-- A text is made together with what it means: a list of lines, each with the conditions that it stands under.

local NAMES <const> = { "a", "b", "c" }

local function random_condition(depth)
  local kind = math.random(depth > 0 and 5 or 2)
  if kind == 1 then return NAMES[math.random(3)] end
  if kind == 2 then return ({ "true", "false", "name == 'x'", "folds ~= 3" })[math.random(4)] end
  if kind == 3 then return "not (" .. random_condition(depth - 1) .. ")" end
  return "(" .. random_condition(depth - 1) .. (kind == 4 and " and " or " or ") .. random_condition(depth - 1) .. ")"
end

-- Does Lua say so?
local function holds(condition, values) return load("return " .. condition, "=x", "t", values)() end

local function block(lines, model, values, seen, depth)
  for _ = 1, math.random(0, 4) do
    local kind = math.random(depth > 0 and 4 or 2)
    if kind == 1 then
      lines[#lines + 1] = "plain " .. #lines
      if seen then model[#model + 1] = lines[#lines] end
    elseif kind == 2 then
      lines[#lines + 1] = "  f = <%= folds %>, <%= name %>; <%%"
      if seen then model[#model + 1] = string.format("  f = %d, %s; <%%", values.folds, values.name) end
    else
      local taken, n = false, math.random(0, 2)
      for i = 0, n do
        local one = random_condition(2)
        lines[#lines + 1] = (" "):rep(math.random(0, 3)) .. "<% " .. (i == 0 and "if " or "elseif ") .. one .. " %>"
        local now = not taken and holds(one, values)
        block(lines, model, values, seen and now, depth - 1)
        taken = taken or now
      end
      if math.random(2) == 1 then
        lines[#lines + 1] = "<% else %>"
        block(lines, model, values, seen and not taken, depth - 1)
      end
      lines[#lines + 1] = "<% end %>"
    end
  end
end

check.test("random nestings are what a model says", function()
  local seed = math.tointeger(tonumber(os.getenv "RILLE_SEED")) or 1
  local ifs, shown = 0, 0
  for round = 1, 300 do
    math.randomseed(seed, round)
    local lines, model = {}, {}
    local values = { a = math.random(2) == 1, b = math.random(2) == 1, c = math.random(2) == 1,
      name = ({ "x", "<% end %>", "" })[math.random(3)], folds = math.random(2, 4) }
    block(lines, model, values, true, 4)
    local last = math.random(2) == 1 and "\n" or ""
    local source = table.concat(lines, "\n") .. (lines[1] and last or "")
    local want = table.concat(model, "\n")
    local got = rendered(source, values)
    check.eq((got:gsub("\n$", "")), (want:gsub("\n$", "")), string.format("RILLE_SEED=%d, round %d", seed, round))
    ifs, shown = ifs + select(2, source:gsub("<%% if", "")), shown + #model
  end
  check.ok(ifs > 200 and shown > 300, ifs .. " ifs, " .. shown .. " lines")
end)

check.done()
