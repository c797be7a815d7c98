import { readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import { fileURLToPath } from "node:url"
import { transformSync } from "rolldown/utils"

// Node strips types but knows no JSX. The same compiler that bundles the page turns each file as it is imported, so
// that the tests need no build and no flag.
registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith(".tsx")) return nextLoad(url, context)
    const path = fileURLToPath(url)
    const { code, errors } = transformSync(path, readFileSync(path, "utf8"), { jsx: { runtime: "automatic" } })
    const [error] = errors
    if (error !== undefined) throw new SyntaxError(`${path}: ${error.message}`)
    return { format: "module", source: code, shortCircuit: true }
  },
})
