// Turns the compiled command into a handful of files. A command is judged by how quickly it starts, and Node spends
// about a third of a millisecond on each of the 150 small files that `send` is made of; see docs/decisions/0004.
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { notices } from "../../tools/bundle-notices.js"
import { readSourceMaps } from "../../tools/read-source-maps.js"
import { takeBuiltinsDirectly } from "../../tools/take-builtins-directly.js"

export default {
  input: { main: "build/main.js" },
  cwd: import.meta.dirname,
  platform: "node",
  // What is loaded seldom, or holds data files of its own, stays a dependency.
  external: [
    /^undici/,
    /^fast-xml-parser/,
    /^file-type/,
    /^yaml$/,
    /^@clack\//,
    /^@bomb\.sh\//,
    "@wecom-push/simulator",
    "@wecom-push/gateway",
    "@wecom-push/gateway/mcp",
  ],
  plugins: [
    loadLate("node:child_process"),
    readSourceMaps(),
    takeBuiltinsDirectly(),
    notices([
      "commander",
      "eventsource-parser",
      "fast-string-truncated-width",
      "fast-string-width",
      "libphonenumber-js",
    ]),
  ],
  output: {
    dir: "dist",
    cleanDir: true,
    comments: { legal: true },
    sourcemap: true,
    // One file for what every start needs, one for every send and one for every question to a gateway, rather than
    // fifteen by who shares what.
    codeSplitting: {
      groups: [
        { name: "start", priority: 2, test: isForEveryStart },
        { name: "talk", priority: 1, test: isForTalkingToWeCom },
        { name: "gateway", priority: 1, test: /[\\/]build[\\/]gateway[\\/]/ },
      ],
    },
  },
}

/** What `main.ts` imports at its top, and what that does: all of it is loaded before a command is known. */
const startModules = importedBy(join(import.meta.dirname, "build/main.js"))

function importedBy(file, found = new Set()) {
  for (const [, path] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)"/gm)) {
    const imported = join(dirname(file), path)
    if (!found.has(imported)) importedBy(imported, found.add(imported))
  }
  return found
}

/** Loaded by commands that are seldom given, or by mistakes. */
const rareModules =
  /[\\/]build[\\/](?:main|usage|complete|doctor|simulate|listen|serve|gateway|config[\\/]read-yaml|send[\\/](?:open-journal|lock-beside))(?:\.js|[\\/])|[\\/](?:protocol|sdk)[\\/]dist[\\/]callback[\\/]|[\\/]people[\\/]foreign-mobile\.js/

function isForEveryStart(id) {
  return id.includes("commander") || startModules.has(id)
}

function isForTalkingToWeCom(id) {
  return /[\\/](?:build|protocol[\\/]dist|sdk[\\/]dist)[\\/]/.test(id) && !startModules.has(id) && !rareModules.test(id)
}

/** commander imports it for subcommands that are programs of their own, which we do not have: 4 ms of every start. */
function loadLate(builtin) {
  const id = `\0late:${builtin}`
  return {
    name: "load-late",
    resolveId: (source, importer) => (source === builtin && importer?.includes("commander") ? id : undefined),
    load: (loaded) =>
      loaded === id
        ? `export default { spawn: (...args) => process.getBuiltinModule(${JSON.stringify(builtin)}).spawn(...args) }`
        : undefined,
  }
}
