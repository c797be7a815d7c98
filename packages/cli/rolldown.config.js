// Joins the compiled command into a few files. A command must start quickly, and Node spends about a third of a
// millisecond on each of the 150 small files of `send`; see docs/decisions/0004.
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { notices } from "../../tools/bundle-notices.js"
import { readSourceMaps } from "../../tools/read-source-maps.js"
import { takeBuiltinsDirectly } from "../../tools/take-builtins-directly.js"

export default {
  input: { main: "build/main.js" },
  cwd: import.meta.dirname,
  platform: "node",
  // Packages that are seldom loaded, or that have data files of their own, stay dependencies.
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
    // One file for every start, one for every send and one for every request to a gateway, and not fifteen files by
    // which modules share which.
    codeSplitting: {
      groups: [
        { name: "start", priority: 2, test: isForEveryStart },
        { name: "talk", priority: 1, test: isForTalkingToWeCom },
        { name: "gateway", priority: 1, test: /[\\/]build[\\/]gateway[\\/]/ },
      ],
    },
  },
}

/** The modules that `main.ts` imports at its top, and what these import: all of them are loaded before a command is known. */
const startModules = importedBy(join(import.meta.dirname, "build/main.js"))

function importedBy(file, found = new Set()) {
  for (const [, path] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)"/gm)) {
    const imported = join(dirname(file), path)
    if (!found.has(imported)) importedBy(imported, found.add(imported))
  }
  return found
}

/** Modules for seldom used commands, or for wrong usage. */
const rareModules =
  /[\\/]build[\\/](?:main|usage|complete|doctor|simulate|listen|serve|gateway|config[\\/]read-yaml|send[\\/](?:open-journal|lock-beside))(?:\.js|[\\/])|[\\/](?:protocol|sdk)[\\/]dist[\\/]callback[\\/]|[\\/]people[\\/]foreign-mobile\.js/

function isForEveryStart(id) {
  return id.includes("commander") || startModules.has(id)
}

function isForTalkingToWeCom(id) {
  return /[\\/](?:build|protocol[\\/]dist|sdk[\\/]dist)[\\/]/.test(id) && !startModules.has(id) && !rareModules.test(id)
}

/**
 * commander imports it for subcommands that are separate programs, which we do not have; loading it would cost each
 * start 4 ms.
 */
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
