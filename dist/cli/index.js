#!/usr/bin/env node
if (parseInt(process.versions.node, 10) >= 24) {
  import("./program.js")
} else {
  process.stderr.write("stage-footprint needs Node 24 or newer, and this is Node " + process.versions.node + "\n")
  process.exitCode = 2
}
