import { z } from "zod"
import { refuse } from "../../accept/issues.ts"
import { Problem } from "../../accept/problem.ts"
import { formatRfc3339 } from "../../accept/rfc3339.ts"
import { SCOPES } from "../../core/ports/keys.ts"
import type { KeyRecord, NewKey } from "../../core/ports/keys.ts"
import { keyOf } from "../authenticate.ts"
import type { HttpDeps } from "../deps.ts"
import { issueKey } from "../new-key.ts"
import { appName, noQuery, problems, time } from "../schemas.ts"
import type { App } from "../app.ts"
import { timeOrNull } from "../views.ts"

const params = z.object({ id: z.string() })

const keyView = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().describe("Its first 8 characters, to tell keys apart."),
    scopes: z.array(z.enum(SCOPES)),
    apps: z.union([z.literal("all"), z.array(z.string())]),
    audience_cap: z.int().nullable(),
    overflow: z.enum(["reject", "split", "truncate"]).nullable(),
    created_at: time,
    revoked_at: time.nullable(),
    last_used_at: time.nullable(),
  })
  .meta({ id: "Key" })

const issuedKey = keyView
  .extend({ key: z.string().describe("The key itself. It is shown this once and not kept.") })
  .meta({ id: "IssuedKey" })

const keyRequest = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  apps: z
    .unknown()
    .superRefine((value, context) => {
      const parsed =
        value === "all" ? undefined : z.array(appName).min(1).max(1000).safeParse(value, { reportInput: true })
      for (const issue of parsed?.error?.issues ?? []) context.addIssue({ ...issue })
    })
    .meta({ oneOf: [{ const: "all" }, { type: "array", items: { type: "string" }, minItems: 1 }] })
    .describe('Names of apps, or "all", later ones included.'),
  audience_cap: z
    .int()
    .min(1)
    .max(10_000_000)
    .nullish()
    .describe(
      "Most recipients of one message. With a cap, departments, tags and all are refused: they cannot be counted.",
    ),
  overflow: z
    .enum(["reject", "split", "truncate"])
    .nullish()
    .describe("What the qyapi paths do with a text over WeCom's limit; WeCom's own `truncate` when absent."),
})

/** Keys of clients: made, listed, replaced and revoked by an administrator. */
export function keyRoutes(app: App, deps: HttpDeps): void {
  const { stores, audit, keyRing, now } = deps

  app.route({
    method: "POST",
    url: "/v1/keys",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "createKey",
      tags: ["administration"],
      summary: "Make a key",
      querystring: noQuery,
      body: keyRequest,
      response: { 201: issuedKey, ...problems },
    },
    handler: async (request, reply) => {
      const { name, scopes, audience_cap, overflow } = request.body
      const apps = await knownApps(request.body.apps, deps)
      const wish = {
        name,
        scopes: SCOPES.filter((scope) => scopes.includes(scope)),
        apps,
        audienceCap: audience_cap ?? undefined,
        overflow: overflow ?? undefined,
      }
      const { record, key } = issueKey(wish, now())
      await stores.keys.add(record)
      await audit.write({
        key: keyOf(request),
        peer: request.socket.remoteAddress,
        action: "key.created",
        target: record.id,
        detail: { name, scopes: wish.scopes, apps },
      })
      return reply
        .code(201)
        .header("location", `/v1/keys/${record.id}`)
        .send({ ...viewOfKey(record), key })
    },
  })

  app.route({
    method: "GET",
    url: "/v1/keys",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "listKeys",
      tags: ["administration"],
      summary: "All keys, oldest first, revoked ones included",
      querystring: noQuery,
      response: { 200: z.object({ items: z.array(keyView) }), ...problems },
    },
    handler: async () => ({ items: (await stores.keys.list()).map(viewOfKey) }),
  })

  app.route({
    method: "GET",
    url: "/v1/keys/:id",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "getKey",
      tags: ["administration"],
      summary: "One key",
      params,
      querystring: noQuery,
      response: { 200: keyView, ...problems },
    },
    handler: async (request) => viewOfKey(await knownKey(request.params.id, deps)),
  })

  app.route({
    method: "POST",
    url: "/v1/keys/:id/rotate",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "rotateKey",
      tags: ["administration"],
      summary: "Make a second key with the same rights",
      description: "Both are valid until the old one is deleted; `last_used_at` tells when nobody uses it any more.",
      params,
      querystring: noQuery,
      body: z.strictObject({}).nullish(),
      response: { 201: issuedKey, ...problems },
    },
    handler: async (request, reply) => {
      const old = await knownKey(request.params.id, deps)
      if (old.revokedAt !== undefined) throw new Problem("key_revoked")
      const { name, scopes, apps, audienceCap, overflow } = old
      const { record, key } = issueKey({ name, scopes, apps, audienceCap, overflow }, now())
      await stores.keys.add(record)
      await audit.write({
        key: keyOf(request),
        peer: request.socket.remoteAddress,
        action: "key.rotated",
        target: old.id,
        detail: { successor: record.id },
      })
      return reply
        .code(201)
        .header("location", `/v1/keys/${record.id}`)
        .send({ ...viewOfKey(record), key })
    },
  })

  app.route({
    method: "DELETE",
    url: "/v1/keys/:id",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "revokeKey",
      tags: ["administration"],
      summary: "Revoke a key at once",
      params,
      querystring: noQuery,
      response: { 204: z.null(), ...problems },
    },
    handler: async (request, reply) => {
      const { id } = await knownKey(request.params.id, deps)
      await stores.keys.revoke(id, now())
      keyRing.forget(id)
      await audit.write({ key: keyOf(request), peer: request.socket.remoteAddress, action: "key.revoked", target: id })
      return reply.code(204).send(null)
    },
  })
}

async function knownKey(id: string, { stores }: HttpDeps): Promise<KeyRecord> {
  const key = await stores.keys.get(id)
  if (key !== undefined) return key
  throw new Problem("not_found", { detail: { en: "There is no key with this id.", zh: "没有此 id 的密钥。" } })
}

/** @param apps checked by the schema */
async function knownApps(apps: unknown, deps: HttpDeps): Promise<NewKey["apps"]> {
  if (!Array.isArray(apps)) return "all"
  const names = await deps.apps.names()
  const given = [...new Set(apps.map(String))]
  const errors = given.flatMap((name, index) => {
    if (names.has(name)) return []
    const detail = { en: `There is no app ${name}; register it first.`, zh: `没有应用 ${name}，请先登记。` }
    return [{ path: `/apps/${index}`, code: "not_allowed", detail }]
  })
  if (errors.length > 0) throw refuse(errors)
  return given
}

function viewOfKey(key: NewKey & Partial<KeyRecord>): z.output<typeof keyView> {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: [...key.scopes],
    apps: key.apps === "all" ? "all" : [...key.apps],
    audience_cap: key.audienceCap ?? null,
    overflow: key.overflow ?? null,
    created_at: formatRfc3339(key.createdAt),
    revoked_at: timeOrNull(key.revokedAt),
    last_used_at: timeOrNull(key.lastUsedAt),
  }
}
