-- What the words of a command and the text of a shell are found to start and to read.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local calls = require "rille.shell.command_analysis"
local shell = require "rille.shell"
local words = require "rille.shell.expansion"

local function told(account)
  local list = {}
  for _, one in ipairs(account.programs) do list[#list + 1] = "!" .. one[1] end
  for _, one in ipairs(account.words) do list[#list + 1] = (one.glob and "%" or "") .. one[1] end
  for _, one in ipairs(account.writes) do list[#list + 1] = (one.adds and ">>" or ">") .. one[1] end
  for i = 2, #account.dirs do list[#list + 1] = "@" .. account.dirs[i] end
  if account.folder then list[#list + 1] = "HERE" end
  if #account.unseen > 0 then list[#list + 1] = "UNSEEN" end
  return table.concat(list, " ")
end

local FILES = { ["lib.sh"] = "cat in_lib $V", ["sub/lib.sh"] = "cat in_sub" }

local function of_text(text, env)
  return calls.of_text(text,
    { env = env or {}, folder = "/base", exists = function(name) return name == "x.py" end,
      text_of = function(name) return FILES[name] end })
end

local function of_words(...)
  local fields = {}
  for i, one in ipairs { ... } do fields[i] = { choices = { { text = one, ours = one:find "\1" and true or nil } } } end
  return calls.of_words(fields, { env = {}, folder = "/base", exists = function() return false end })
end

local TEXTS = {
  { "sort a.txt | uniq -c", "!sort !uniq a.txt -c" },
  { "a;b&&c||d\ne & f", "!a !b !c !d !e !f" },
  { "A=1 B=x.txt prog in", "!prog 1 x.txt in" },
  { "cat <in >out 2>&1", "!cat in >out" },
  { "cat a >> log", "!cat a >>log" },
  { "(cd x && $(make y))", "!make y @x UNSEEN" },
  { [[x 'a b.sh' "c d" e\ f]], "!x a b.sh c d e f" },
  { "run # a comment; not this\nthis", "!run !this" },
  { "cat *.c a?b \1 x\1 ok", "!cat %*.c %a?b ok" },
  { [[cat '*.c' "a?b" a\*b x[0-9] >*.o]], "!cat *.c a?b a*b %x[0-9] %*.o" },
  { [[run "" "a\"b" "c d"e]], [[!run a"b c de]] },
  { "", "" },
  -- control structures
  { "if test -e f; then run it; else ! other; fi", "!test !run !other -e f it" },
  { "case $1 in a|b) cat one;; (*) cat two;; esac; cat three", "!cat one two three" },
  { "case x in a) cat one;; esac", "!cat one" },
  { "case x in\n a) cat one\n esac\ncat two", "!cat one two" },
  { "while read l; do echo \"$l\"; done < k.txt", "!echo l k.txt" },
  { "for f in d/*; do cat \"$f\" \"$f.x\"; done", "!cat %d/* .x %d/*.x" },
  { "for f in $(x); do echo $f; done", "!x !echo" },
  { "for f in $(x); do cat $f; done", "!x !cat UNSEEN" },
  { "for f in a b; do cat $f.txt; done", "!cat a b .txt a.txt b.txt" },
  { "f() { cat \"$1\"; }; f k.txt", "!cat !f k.txt" },
  { "function g { cat in_g; }\ng", "!cat !g in_g" },
  { "{ cat a; }; ( cat b )", "!cat a b" },
  { "[[ -f x && $y == z* ]] && cat q", "!cat -f x == %z* q" },
  { "for ((i = 0; i < 3; i++)); do cat f$i; done", "!cat f UNSEEN" },
  -- variables
  { "F=k; cat $F.txt", "!cat k .txt k.txt" },
  { "cat ${F:-d.txt} ${G:=e.txt} $G", "!cat e.txt d.txt" },
  { "f=d/a.txt; cat \"${f%.txt}.csv\" \"${f##*/}\"", "!cat d/a.txt .csv d/a.csv a.txt" },
  { "F='a b'; cat $F \"$F\"", "!cat a b a b" },
  { "a=$a/x; cat $a", "!cat /x /x/x" },
  { "F=k; F=$F.x; cat $F", "!cat k .x k.x .x.x k.x.x" },
  { "for i in 1 2; do F=$F.x; done; cat $F", "!cat 1 2 .x UNSEEN" },
  { "x=$(cat n.txt); echo $x", "!cat !echo n.txt" },
  { "x=$(cat n.txt); cat $x", "!cat n.txt UNSEEN" },
  { "read f < list; cat $f", "!cat f list UNSEEN" },
  { "cat \"$@\"", "!cat" },
  { "set -- a b; cat \"$@\"", "!cat -- a b" },
  { "cat $RANDOM", "!cat UNSEEN" },
  { "echo $RANDOM", "!echo UNSEEN" },
  { "echo ~root", "!echo UNSEEN" },
  { "echo $? $#", "!echo" },
  { "IFS=:; f=a:b; cat $f", "!cat : a:b UNSEEN" },
  { "x=(a b); cat ${x[@]}", "!cat a b UNSEEN" },
  { "cat file$((1 + 1))", "!cat UNSEEN" },
  { "echo $((1 + 1))", "!echo" },
  { "cat ~/x", "!cat UNSEEN" },
  { "cat \"$PWD/x\"", "!cat /base/x HERE" },
  { "pwd", "!pwd HERE" },
  -- texts in texts
  { "cat `cat back.txt`", "!cat back.txt UNSEEN" },
  { "cat <(sort a) <(sort b)", "!sort !cat a b" },
  { "cat <<EOF\n$(cat n.txt)\nEOF\ncat m.txt", "!cat n.txt m.txt" },
  { "cat <<'EOF'\n$(cat n.txt)\nEOF\ncat m.txt", "!cat m.txt" },
  { "eval \"cat k.txt\"", "!cat k.txt" },
  { "eval \"$(x)\"", "!x UNSEEN" },
  { "trap 'cat end.txt' EXIT", "!cat cat end.txt EXIT end.txt" },
  { "V=v; . ./lib.sh", "!cat v ./lib.sh in_lib" },
  { "cd sub && . ./lib.sh", "!cat ./lib.sh in_lib in_sub @sub" },
  { "sh -c 'cat \"$1\" $X' _ k.txt", "!sh !cat k.txt" },
  { "X=z.txt sh -c 'cat $X'", "!sh !cat z.txt" },
  { "env X=z.txt sh -c 'cat $X'", "!env !sh !cat X=z.txt z.txt" },
  { "bash -euo pipefail -c 'cat k'", "!bash !cat k" },
  { "echo 'cat k' | sh", "!echo !sh cat k UNSEEN" },
  -- folders
  { "cd a; cd b; cat x", "!cat x @a @b @a/b" },
  { "cd a && cd .. && cat x", "!cat x @a @.." },
  { "cd $(x); cat y", "!x !cat y UNSEEN" },
  { "while true; do cd s; done; cat x", "!true !cat x UNSEEN" },
  { "cd /abs; cat x", "!cat x @/abs" },
  { "cd s && echo > x", "!echo x @s" },
  -- programs of other kinds
  { "command -v prog > /dev/null && ./prog x", "!prog !./prog x >/dev/null" },
  { "exec cat k", "!cat k" },
  { "time cat k", "!time !cat k" },
  { "$P x", "!x" },
  { "P=cat; $P x", "!x !cat cat x" },
  { "alias c=cat; c x", "!c x UNSEEN" },
  { "shopt -s dotglob; cat *", "!cat %* UNSEEN" },
  -- braces
  { "cat {a,b}.txt d{1..3}", "!cat {a,b}.txt a.txt b.txt d{1..3} d1 d2 d3" },
  { "cat {a..c}", "!cat UNSEEN" },
  -- what only bash has
  { "[[ -s <(sort k.txt) ]] && cat q", "!sort !cat k.txt -s q" },
  { "while read l; do echo \"$l\"; done < <(sort k.txt)", "!echo !sort l k.txt" },
  { "{fd}<k.txt cat m.txt", "!cat m.txt k.txt" },
  { "cat &> out k.txt", "!cat k.txt >out" },
  { "cat k.txt &>> out |& sort", "!cat !sort k.txt >>out" },
  { "cat <<< \"$(cat n.txt)\" k.txt", "!cat n.txt k.txt" },
  { "cat k > >(sort l)", "!sort !cat l k" },
  { "x=$(<n.txt); cat k", "!cat n.txt k" },
  { "a=(x y); cat $a", "!cat x y" },
  { "a=([0]=x); cat $a", "!cat UNSEEN" },
  { "a[1]=x; cat ${a[1]}", "!cat x UNSEEN" },
  { "declare -A m=([k]=x); cat ${m[k]}", "!cat -A m= UNSEEN" },
  { "cat $'k.txt'", "!cat UNSEEN" },
  { "cat \"${!x}\"", "!cat UNSEEN" },
  { "x=K; cat ${x,,}", "!cat K UNSEEN" },
  { "cat ${x@P}", "!cat UNSEEN" },
  { "cat f$[1 + 1]", "UNSEEN" },
  { "cat file$SHLVL", "!cat UNSEEN" },
  { "cat file$BASH_SUBSHELL", "!cat UNSEEN" },
  { "cat $TERM.txt", "!cat UNSEEN" },
  { "source ./lib.sh", "!cat ./lib.sh in_lib" },
  { "source lib.sh", "!cat lib.sh in_lib" },
  { "source <(echo cat k)", "!echo cat k UNSEEN" },
  { "coproc cat k", "UNSEEN" },
  { "coproc C { cat k; }", "UNSEEN" },
  { "function f { cat \"$1\"; }; f k.txt", "!cat !f k.txt" },
  { "for ((i = 0; i < 3; i++)) { cat k; }", "!cat k" },
  { "select x in a b; do cat $x.txt; done", "!cat a b .txt a.txt b.txt" },
  { "case x in a) cat k;;& b) cat l;& c) cat m;; esac", "!cat k l m" },
  { "printf -v F k.txt; cat $F", "!printf !cat -v F k.txt UNSEEN" },
  { "printf -vF k.txt; cat $F", "!printf !cat -vF k.txt UNSEEN" },
  { "let 'a=2, b=3'; cat f$b", "!cat a=2, b=3 f UNSEEN" },
  { "declare -n r=F; r=k; cat $F", "!cat -n r=F k UNSEEN" },
  { "declare -i n; n=2+3; cat f$n", "!cat -i n 2+3 f f2+3 UNSEEN" },
  { "local -u n=k; cat $n", "!cat -u n=k k UNSEEN" },
  { "export GLOBIGNORE=a; cat *", "!cat GLOBIGNORE=a %* UNSEEN" },
  { "mapfile -C cat -c 1 a < k", "k UNSEEN" },
  { "builtin cd sub; cat k", "!cat k @sub" },
  { "command cd sub; cat k", "!cat k @sub" },
  { "builtin eval 'cat k'", "!cat k" },
  { "command . ./lib.sh", "!cat ./lib.sh in_lib" },
  { "command -p cat k", "!cat k UNSEEN" },
  { "for c in cd echo; do $c sub; done; cat k", "!sub !echo !cat cd echo sub k UNSEEN" },
  { "hash -p ./x y; y", "!y UNSEEN" },
  { "enable -f ./x.so y; y", "!y UNSEEN" },
  { "shopt -s cdable_vars; cat k", "!cat k UNSEEN" },
  { "shopt -s lastpipe; cat k", "!cat k" },
  { "set -k; cat k", "!cat -k k UNSEEN" },
  { "command_not_found_handle() { cat \"$1\"; }; x", "!cat !x UNSEEN" },
  { "exec 3<>/dev/tcp/h/80", "/dev/tcp/h/80 UNSEEN" },
  { "cat k\r", "UNSEEN" },
  -- what cannot be read
  { "cat 'never closed", "UNSEEN" },
}

for _, one in ipairs(TEXTS) do
  check.test("the text " .. one[1]:gsub("[\n\1]", " "), function() check.eq(told(of_text(one[1])), one[2]) end)
end

check.test("the arguments of a file that . reads are known to what it reads", function()
  FILES["args.sh"] = "cat \"d/$1\""
  check.has(told(of_text ". ./args.sh k.txt"), "d/k.txt")
end)

check.test("functions of bash in the environment are not known", function()
  check.ok(#of_text("cat k", { ["BASH_FUNC_cat%%"] = "() { date; }" }).unseen > 0)
  check.eq(#of_text("cat k", { X = "() { date; }" }).unseen, 0)
end)

local WORDS = {
  { "!cat k.txt", "cat", "k.txt" },
  { "!sh !cat k.txt", "sh", "-c", "cat k.txt" },
  { "!/bin/bash !cat k.txt", "/bin/bash", "-ec", "cat k.txt" },
  { "!sh work.sh a", "sh", "work.sh", "a" },
  { "!env !cat X=1 k.txt", "env", "X=1", "cat", "k.txt" },
  { "!env !cat k.txt", "env", "-u", "A", "-i", "cat", "k.txt" },
  { "!env !cat k.txt", "env", "-S", "cat k.txt" },
  { "!env !cat k.txt @sub", "env", "-C", "sub", "cat", "k.txt" },
  { "!timeout !cat 5 k.txt", "timeout", "5", "cat", "k.txt" },
  { "!timeout !cat 1 5 k.txt", "timeout", "-k", "1", "--foreground", "5", "cat", "k.txt" },
  { "!nice !nohup !stdbuf !setsid !cat 5 L k.txt", "nice", "-n", "5", "nohup", "stdbuf", "-o", "L", "setsid", "cat",
    "k.txt" },
  { "!busybox !sh !cat k.txt", "busybox", "sh", "-c", "cat k.txt" },
  { "!find !cat d -type f -exec cat {} other ;", "find", "d", "-type", "f", "-exec", "cat", "{}", "other", ";" },
  { "!find . -name x", "find", "-name", "x" },
  { "!ls .", "ls" },
  { "!ls d", "ls", "d" },
  { "!grep . -r x", "grep", "-r", "x" },
  { "!grep -r x d", "grep", "-r", "x", "d" },
  { "!awk k.txt", "awk", "{ print $1 }", "k.txt" },
  { "!awk p.awk k.txt", "awk", "-f", "p.awk", "k.txt" },
  { "!awk k.txt", "awk", "-F|", "/a|b/ && $1 ~ /c|d/ || $2 == \"|\" { print }", "k.txt" },
  { "!sed k.txt", "sed", "-n", "s/a/b/p;3,5p;/x/,$d", "k.txt" },
  { "!sed k.txt", "sed", "s|/usr|/opt|g", "k.txt" },
  { "!python3 x.py a", "python3", "x.py", "a" },
  { "!python3 --version", "python3", "--version" },
}

for _, one in ipairs(WORDS) do
  check.test("the words " .. table.concat(one, " ", 2),
    function() check.eq(told(of_words(table.unpack(one, 2))), one[1]) end)
end

for _, one in ipairs { { "stat", "k" }, { "ls", "-la" }, { "ls", "--time-style=+%s" }, { "ls", "-t" }, { "du", "." },
  { "diff", "-u", "a", "b" }, { "tar", "cf", "-", "k" }, { "tar", "-czf", "o", "k" },
  { "tar", "--create", "k" }, { "gzip", "-c", "k" }, { "find", ".", "-printf", "%T@" }, { "find", ".", "-perm", "644" },
  { "sort", "--files0-from=k" }, { "sort", "-R", "k" }, { "wc", "-c", "--files0-from=k" },
  { "sha256sum", "-c", "k" }, { "cp", "-u", "k", "c" }, { "[", "-w", "k", "]" }, { "env", "stat", "k" },
  { "zip", "o", "k" }, { "patch", "-i", "k" },
  { "xargs", "cat" }, { "parallel", "cat" }, { "make" }, { "ninja", "-C", "b" }, { "python3", "-c", "x" },
  { "python3.11", "-uc", "x" }, { "python3", "-m", "x" }, { "perl", "-ne", "x" },
  { "lua5.4", "-e", "x" }, { "node", "--eval", "x" }, { "ruby", "-e", "x" }, { "awk", "BEGIN { getline < \"x\" }" },
  { "awk", "BEGIN { system(\"x\") }" }, { "awk", "{ print | \"x\" }" },
  { "sed", "r x" }, { "sed", "-e", "s/a/b/e" }, { "sed", "1e x" }, { "ssh", "h", "x" }, { "sudo", "x" },
  { "git", "log" }, { "date" }, { "env", "timeout", "5", "xargs", "x" }, { "watch", "x" },
  { "find", ".", "-newer", "x" }, { "find", ".", "-execdir", "x", ";" }, { "bash", "-lc", "x" },
  { "env", "BASH_ENV=x", "sh", "-c", "y" }, { "zsh", "-c", "x" } } do
  check.test("what no word names: " .. table.concat(one, " "),
    function() check.ok(#of_words(table.unpack(one)).unseen > 0) end)
end

check.test("a path of ours is no file of the project, and what is glued to it neither", function()
  check.eq(told(of_words("cat", "\1", "--out=\1", "k")), "!cat k")
  check.eq(told(of_words("sh", "-c", "cat \1 k < \1")), "!sh !cat k")
  check.eq(told(of_text "cd \1 && ls"), "!ls .")
end)

check.test("the variables that a program is given are known, or not", function()
  check.eq(told(of_text("cat $F", { F = "k.txt" })), "!cat k.txt")
  check.eq(told(of_text("cat $F", { F = { text = "", ours = true } })), "!cat")
  check.eq(told(of_text("cat ~/k", { HOME = "/home/me" })), "!cat /home/me/k")
  check.eq(told(of_text("cat $F", { F = "a b" })), "!cat a b")
  check.eq(told(of_text("cat $F", { F = "*.txt" })), "!cat %*.txt")
  check.eq(told(of_text("cat \"$F\"", { F = "*.txt" })), "!cat *.txt")
end)

-- What the reader says a word may be holds what the shell makes of it.
check.test("a word of a shell is among what it is said to be", function()
  local texts = { "a\\ b", "'a'\"b\"c", "\"$X-$Y\"", "${X}c", "${X%b}", "${Z:-d}", "${X:+e}", "$(echo a)", "\"\\$X\"",
    "a{b,c}", "~root", "$'q'", "${#X}", "\"${X#a}\"", "${Y##*/}", "${Y%%/*}", "$0", "$1", "a\"$X\"'$X'" }
  for _, text in ipairs(texts) do
    local p <close> = io.popen("X=ab Y=p/q/r bash -c 'printf \"%s\\n\" " .. text:gsub("'", "'\\''")
      .. "' zero one 2>/dev/null")
    local scope = words.scope { env = { X = "ab", Y = "p/q/r" }, args = { words.field "zero", words.field "one" } }
    local fields = scope:fields { shell.word(text) }
    for line in p:lines() do
      local found = false
      for _, field in ipairs(fields) do
        found = found or field.unknown ~= nil
        for _, one in ipairs(field.choices) do found = found or one.text == line end
      end
      check.ok(found, text .. " became " .. line)
    end
  end
end)

check.done()
