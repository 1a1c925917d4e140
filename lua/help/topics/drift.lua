-- rille help drift
return { order = 157, text = [[
Drift: have the data changed since the model was trained?

local drift = require "rille.drift" compares the rows that came in with those
that the model was trained on, column by column:

  local report = drift.compare(reference, current)
  report:print()                the table, in colour on a terminal
  drift.gate {}:stop(report)    an error that names columns and figures

In a pipeline one step returns the report and the next one stops: a step that
fails keeps no output, so the report of a stopped batch would be lost.

Both are frames, matrices or vectors; columns are found by name, in any order.
Compare raw frames: preprocessing fills the cells that are missing.  Options of
compare: columns = {...} or ignore = {...} by name; bins = 10; max_categories =
1000; gate, by whose limits the report is shown.

report.columns.NAME of each column has kind ("number", "category", "text",
"boolean", "date"), reference and current with count, missing, blank (strings of
blanks), infinite, min, q05, q25, median, q75, q95, max, mean, std, distinct,
and what of these applies:

  psi, psi_p        population stability index over the deciles of the
                    reference, or categories; shares are at least 0.0001
  ks, ks_p          Kolmogorov-Smirnov; the p-value is exact up to about
                    200,000 steps (ks_exact), else that of the limit
  chi_square, chi_square_p, dof      of the counts, without Yates
  wasserstein, wasserstein_std       the second by the deviation of reference
  jensen_shannon    the distance, base e
  type              another type of values; integers and floats are one type
  new               categories that the reference does not have
  bins, drawing     the counts
  p, corrected      numbers: twice the smaller p of KS and chi-square; others:
                    chi-square; then Holm's correction for all of the report

report.rows, .order, .absent (columns that are missing) and .added are beside
columns.  Bins expect about 10 rows of the smaller side.  With fewer than 30
rows only missing cells, types and categories are judged.  Numbers with at most
10 different values are counted by value.  Dates are described and not judged,
for they move on; so are strings with more than max_categories values, or mostly
different ones.

drift.gate has limits; each can be false:

  missing = 0.1     the share of missing, blank and infinite cells may grow by
                    this much.  Where the reference has such cells, the growth
                    has also to be more than chance
  types = true      no column holds values of another type
  columns = true    no column is missing
  added = false     true: there is no additional column
  categories = true no new categories, but for as many as chance makes where the
                    reference has some in fewer than 5 rows; "any": not one
  drift = true      no distribution has changed by more than chance (alpha =
                    0.05) and by more than a little (psi = 0.1; for KS twice
                    that)

gate:check(report) gives true, or false and the findings, { column, kind, text }
each.  gate:stop(report) raises an error.  A batch without rows does not pass.
At most alpha of the batches without drift are stopped by chance.

The type of ports is t.drift_report; what is kept is JSON (report:json(), read
by drift.load).  report:html(title) is a page with histograms that needs no
network: a step returns it as t.string, or

  rille artifact get p::check::report -o drift.html

writes it.  rille help data-validator has the component of a stack.
]] }
