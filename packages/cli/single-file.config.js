// Turns the compiled command into one file, for machines that have Node and nothing else: what talks to WeCom and to a
// gateway, with its libraries, without the gateway and the simulator; see docs/decisions/0004.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { noticesOf } from "../../tools/bundle-notices.js"
import { readSourceMaps } from "../../tools/read-source-maps.js"
import { takeBuiltinsDirectly } from "../../tools/take-builtins-directly.js"

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "package.json"), "utf8"))
const build = join(import.meta.dirname, "build")
/** They import what a command does. */
const COMMANDS = new Set(["program.js", "gateway-commands.js"].map((name) => join(build, name)))

export default {
  input: { "wecom-push": "build/main.js" },
  cwd: import.meta.dirname,
  platform: "node",
  // The command asks by `node:https`; the other way of the SDK is not reached.
  external: ["undici"],
  transform: {
    // Before 24.2 Node does not know it.
    define: { "import.meta.main": "true" },
    // So that an older Node reads the file, and comes to the line that says which one is needed.
    target: "es2022",
  },
  plugins: [instead(), readSourceMaps(), takeBuiltinsDirectly(), licences()],
  output: {
    file: "build/single-file/wecom-push.mjs",
    codeSplitting: false,
    comments: { legal: false },
    sourcemap: true,
    banner: `#!/usr/bin/env node
if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write("wecom-push needs Node 24 or newer; this is Node " + process.versions.node + ".\\nwecom-push 需要 Node 24 或更新版本，当前是 Node " + process.versions.node + "。\\n");
  process.exit(2);
}`,
  },
}

/** What is left out refuses, the list of it is another one, and the version is not looked for in a file beside. */
function instead() {
  const virtual = {
    "\0left-out": `import { refuse } from ${JSON.stringify(join(build, "single-file/refuse.js"))}\nrefuse()\n`,
    "\0version": `export const readVersion = () => ${JSON.stringify(version)}\n`,
  }
  const leftOutFiles = /^\.\/(?:simulate\/simulate|serve\/(?:serve|backup|migrate|move)|gateway\/mcp|init\/init)\.js$/
  return {
    name: "instead",
    resolveId(specifier, importer) {
      const isFromCommands = COMMANDS.has(importer)
      if (/^@wecom-push\/(?:gateway|simulator)/.test(specifier)) return "\0left-out"
      if (isFromCommands && leftOutFiles.test(specifier)) return "\0left-out"
      if (specifier === "./left-out.js") return join(build, "single-file/left-out.js")
      return specifier === "./version.js" ? "\0version" : null
    },
    load: (id) => virtual[id],
  }
}

/** In the file itself, since it is copied alone. */
function licences() {
  return {
    name: "licences",
    async renderChunk(code, chunk) {
      const names = Object.keys(chunk.modules).map(
        (id) => /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id)?.[1],
      )
      // The SDK's own file has it inside already.
      const inside = new Set([...names.filter((name) => name !== undefined), "libphonenumber-js"])
      const texts = (await noticesOf([...inside].toSorted())).replaceAll("*/", "* /")
      return { code: `${code}\n/*\n${texts}\n*/\n`, map: null }
    },
  }
}
