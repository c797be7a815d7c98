import { registerHooks } from "node:module"

/**
 * Puts a store of the test in the place of the gateway's: the sources stay as they are, and the gateway has no switch
 * that could make it do wrong.
 */
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const isStore = found.url.endsWith("/gateway/src/store/sqlite/open.ts")
    if (!isStore || context.parentURL?.endsWith("/gateway/src/main.ts") !== true) return found
    return { ...found, url: import.meta.resolve("./wrapped-store.ts") }
  },
})
