return { usage = "diff", run = function() end }
