// Turns the compiled command into a handful of files. A command is judged by how quickly it starts, and Node spends
// about a third of a millisecond on each of the 150 small files that `send` is made of; see docs/decisions/0004.
import { readFile } from "node:fs/promises"
import { findPackageJSON } from "node:module"
import { dirname, join } from "node:path"

export default {
  input: { main: "build/main.js" },
  cwd: import.meta.dirname,
  platform: "node",
  // What is loaded seldom, or holds data files of its own, stays a dependency.
  external: [/^undici/, /^yaml$/, /^@clack\//, /^@bomb\.sh\//, "@wecom-push/simulator"],
  plugins: [loadLate("node:child_process"), notices(["commander", "libphonenumber-js"])],
  output: { dir: "dist", cleanDir: true, comments: { legal: true } },
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

/** The licences of what is inside ask to be passed on with it. */
function notices(packages) {
  return {
    name: "notices",
    async generateBundle() {
      const texts = await Promise.all(
        packages.map(async (name) => {
          const folder = dirname(findPackageJSON(name, import.meta.url))
          return `${name}\n\n${await readFile(join(folder, "LICENSE"), "utf8")}`
        }),
      )
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY-NOTICES.txt", source: texts.join("\n\n") })
    },
  }
}
