// Joins the compiled command into one file, for machines that have only Node: the commands that use WeCom or a gateway,
// with their libraries, without the gateway and the simulator; see docs/decisions/0004.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { noticesOf } from "../../tools/bundle-notices.js"
import { readSourceMaps } from "../../tools/read-source-maps.js"
import { takeBuiltinsDirectly } from "../../tools/take-builtins-directly.js"

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "package.json"), "utf8"))
const build = join(import.meta.dirname, "build")
/** The files that import the commands. */
const COMMANDS = new Set(["program.js", "gateway-commands.js"].map((name) => join(build, name)))

export default {
  input: { "wecom-push": "build/main.js" },
  cwd: import.meta.dirname,
  platform: "node",
  // The command uses `node:https`; the SDK's other transport is never loaded.
  external: ["undici"],
  transform: {
    // Node older than 24.2 does not have it.
    define: { "import.meta.main": "true" },
    // An older Node must be able to parse the file, to reach the line that says which Node is needed.
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

/**
 * Replaces the parts that are left out by a refusal, the list of them by the single file's, and the version file by a
 * constant.
 */
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

/** Appends the licences to the file itself, since it is copied alone. */
function licences() {
  return {
    name: "licences",
    async renderChunk(code, chunk) {
      const names = Object.keys(chunk.modules).map(
        (id) => /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id)?.[1],
      )
      // The SDK's compiled file already contains it.
      const inside = new Set([...names.filter((name) => name !== undefined), "libphonenumber-js"])
      const texts = (await noticesOf([...inside].toSorted())).replaceAll("*/", "* /")
      return { code: `${code}\n/*\n${texts}\n*/\n`, map: null }
    },
  }
}
