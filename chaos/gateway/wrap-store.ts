import { registerHooks } from "node:module"

const WRAPPED: ReadonlyMap<string, string> = new Map([
  ["sqlite", import.meta.resolve("./wrapped-store.ts")],
  ["postgres", import.meta.resolve("./wrapped-postgres.ts")],
])

/**
 * Loaded before the command. It replaces the store of the packed gateway by a wrapped one, so that the published code needs
 * no switch that could damage it.
 */
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const [, name = ""] = /\/@wecom-push\/gateway\/dist\/(sqlite|postgres)\.js$/.exec(found.url) ?? []
    const wrapped = WRAPPED.get(name)
    if (wrapped === undefined || context.parentURL?.endsWith("/gateway/dist/index.js") !== true) return found
    return { ...found, format: "module-typescript", url: `${wrapped}?real=${encodeURIComponent(found.url)}` }
  },
})
