-- rille help templates
return { order = 162, text = [[
Templates: projects that rille init --template makes

A template is a folder with a file template.yaml; all other files of the folder
are the project.  Texts and conditions of a template are read by rille, and are
neither Lua nor shell: making a project runs no code.  One exception is yours to
make: scripts listed under `lint` are loaded by rille lint, and what they do
while they are loaded is done.  Read a template of others before you use it.

  rille init --templates                   those that come with rille
  rille init shop --template e2e_batch     one of them, by its name
  rille init shop --template ./mine        a folder with a template.yaml

An example, mine/template.yaml:

  summary: counts the words of a text
  version: 1
  parameters:
    title:
      type: text
      question: Title of the project
      default: Word counts
    name:
      type: text
      question: Name of the pipeline
      help: Commands use it, as in rille run main.lua NAME.
      default: <%= title | identifier %>
      pattern: "[%a_][%w_]*"
      expects: letters, digits and _, not beginning with a digit
    license:
      type: choice
      question: License of the code
      choices: { mit: MIT License, none: no license }
      default: none
    author:
      type: text
      question: Your name
      when: license ~= "none"
      default: ""
  files:
    LICENSE: license ~= "none"
  keep: [LICENSE]
  lint: [main.lua]
  next: |
    Run the pipeline with: rille run main.lua

mine/main.lua.template:

  -- <%= title %>
  <% if license ~= "none" %>
  -- Copyright <%= year %> <%= author %>
  <% end %>
  local rille = require "rille"
  local count = rille.step "count" {
    outputs = { rille.types.integer "words" },
    run = function() return select(2, ("to be or not"):gsub("%S+", "")) end,
  }
  return rille.pipeline "<%= name %>" { define = function() count() end }

summary and version are required; version is any text, shown when a project is
made again by a template of another version.

Parameters.  They are asked in the order of the file.
  type      text, boolean, choice, integer or number
  question  what is asked; required, as is type
  help      more about it, shown for the answer ?
  default   what Enter takes; it may use answers to earlier questions
  choices   of a choice: a list, or a map with a few words on each
  pattern   of a text: a pattern of Lua that the whole answer fits, with
            expects, the same in words
  min, max  of integers and numbers; of a text, how many characters it has
  when      a condition: asked only where it is true, else the default holds;
            when: false for a value that is computed from others

Files.  A file whose name ends in .template is rendered, and loses that ending;
all others are copied as they are.  Executable files stay executable.  A name of
a parameter between double underscores, in the path of a file, is replaced by
its answer: __name__.lua.
  files     conditions of files and folders, with or without .template; what is
            not listed is always made.  PATH: { when: CONDITION, as: OTHER }
            gives a file another path
  keep      files that stay as they are where there is one already
  lint      scripts that rille lint loads before the project goes to its place
  next      what is printed afterwards, rendered as the files are

Texts
  <%= name %>               an answer
  <%= name | quoted %>      in double quotes, for Lua, YAML and JSON
  <%= name | identifier %>  in lower case, _ for what a name cannot have
  <% if CONDITION %>        in a line of its own, as <% elseif CONDITION %>,
                            <% else %> and <% end %>; they leave no line behind
  <%# remark %>             a line that is left out
  <%%                       <%

Conditions have names, texts in quotes, numbers, true, false, not, and, or, ==,
~= and parentheses, and bind as in Lua.  A boolean stands alone; others are
compared: license == "mit".  These names are there in every template: template,
year, rille_version, library (the folder of rille's functions for editors) and,
for next, dir (the project's folder as the shell reads it).

Mistakes.  An unknown name, an if without its end, a choice that does not exist:
an error with the file and line of the template, whatever the answers are.
Symbolic links, absolute paths and .. are refused.

Making a project again.  .rille-template.yaml in the project has the answers,
and a digest of each file as it was made.  rille init in the project asks again,
with these answers as defaults (or asks nothing: --template-with-defaults).  A
file that you did not change is updated.  One that you changed stays where the
template makes what it made before; where both changed, the difference is shown
and nothing is written, unless you add --force.
]] }
