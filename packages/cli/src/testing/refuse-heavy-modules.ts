import { registerHooks } from "node:module"

/** Loaded before a command to prove that it does without these. */
registerHooks({
  resolve(specifier, context, next) {
    if (
      /^(?:undici|zod|@clack\/|yaml$|fastify|@wecom-push\/gateway|@bomb\.sh\/|libphonenumber-js|fast-xml-parser|node:https$)/.test(
        specifier,
      )
    ) {
      throw new Error(`${specifier} is not for the path of send`)
    }
    return next(specifier, context)
  },
})
