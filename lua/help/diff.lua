return "rille diff"
