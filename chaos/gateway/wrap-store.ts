import { registerHooks } from "node:module"

/**
 * Loaded before the command, it puts a wrapped store in the place of the packed gateway's own: what is published stays as it
 * is, and has no switch that could make it do wrong.
 */
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const isStore = found.url.endsWith("/@wecom-push/gateway/dist/sqlite.js")
    if (!isStore || context.parentURL?.endsWith("/gateway/dist/index.js") !== true) return found
    return { ...found, format: "module-typescript", url: `${WRAPPED}?real=${encodeURIComponent(found.url)}` }
  },
})

const WRAPPED = import.meta.resolve("./wrapped-store.ts")
