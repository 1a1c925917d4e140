-- rille help graph
return [==[
rille graph RUN | FILE [PIPELINE] | ARTIFACT [FORMAT] [-o F] [--all]

Draws a run, what would run of a script's pipeline, or what an artifact was made
from.  Circles are steps, squares are artifacts, hollow squares are values that
the script gives or that are from outside, with their name, version and run;
dashed edges belong to cached steps, dotted ones lead to a step that comes after
another (after) or depends on it (if, unless).  Colours: blue ran, green cached,
yellow running, red failed, grey not run; signs and words say the same.

FORMAT       --text (the default), --svg, --html (one page that works offline:
             move, zoom, find, details of what the pointer or the keys are on),
             --dot (Graphviz), --mermaid, --json
  -o F       into the file F; .svg .html .dot .mmd .json .txt say the format
  --all      everything; else, in a graph of more than 250 nodes, steps that
             are alike are one with a count (in text from 12 rails on)
  --set NAME=VALUE, --input NAME=PATH, --no-cache    of a script, as for rille
             plan; without its inputs the wiring of a pipeline is drawn

How long each step took stands beside it.  One that took more than twice what it
usually does (the median of earlier runs, two at least, and 0.1 s more) has a
yellow ring and says so; of the others the longest is named.

In scripts: run:graph(), pipeline:graph { params =, inputs = } and rille.show(x)
of a run, a step of one, an artifact or a pipeline, which prints the text too.
A graph has :svg() :html() :dot() :mermaid() :json() :text(), each with
{ all = true } if wanted, and :save "x.svg"; tostring gives the text.

--json  {"title","kind" (run, plan, lineage),"status","seconds","width",
  "height","direction" (down, right),"folded","nodes":[NODE],"edges":[EDGE]}
  NODE  {"id","kind" (step, artifact, value),"label","status","type","seconds",
        "usual","slow","count","size","digest","details":{},"layer","x","y" (the
        middle of the shape),"left","top","width","height" (with its texts)}
  EDGE  {"from","to" (ids),"ports","dashed","order" (true: no value goes along
        it),"points":[[x,y]]}; all in pixels

Exit codes: 0 fine; 2 usage; 3 no such run, or a script is wrong; 4 no store.

  rille graph digits@-1
  rille graph digits.lua -o plan.svg
]==]
