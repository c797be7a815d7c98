import { registerHooks } from "node:module"

const WRAPPED: ReadonlyMap<string, string> = new Map([
  ["sqlite", import.meta.resolve("./wrapped-store.ts")],
  ["postgres", import.meta.resolve("./wrapped-postgres.ts")],
])

/**
 * Loaded before the command, it puts a wrapped store in the place of the packed gateway's own: what is published stays as it
 * is, and has no switch that could make it do wrong.
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
