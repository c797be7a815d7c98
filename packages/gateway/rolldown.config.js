// Turns the compiled gateway into a handful of files. A gateway is started again after each crash, and its threads
// load 500 small files without this; see docs/decisions/0004.
import { notices } from "../../tools/bundle-notices.js"
import { takeBuiltinsDirectly } from "../../tools/take-builtins-directly.js"

/** Of many small files each, and loaded by every start. Everything else from the registry stays a dependency. */
const joined = ["fastify-type-provider-zod", "kysely", "libphonenumber-js", "zod"]

export default {
  input: {
    index: "build/index.js",
    // Beside the file that starts them, as in the sources; see src/threads/worker-thread.ts.
    "sending-thread": "build/upstream/sending-thread.js",
    "large-body-worker": "build/accept/large-body-worker.js",
    "checkpoint-thread": "build/store/sqlite/checkpoint-thread.js",
    sqlite: "build/store/sqlite/open.js",
  },
  cwd: import.meta.dirname,
  platform: "node",
  external: isExternal,
  plugins: [storeApart(), takeBuiltinsDirectly(), notices(joined)],
  output: {
    dir: "dist",
    cleanDir: true,
    comments: { legal: true },
    chunkFileNames: "[name].js",
  },
}

function isExternal(specifier) {
  if (specifier.startsWith(".") || specifier.startsWith("/")) return false
  return !["@wecom-push/protocol", "@wecom-push/sdk", ...joined].some(
    (name) => specifier === name || specifier.startsWith(`${name}/`),
  )
}

/** The store is imported from a file of its own and by its name, so that the kill tests can put a broken one in its place. */
function storeApart() {
  return {
    name: "store-apart",
    resolveId: (specifier, importer) =>
      importer !== undefined && specifier.endsWith("/store/sqlite/open.js")
        ? { id: "./sqlite.js", external: true }
        : null,
  }
}
