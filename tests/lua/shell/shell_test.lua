-- shell_test.lua -- the syntax of texts for the shell: rille.shell, rille.shell.word_parser.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local shell = require "rille.shell"

-- A word as text: its parts in brackets where they are no plain text.
local function shown(word)
  local list = {}
  for i, part in ipairs(word) do
    list[i] = part[1] == "text" and part[2] or part[1] == "var" and "<" .. part[2] .. (part[4] or "") .. ">"
      or part[1] == "ours" and "<ours>" or "<?>"
  end
  return table.concat(list)
end

-- The commands of a text in a line each.
local function commands(text)
  local list, why = shell.parse(text)
  if not list then return why end
  local lines = {}
  for i, one in ipairs(list) do
    local parts = {}
    if one.loop then parts[1] = "for " .. one.loop end
    if one.defines then parts[1] = one.defines .. "()" end
    for _, assign in ipairs(one.assigns) do
      parts[#parts + 1] = assign[1] .. "=" .. (assign[2] and shown(assign[2]) or "?")
    end
    for _, word in ipairs(one.words or {}) do parts[#parts + 1] = shown(word) end
    for _, redirect in ipairs(one.redirects) do parts[#parts + 1] = redirect[1] .. shown(redirect[2]) end
    lines[i] = table.concat(parts, " ") .. (one.repeated and " *" or "")
  end
  return table.concat(lines, "\n")
end

check.test("commands stand between ; && || | & and ends of lines", function()
  check.eq(commands "a 1; b 2 && c || d | e &\nf # no", "a 1\nb 2\nc\nd\ne\nf")
  check.eq(commands "", "")
  check.eq(commands "a \\\n b", "a b")
end)

check.test("a word has quotes, variables and what only the shell knows", function()
  check.eq(commands [[echo 'a b'"c $d" e\ f $g ${h:-i} $(j) `k` $((1+2))]],
    "j\nk\necho a bc <d> e f <g> <h:-> <?> <?> <?>")
  check.eq(commands "cat \1 <(sort x)", "sort x\ncat <ours> <ours>")
end)

check.test("assignments stand before a command or alone", function()
  check.eq(commands "a=1 b=$c d e=2", "a=1 b=<c> d e=2")
  check.eq(commands "a=(x y); b+=z", "a=x a=y\nb=?")
  check.eq(commands "echo $((n = 2)) ${v:=w}", "n=?\nv=w\necho <?> <v:=>")
end)

check.test("redirections and here-documents", function()
  check.eq(commands "a < b > c 2>> d >&2", "a <b >c >>d >&2")
  check.eq(commands "a <<E; b\n$(c) text\nE\nd", "a\nb\nc\nd")
  check.eq(commands "a <<'E'\n$(c)\nE\nd", "a\nd")
end)

check.test("what stands in a loop or a function may run more than once", function()
  check.eq(commands "for x in a $b; do c $x; done; d", "for x a <b> *\nc <x> *\nd")
  check.eq(commands "while a; do b; done", "a *\nb *")
  check.eq(commands "f() { a; }", "f() *\na *")
  check.eq(commands "if a; then b; else c; fi", "a\nb\nc")
  check.eq(commands "case $x in a) b;; c|d) e;; esac", "b\ne")
end)

check.test("a text that is not understood is told", function()
  check.eq(commands "a 'b", "a quote is not closed")
  check.eq(commands "a )", "unmatched closing parenthesis")
  check.eq(commands "$(a", "a parenthesis or a case is not closed")
  check.eq(commands "a >", "nothing follows >")
  check.eq(commands "coproc a", "it uses coproc")
end)

check.test("pipelines have the places of their parts", function()
  local text = "a | b c\nx=$(d |& e) | f"
  local list = {}
  for i, one in ipairs(shell.pipelines(text)) do
    local parts = { one.line }
    for k, part in ipairs(one) do parts[k + 1] = text:sub(part[1], part[2] - 1) end
    list[i] = table.concat(parts, "; ")
  end
  check.eq(list, { "1; a ; b c", "2; d ; e", "2; x=$(d |& e) ; f" })
  check.eq(#shell.pipelines "a; b && c", 0)
  check.eq(shell.pipelines("time ! a | b")[1][1].negated, true)
end)

check.done()
