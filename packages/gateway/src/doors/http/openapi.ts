import swagger from "@fastify/swagger"
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod"
import type { Language } from "@wecom-push/protocol"
import { z } from "zod"
import type { App } from "../kit/app.ts"
import { sizeInWords } from "../../problems/body-too-large.ts"
import { tidy } from "./tidy-document.ts"
import { VERSION } from "../../version.ts"

/** Gathers the schemas of the routes into one document, served at `/openapi.json`. */
export async function describeApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "wecom-push",
        version: VERSION,
        description: "A durable gateway to WeCom (企业微信): at-least-once delivery, and the result of each recipient.",
        license: { name: "MIT", identifier: "MIT" },
      },
      // Relative to the place where the document was read.
      servers: [{ url: "/" }],
      tags: [
        { name: "messages", description: "Send, follow, cancel, retry and recall." },
        { name: "media", description: "Files for messages." },
        { name: "people", description: "Members by number or email." },
        { name: "chats", description: "Group chats that apps create." },
        { name: "events", description: "Events in real time." },
        { name: "callbacks", description: "The callback URLs for WeCom." },
        { name: "administration", description: "Apps, corps, keys, sources, audit trail." },
        { name: "operation", description: "Health and metrics." },
      ],
      components: {
        securitySchemes: {
          key: { type: "http", scheme: "bearer", description: "A key of the gateway, `wp_…`." },
        },
      },
    },
    transform: (route) => {
      const transformed = jsonSchemaTransform(route)
      const { config: { scopes } = {}, bodyLimit = app.initialConfig.bodyLimit } = route.route
      const { schema } = transformed
      const notes = [
        ...(scopes === undefined ? [] : [`Scope: ${scopes.map((scope) => `\`${scope}\``).join(" or ")}.`]),
        ...(schema.body === undefined || bodyLimit === undefined ? [] : [`Body: at most ${sizeInWords(bodyLimit)}.`]),
      ]
      // Also set for open paths: otherwise a reader could not distinguish them from forgotten ones.
      const security = scopes === undefined ? [] : [{ key: [] }]
      return { ...transformed, schema: { ...schema, security, ...withNotes(schema, notes) } }
    },
    transformObject: jsonSchemaTransformObject,
  })

  const documents = new Map<Language, Promise<Buffer>>()
  app.route({
    method: "GET",
    url: "/openapi.json",
    schema: { hide: true, querystring: z.strictObject({ lang: z.enum(["en", "zh"]).default("en") }) },
    handler: async ({ query: { lang } }, reply) => {
      // The bytes of the document, the same for all clients.
      const document = documents.get(lang) ?? describe(app, lang)
      documents.set(lang, document)
      return reply.type("application/json").send(await document)
    },
  })
}

async function describe(app: App, language: Language): Promise<Buffer> {
  // Loaded on first use: a gateway without such requests does not need them.
  const { withExamples } = await import("./examples.ts")
  const document = tidy({ ...app.swagger() })
  const { inChinese } = language === "zh" ? await import("./docs/translate-document.ts") : { inChinese: undefined }
  return Buffer.from(JSON.stringify(withExamples(inChinese?.(document) ?? document)))
}

function withNotes(schema: { readonly description?: unknown }, notes: readonly string[]): { description?: string } {
  const own = typeof schema.description === "string" ? [schema.description] : []
  const paragraphs = [...own, ...(notes.length === 0 ? [] : [notes.join(" ")])]
  return paragraphs.length === 0 ? {} : { description: paragraphs.join("\n\n") }
}
