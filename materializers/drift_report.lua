-- drift_report: report.json, all of a report of rille.drift as JSON
return {
  version = 1,
  save = function(v, art) art:write("report.json", v:json()) end,
  load = function(art) return require("rille.drift").load(art:read "report.json") end,
  exports = {
    print = function(v) v:print() end,
    html = function(v, name) return v:html("Drift: " .. name) end,
    txt = function(v) return tostring(v) .. "\n" end,
  },
  preview = function(v) return require("rille.drift.report").summary(v) end,
}
