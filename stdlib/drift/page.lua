local page = {}
function page.html(report) return tostring(report) end
return page
