-- Placeholders in the words of a command and in a text for the shell.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local template = require "rille.script.command_template"

local NAMES = { ["inputs.X"] = true, ["params.gamma"] = true, ["outputs.model"] = true, tmpdir = true }
local function parse(text, shell) return template.parse("it", text, NAMES, shell) end

check.test("a text is cut at its placeholders", function()
  check.eq(parse "a {inputs.X}b{tmpdir}", { "a ", { "inputs", "X" }, "b", { "tmpdir" } })
  check.eq(parse "", {})
  check.eq(parse "plain", { "plain" })
  check.eq(parse "{inputs.X}{params.gamma}", { { "inputs", "X" }, { "params", "gamma" } })
end)

check.test("what is no placeholder stays as it is", function()
  for _, text in ipairs { "{print $1}", "{}", "{ x }", "a{1,2}", "${HOME}", "{", "}", "{{", "{{}}", "{a.b.c}",
    "{inputs.X", "{-x}" } do
    check.eq(template.text(parse(text)), text)
    check.eq(#parse(text), 1, text)
  end
end)

check.test("two braces are the text of a placeholder", function()
  check.eq(template.fill(parse "a {{inputs.X}} {inputs.X}", function() return "x" end), "a {inputs.X} x")
  check.eq(template.fill(parse "{{anything}}", error), "{anything}")
end)

check.test("an unknown placeholder names the nearest", function()
  check.raises(function() parse "{input.X}" end,
    "it: unknown placeholder {input.X}; did you mean {inputs.X}?; for the text itself write {{input.X}}")
  check.raises(function() parse "{params.gama}" end, "did you mean {params.gamma}?")
  check.raises(function() parse "{whatever_else}" end, "unknown placeholder {whatever_else}; for the text")
end)

check.test("a placeholder in quotes of the shell is refused, elsewhere it is fine", function()
  for _, text in ipairs { "a '{inputs.X}'", 'a "{inputs.X}"', [["it's {inputs.X}"]], [['a' "b {inputs.X}"]],
    [["\"{inputs.X}"]] } do
    check.raises(function() parse(text, true) end, "it: {inputs.X} is inside quotes")
    parse(text)
  end
  for _, text in ipairs { "a '' {inputs.X}", [[\' {inputs.X}]], [["a\"" {inputs.X}]], [['\' {inputs.X}]] } do
    parse(text, true)
  end
end)

check.test("a placeholder is refused where quotes would not hold its value", function()
  local function refused(text, why)
    check.raises(function() parse(text, true) end, "it: {params.gamma} " .. why)
    parse(text)
  end
  refused("# it is not {params.gamma}", "is inside a comment")
  refused("a # don't {params.gamma}\nb", "is inside a comment")
  refused("a # don't\nb '{params.gamma}'", "is inside quotes")
  refused("a `b {params.gamma}`", "is inside backquotes")
  refused([[a \{params.gamma}]], "follows a backslash")
  refused("cat <<END\nx {params.gamma}\nEND\n", "is inside a here-document")
  refused("cat <<-'END' | sort\nx\n\t{params.gamma}\n\tEND", "is inside a here-document")
  for _, text in ipairs { "a # don't\nb {params.gamma}", "cat <<END {params.gamma}\nit's\nEND\nb {params.gamma}",
    "a `b` {params.gamma}", "a b#'c' {params.gamma}",
    "cat <<<x {params.gamma}\n{params.gamma}" } do parse(text, true) end
end)

check.test("a text is quoted for the shell where it needs to be", function()
  check.eq(template.quote "a/b-c_1.txt", "a/b-c_1.txt")
  check.eq(template.quote "", "''")
  check.eq(template.quote "it's", [['it'\''s']])
  for _, text in ipairs { "a b", "$x", "*", "~", "a;b", "\n", "'", '"', "\\", "-n", "a=b", "\xff" } do
    local p <close> = io.popen("printf %s " .. template.quote(text))
    check.eq(p:read "a", text)
  end
end)

check.done()
