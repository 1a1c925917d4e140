-- How a text runs in bash: which texts fail, with what, and what they print.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local shell = require "rille.shell"
local spawn = require "rille.host.spawn"
local strict = require "rille.shell.strict_mode"
local sys = require "rille.host.sys"

local dir = assert(sys.make_folder((os.getenv "TMPDIR" or "/tmp") .. "/strict-"))
local NOTE <const> = dir .. "/note"
local PATH <const> = "/usr/local/bin:/usr/bin:/bin"

local function put(name, text)
  local f <close> = assert(io.open(dir .. "/" .. name, "wb"))
  f:write(text)
end

-- Runs it: exit code, standard output, standard error, argv.
local function run(text, argv)
  sys.remove(NOTE)
  argv = argv or strict.words(text, PATH, function() return NOTE end)
  local h <close> = assert(spawn.start { path = strict.PROGRAM, argv = argv, env = {}, cwd = dir, out = dir .. "/out",
    group = true })
  local errors = {}
  while true do
    local piece = h:read(60)
    if piece == nil then break end
    if piece == false then error("it does not end: " .. text) end
    errors[#errors + 1] = piece
  end
  local code, signal = h:finish()
  return code or 128 + signal, sys.read_file(dir .. "/out"), table.concat(errors), argv
end

put("three", "c\na\nb\n")
put("lib.sh", "yes | head -1\n")
put("failing.sh", "false\necho on\n")
run "seq 1 20000 | gzip > big.gz; head -c 1000 big.gz > cut.gz"

-- { text, exit code, standard output }
local TABLE = {
  -- a failure of any command ends the text
  { "false; echo on", 1, "" },
  { "true; echo on", 0, "on\n" },
  { "false\necho on", 1, "" },
  { "echo one; exit 7; echo two", 7, "one\n" },
  { "cd nosuch; rm -rf ./three; echo gone", 1, "" },
  { "cat nosuch | wc -l; echo fine", 1, "0\n" },
  { "nosuchprog | cat", 127, "" },
  { "nosuchprog; echo on", 127, "" },
  { "gunzip < cut.gz | sort | uniq -c > counts; echo on", 1, "" },
  { "gunzip < big.gz | sort -n | tail -1", 0, "20000\n" },
  { "sort three | nosuchprog | cat; echo on", 127, "" },
  { "false | true", 1, "" },
  { "true | false", 1, "" },
  { "(exit 3) | (exit 4) | true", 4, "" },
  { "x=$(false); echo on", 1, "" },
  { "x=$(false | true); echo on", 1, "" },
  { "x=`false | true`; echo on", 1, "" },
  { "echo $(false) on", 0, "on\n" },
  { "x=$(false; echo in); echo $x on", 1, "" },
  { "x=$(f() { false; echo in; }; f); echo $x on", 1, "" },
  { "x=$(false | true; echo in); echo $x on", 1, "" },
  { "echo $(echo in; false; echo in) on", 0, "in on\n" },
  { "x=$(false || echo in); echo $x", 0, "in\n" },
  { "(false; echo in); echo on", 1, "" },
  { "{ false; echo in; }; echo on", 1, "" },
  { "f() { false; echo in; }; f; echo on", 1, "" },
  { "f() { false | cat; echo in; }; f; echo on", 1, "" },
  { "{ false; echo in; } | cat; echo on", 1, "" },
  { "f() { false; echo in; }; f | cat; echo on", 1, "" },
  { "for i in 1 2; do echo $i; test $i = 2; done", 1, "1\n" },
  { "while true; do false | cat; break; done; echo on", 1, "" },
  { ". ./failing.sh; echo back", 1, "" },
  { "eval 'false; echo in'; echo on", 1, "" },
  { "cat < nosuch; echo on", 1, "" },
  { "echo ${x?not given}; echo on", 1, "" },
  { "kill -TERM $BASHPID; echo on", 143, "" },
  { "kill -KILL $BASHPID", 137, "" },
  { "sh -c 'kill -TERM $$' | cat; echo on", 143, "" },
  -- where a text asks, a failure is an answer
  { "if false; then echo T; else echo F; fi", 0, "F\n" },
  { "if false | cat; then echo T; else echo F; fi", 0, "F\n" },
  { "false || echo on", 0, "on\n" },
  { "false | cat || echo on", 0, "on\n" },
  { "false && echo in; echo on", 0, "on\n" },
  { "! false; echo on", 0, "on\n" },
  { "! false | cat; echo on", 0, "on\n" },
  { "! true | true; echo on", 0, "on\n" },
  { "while false; do :; done; echo on", 0, "on\n" },
  { "until true; do :; done; echo on", 0, "on\n" },
  { "grep -q z three || echo none", 0, "none\n" },
  { "set +e; false; echo $?; false | true; echo $?", 0, "1\n1\n" },
  { "set +e +o pipefail; false | true; echo $?", 0, "0\n" },
  { "false || rc=$?; echo $rc", 0, "1\n" },
  { "false || echo $? | cat", 0, "1\n" },
  { "set +e; (exit 5); echo $? | cat | cat", 0, "5\n" },
  -- SIGPIPE of a part before the last
  { "yes | head -1", 0, "y\n" },
  { "yes | head -1; echo on", 0, "y\non\n" },
  { "gunzip < big.gz | head -1", 0, "1\n" },
  { "yes | cat | cat | head -1", 0, "y\n" },
  { "if yes | grep -q y; then echo T; else echo F; fi", 0, "T\n" },
  { "if yes | grep -q z three; then echo T; else echo F; fi", 0, "F\n" },
  { "yes | grep -q y && echo T", 0, "T\n" },
  { "! yes | grep -q y; echo on", 0, "on\n" },
  { "if ! yes | grep -q y; then echo F; else echo T; fi", 0, "T\n" },
  { "while yes | grep -q y; do echo in; break; done", 0, "in\n" },
  { "case a in a|b) yes | head -1;; esac; echo on", 0, "y\non\n" },
  { "for i in 1 2; do yes $i | head -1; done", 0, "1\n2\n" },
  { "for i in {1..100000}; do echo $i; done | head -1; echo on", 0, "1\non\n" },
  { "while :; do echo x; done | head -2", 0, "x\nx\n" },
  { "f() { yes | head -1; }; f; echo on", 0, "y\non\n" },
  { "f() { yes; }; f | head -1; echo on", 0, "y\non\n" },
  { "(yes | head -1); echo on", 0, "y\non\n" },
  { "(yes) | head -1; echo on", 0, "y\non\n" },
  { "(yes; echo in) | head -1; echo on", 0, "y\non\n" },
  { "((yes) | cat) | head -1; echo on", 0, "y\non\n" },
  { "{ echo a; yes; } | head -1; echo on", 0, "a\non\n" },
  { "x=$(yes | head -1); echo $x", 0, "y\n" },
  { "x=`yes | head -1`; echo $x", 0, "y\n" },
  { 'echo "$(yes | head -1) `yes n | head -1`"', 0, "y n\n" },
  { "yes |& head -1; echo on", 0, "y\non\n" },
  { "yes 2>&1 |\n  head -1\necho on", 0, "y\non\n" },
  { "yes \\\n  | head -1 # | not this\necho on", 0, "y\non\n" },
  { "cat <(yes | head -1); echo on", 0, "y\non\n" },
  { "read x < <(yes | head -1); echo $x", 0, "y\n" },
  { "cat <<E | head -1\na $(yes | head -1) | b\nE\necho on", 0, "a y | b\non\n" },
  { "cat <<'E' | head -1\na | b\nE\necho on", 0, "a | b\non\n" },
  { "time -p yes | head -1; echo on", 0, "y\non\n" },
  { "x=$(time yes | head -1); echo $x; time ! false | true; echo on", 0, "y\non\n" },
  { "echo $(( 6 | 1 )) | cat; (( 6 | 1 )); echo ${x:-a|b} 'c | d' \"e | f\"", 0, "7\na|b c | d e | f\n" },
  { "[[ ab =~ ^(a|b) ]]; [[ x == @(x|y) ]] | cat; echo on", 0, "on\n" },
  { "exec yes | head -1; echo on", 0, "y\non\n" },
  { "trap 'echo end' EXIT; yes | head -1", 0, "y\nend\n" },
  { "{ trap 'echo end >&2' EXIT; yes; } | head -1; echo on", 0, "y\non\n" },
  { "shopt -s lastpipe; yes | read x; echo $x", 0, "y\n" },
  { "set -u; IFS=1; yes | head -1; echo \"$(false || echo \"$?\" | cat)\"", 0, "y\n1\n" },
  { "yes | head -1 & wait $!; echo on", 0, "y\non\n" },
  { "(exit 141) | cat; echo on", 0, "on\n" },
  -- and no other failure hides behind it
  { "false | sh -c 'kill -PIPE $$' | head -1; echo on", 1, "" },
  { "sh -c 'kill -PIPE $$' | false; echo on", 1, "" },
  { "echo | sh -c 'kill -PIPE $$'; echo on", 141, "" },
  { "sh -c 'kill -PIPE $$'; echo on", 141, "" },
  { "(exit 141); echo on", 141, "" },
  { "(echo a; false) | head -1; echo on", 1, "a\n" },
  { "yes | head -1; false; echo on", 1, "y\n" },
  { "yes | (head -1; exit 2); echo on", 2, "y\n" },
  -- what the text is told of itself stays as it is
  { "echo $LINENO\necho $LINENO | cat\necho $#$1", 0, "1\n2\n0\n" },
  { "f() { return 3; }; f || echo $?", 0, "3\n" },
  { "set -- a b; echo $# $1 | cat", 0, "2 a\n" },
  { "echo $-", 0, "ehBc\n" },
  -- a text that looks at the ends itself has bash's own pipefail
  { "set +e; yes | head -1; echo ${PIPESTATUS[0]}", 0, "y\n141\n" },
  { "set +e; false | true; echo ${PIPESTATUS[@]}", 0, "1 0\n" },
  { "trap 'echo failed' ERR; false; echo on", 1, "failed\n" },
  { "echo a b; echo $_ | cat", 0, "a b\nb\n" },
  { "yes | head -1; echo $_ > /dev/null", 141, "y\n" },
  { ". ./lib.sh; echo on", 141, "y\n" },
  { "echo a | )", 2, "" },
  { "if true; then", 2, "" },
}

for _, one in ipairs(TABLE) do
  check.test("the text " .. one[1]:gsub("\n", "\\n"), function()
    local code, out, errors = run(one[1])
    check.eq({ code, out }, { one[2], one[3] }, errors)
  end)
end

-- bash prints what it has read: the parts with their marks taken out are the text.
local function printed(text)
  local code, out = run(text, { "bash", "-c", 'eval "f() {\n$1\n}" && declare -f f', "bash", text })
  check.eq(code, 0, text)
  return out
end

check.test("a text with its parts marked is to bash the same commands", function()
  local n = 0
  for _, one in ipairs(TABLE) do
    -- with here-documents bash prints a | in another place
    local marked = one[2] ~= 2 and not one[1]:find "<<" and select(4, run(one[1]))
    marked = marked and marked[#marked]
    if marked and marked:find("rille_part", 1, true) then
      n = n + 1
      local plain = one[1]
      local function bare(t) return (t:gsub("[%s;()]+", ""):gsub("rille_part&&:", "")) end
      check.eq(bare(printed(marked)), bare(printed(plain)), one[1])
    end
  end
  check.ok(n > 40, "few texts were marked: " .. n)
end)

-- Random texts: lists of pipelines in each other, with what looks like a pipe in between.
local function random_text(random)
  local list, simple
  local function pick(of) return of[random(#of)] end
  function simple(depth)
    local word = pick { "a", "b -c", "x=1 d", "e 'f | g'", 'h "i | j"', "k\\|l", "m # n | o\n p", "[[ q =~ (r|s) ]]",
      "((t | 1))", "u > v", "w 2>&1", "y${z:-a|b}", "c \\\n d", "f$((1 | 2))", "g @(h|i)", "j[1]=2 k" }
    if depth > 0 and random(3) == 1 and not word:find "^[[(]" then
      word = word:gsub("\n p$", "")
        .. pick { " $( %s)", ' "$( %s)"', " `%s`" }:format((list(depth - 1):gsub("[`#\\]", "_")))
    end
    return word
  end
  local function command(depth)
    if depth == 0 or random(2) == 1 then return simple(depth) end
    local form = pick { "{ %s; }", "( %s )", "( (%s) )", "if %s; then %s; else %s; fi", "while %s\ndo %s; done",
      "until %s; do\n%s\ndone < in", "for i in 1 2; do %s; done", "for ((i = 0; i < 1 | 2; i++)); do %s; done",
      "case $x in a|b) %s;; (c|d) %s;; esac", "select i in 1; do %s; done" }
    return (form:gsub("%%s", function() return list(depth - 1):gsub("# n | o\n", "") end))
  end
  function list(depth)
    local parts = {}
    for i = 1, random(3) do
      local pipeline = {}
      for j = 1, random(3) do pipeline[j] = command(depth) end
      parts[i] = (random(6) == 1 and "! " or "") .. table.concat(pipeline, pick { " | ", "|", " |& ", " |\n" })
    end
    return table.concat(parts, pick { "; ", "\n", " && ", " || ", " & " })
  end
  return list(2)
end

check.test("random texts with their parts marked are to bash the same commands", function()
  math.randomseed(tonumber(os.getenv "RILLE_SEED") or os.time())
  local looked = 0
  for _ = 1, 200 do
    local text = random_text(math.random)
    local argv = strict.words(text, PATH, function() return NOTE end)
    local code, out = run(text,
      { "bash", "-c", 'shopt -s extglob; eval "f() {\n$1\n}" 2>/dev/null && declare -f f', "bash", text })
    if code == 0 and argv[#argv]:find("rille_part", 1, true) then
      looked = looked + 1
      check.ok(shell.parse(text), text)
      local other, marked = run(text,
        { "bash", "-c", 'shopt -s extglob; eval "f() {\n$1\n}" && declare -f f', "bash", argv[#argv] })
      check.eq(other, 0, text .. "\n=>\n" .. argv[#argv])
      -- bash prints a |& in two ways
      local function bare(t)
        return (t:gsub("[%s;()]+", ""):gsub("rille_part&&:", ""):gsub("2>&1", ""):gsub("|&", "|"))
      end
      check.eq(bare(marked), bare(out), text .. "\n=>\n" .. argv[#argv])
    end
  end
  check.ok(looked > 40, "few texts were marked: " .. looked)
end)

check.test("a command that is alone takes the place of bash", function()
  local argv = strict.words("sort three > sorted", nil, error)
  check.eq(argv, { "/bin/bash", "-e", "-o", "pipefail", "-c", "sort three > sorted", "bash" })
end)

check.test("a shell without PATH in env looks where it is said, not where bash was built to look", function()
  local _, out = run "echo $PATH"
  check.eq(out, PATH .. "\n")
  _, out = run "env"
  check.ok(not out:find("PATH", 1, true), "PATH is in the environment of programs")
end)

local CAUSES = {
  { "gunzip < cut.gz | sort | uniq -c", 1,
    "in line 1: gunzip < cut.gz | sort | uniq -c: gunzip < cut.gz ended with 1" },
  { "true\nsort three |\n  nosuchprog | cat", 127,
    "in line 2: sort three | nosuchprog | cat: nosuchprog ended with 127" },
  { "true; cd nosuch; rm x", 1, "in line 1: cd nosuch" },
  { "true\n\ncmp -s three lib.sh\n", 1, "in line 3: cmp -s three lib.sh" },
  { "(exit 3) | (exit 4) | true", 4,
    "in line 1: (exit 3) | (exit 4) | true: (exit 3) ended with 3, (exit 4) ended with 4" },
  { "false | cat; false | cat", 1, "in line 1: a pipeline: part 1 of 2 ended with 1" },
  { "set +e; false; exit 3", 3, nil },
  { "if false; then :; fi; exit 1", 1, nil },
}
check.test("what failed is named, where it is known", function()
  for _, one in ipairs(CAUSES) do
    check.eq(run(one[1]), one[2], one[1])
    check.eq(strict.cause(one[1], sys.read_file(NOTE) or "", one[2]), one[3], one[1])
  end
end)

check.test("pipelines are found with their parts", function()
  local function parts(text)
    local list = {}
    for _, one in ipairs(shell.pipelines(text)) do
      local texts = {}
      for i, part in ipairs(one) do texts[i] = text:sub(part[1], part[2] - 1):match "^%s*(.-)%s*$" end
      list[#list + 1] = one.line .. ":" .. table.concat(texts, "/")
    end
    return table.concat(list, " ")
  end
  check.eq(parts "a | b; c", "1:a/b")
  check.eq(parts "a || b && c & d", "")
  check.eq(parts "a\nb |\n c | d\n", "2:b/c/d")
  check.eq(parts "if a | b; then c; fi | d", "1:a/b 1:if a | b; then c; fi/d")
  check.eq(parts "case x in a|b) c | d;; esac", "1:c/d")
  check.eq(parts "f() { a | b; }; for ((i = 0; i < 3 | 1; i++)) { c | d; }", "1:a/b 1:c/d")
  check.eq(parts "echo 'a | b' \"a | b\" a\\|b # a | b", "")
  check.eq(parts "for i in a; do { b; } | c; done", "1:{ b; }/c")
  check.eq(parts "cat <<E | b\nx | y $(c | d)\nE\n", "1:cat <<E/b 2:c/d")
  check.eq(parts "echo `a | b` `c | \\`d | e\\``", "1:a/b")
  check.eq(parts "! a | b; time a | b; time -p ! a | b", "1:a/b 1:time a/b 1:time -p ! a/b")
end)

check.test("a process that is named in a note is named by the user's text", function()
  local left_processes = require "rille.execute.left_processes"
  for _, text in ipairs { "sleep 100 | cat", "(a; b) | c | d; echo '( e ) ) f'" } do
    local shown = left_processes.short_name(table.concat(strict.words(text, nil, function() return NOTE end), " "))
    check.eq(shown, "bash -c " .. text)
  end
end)

sys.remove(dir)
check.done()
