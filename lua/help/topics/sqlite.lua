-- rille help sqlite
return { order = 137, text = [[
SQLite files.  local sqlite = require "rille.sqlite"

  sqlite.tables "shop.db"                 the names of the tables and views
  sqlite.read("shop.db", "orders")        a frame of a table or a view
  sqlite.read("shop.db", "SELECT id, n FROM orders WHERE year = ?", { 2026 })
  sqlite.read("shop.db", "SELECT * FROM orders WHERE id = :id", { id = 7 })
  sqlite.write(f, "out.sqlite", { table = "orders" })
  sqlite.write({ orders = f, items = g }, "out.sqlite")

A query begins with SELECT, WITH or VALUES; json.null is a NULL among the
parameters.  A file of one table needs no name: sqlite.read "shop.db".

A column of integers is i64, of numbers f64, of text or bytes strings.  NULL is
a missing value (rille help frames).  A column that is declared BOOLEAN and has
0 and 1 alone is one of booleans; one that is declared DATE, DATETIME or
TIMESTAMP and has ISO 8601 texts alone is one of dates.  CAST(x AS TEXT) says
otherwise.  Where a column has numbers and texts, all are texts.

The file is read as it is at one moment, also while a program writes to it, and
nothing is written to it.  A step depends on its bytes and on those of
shop.db-wal and shop.db-journal, where changes may be: after an edit it runs
again.  SQL that asks for random() or the time, as in date('now'), makes a step
impure.

Written is a new file, complete or not at all, with BOOLEAN, INTEGER, REAL, TEXT
and DATETIME columns, dates as ISO texts, missing values as NULL.  A file with
other tables is not replaced.  The same frames give the same bytes.

In a pipeline's input:
  rille run main.lua --input 'd=shop.db?table=orders'
  rille run main.lua --input 'd=shop.db?query=SELECT id FROM orders'
Results: rille artifact get sales::load::orders -o orders.sqlite
]] }
