import { z } from "zod"
import { refuse } from "../../../accept/issues.ts"
import { Problem } from "../../../problems/problem.ts"
import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import { SCOPES } from "../../../model/ports/keys.ts"
import type { KeyRecord, NewKey } from "../../../model/ports/keys.ts"
import { LISTED_PATH, neverPasses } from "../../../model/forward-rules.ts"
import { keyOf } from "../../kit/authenticate.ts"
import { LIST_BODY_BYTES } from "../../kit/body-limits.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { changeHeaders, entityTag, expectedBy } from "../entity-tags.ts"
import { issueKey } from "../../kit/new-key.ts"
import { coversApps } from "../../../model/ports/covers-apps.ts"
import { isWithin, requireRights } from "../../kit/key-rights.ts"
import { appName, formed, noQuery, time } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"
import { timeOrNull } from "../views.ts"

const params = z.object({ id: z.string() })

const keyView = z
  .object({
    id: z.string(),
    client: z
      .string()
      .describe("The same for a key and the keys it was rotated into. They share idempotency keys and the rate."),
    name: z.string(),
    prefix: z.string().describe("Its first 8 characters, to tell keys apart."),
    scopes: z.array(z.enum(SCOPES)),
    apps: z.union([z.literal("all"), z.array(z.string())]),
    audience_cap: z.int().nullable(),
    overflow: z.enum(["reject", "split", "truncate"]).nullable(),
    forward: z.array(z.string()).describe("Paths of WeCom's API that are forwarded for the key."),
    created_at: time,
    revoked_at: time.nullable(),
    last_used_at: time.nullable(),
  })
  .meta({ id: "Key" })

const issuedKey = keyView
  .extend({ key: z.string().describe("The key itself. It is shown this once and not kept.") })
  .meta({ id: "IssuedKey" })

const NEVER_PASSES = {
  rule: "not_allowed",
  detail: {
    en: "This call is never passed on to WeCom; the gateway may serve it itself.",
    zh: "该接口不会转发给企业微信，网关可能自行提供。",
  },
}

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
    .describe('Names of apps, or "all", which includes apps that are registered later.'),
  audience_cap: z
    .int()
    .min(1)
    .max(10_000_000)
    .nullish()
    .describe(
      "The most recipients that one message may have. With a cap, departments, tags, chats and `all` are refused, because their members cannot be counted.",
    ),
  overflow: z
    .enum(["reject", "split", "truncate"])
    .nullish()
    .describe(
      "What the qyapi paths do with a text that is longer than WeCom's limit. Default `truncate`, as WeCom does.",
    ),
  forward: z
    .array(
      formed(LISTED_PATH, {
        en: "a path below /cgi-bin/, without this beginning, such as user/get or user/*",
        zh: " /cgi-bin/ 之下的路径（不含 /cgi-bin/），例如 user/get 或 user/*",
      })
        .max(200)
        .refine((path) => !neverPasses(path), { params: NEVER_PASSES }),
    )
    .max(100)
    .nullish()
    .describe(
      "Paths below `/cgi-bin/` that the qyapi paths forward to WeCom, exact or ending in `*`. APIs that change data or return a ticket, secret or token must be named by their exact path. Scopes `contacts` and `media` include the usual read APIs.",
    ),
})

/** Keys of clients. An administrator makes, lists, replaces and revokes them. */
export function keyRoutes(app: App, deps: HttpDeps): void {
  const { stores, audit, keyRing, now } = deps

  app.route({
    method: "POST",
    url: "/v1/keys",
    bodyLimit: LIST_BODY_BYTES,
    config: { scopes: ["admin"] },
    schema: {
      operationId: "createKey",
      tags: ["administration"],
      summary: "Create a key",
      description: "Its apps, scopes and cap must lie within those of the key that makes the request; otherwise 403.",
      querystring: noQuery,
      body: keyRequest,
      response: { 201: issuedKey, ...problems },
    },
    handler: async (request, reply) => {
      const { name, scopes, audience_cap, overflow, forward } = request.body
      const apps = appsNamed(request.body.apps)
      const wish = {
        name,
        scopes: SCOPES.filter((scope) => scopes.includes(scope)),
        apps,
        audienceCap: audience_cap ?? undefined,
        overflow: overflow ?? undefined,
        forward: [...new Set(forward)],
      }
      // Checked before the answer can contain anything about apps.
      const maker = requireRights(request, isWithin(wish, keyOf(request)), deps)
      if (apps !== "all") await refuseUnknown(apps, deps)
      const { record, key } = issueKey(wish, now())
      await stores.keys.add(record)
      await audit.write({
        key: maker,
        peer: request.socket.remoteAddress,
        action: "key.created",
        target: record.id,
        apps,
        detail: { name, scopes: wish.scopes, apps, ...(wish.forward.length > 0 && { forward: wish.forward }) },
      })
      return reply
        .code(201)
        .header("location", `/v1/keys/${record.id}`)
        .header("etag", tagOf(record))
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
      summary: "The keys whose apps are all held by the requesting key, oldest first, including revoked ones",
      querystring: noQuery,
      response: { 200: z.object({ items: z.array(keyView) }), ...problems },
    },
    handler: async (request) => {
      const { apps } = keyOf(request)
      return { items: (await stores.keys.list()).filter((one) => coversApps(apps, one.apps)).map(viewOfKey) }
    },
  })

  app.route({
    method: "GET",
    url: "/v1/keys/:id",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "getKey",
      tags: ["administration"],
      summary: "One key",
      description: "With an `ETag`, to be used as `If-Match` in a change.",
      params,
      querystring: noQuery,
      response: { 200: keyView, ...problems },
    },
    handler: async (request, reply) => {
      const found = await heldKey(request.params.id, keyOf(request), deps)
      reply.header("etag", tagOf(found))
      return viewOfKey(found)
    },
  })

  app.route({
    method: "POST",
    url: "/v1/keys/:id/rotate",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "rotateKey",
      tags: ["administration"],
      summary: "Create a second key with the same rights",
      description:
        "Both keys are valid until the old one is deleted; `last_used_at` shows its last use. They belong to one client: a request that was sent with an Idempotency-Key through one key is recognized through the other.",
      params,
      querystring: noQuery,
      headers: changeHeaders,
      body: z.strictObject({}).nullish(),
      response: { 201: issuedKey, ...problems },
    },
    handler: async (request, reply) => {
      const old = await heldKey(request.params.id, keyOf(request), deps)
      const maker = requireRights(request, isWithin(old, keyOf(request)), deps)
      const { name, scopes, apps, audienceCap, overflow, forward, client } = old
      const { record, key } = issueKey({ name, scopes, apps, audienceCap, overflow, forward }, now(), client)
      const rotated = await stores.keys.rotate(old.id, record, expectedBy(request.headers))
      if (rotated === "unknown") throw unknownKey()
      if (rotated === "stale") throw new Problem("changed_meanwhile")
      if (rotated === "revoked") throw new Problem("key_revoked")
      await audit.write({
        key: maker,
        peer: request.socket.remoteAddress,
        action: "key.rotated",
        target: old.id,
        apps,
        detail: { successor: record.id },
      })
      return reply
        .code(201)
        .header("location", `/v1/keys/${record.id}`)
        .header("etag", tagOf(record))
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
      headers: changeHeaders,
      response: { 204: z.null(), ...problems },
    },
    handler: async (request, reply) => {
      const found = await heldKey(request.params.id, keyOf(request), deps)
      const { id, apps } = found
      const key = requireRights(request, isWithin(found, keyOf(request)), deps)
      const revoked = await stores.keys.revoke(id, now(), expectedBy(request.headers))
      if (revoked === "unknown") throw unknownKey()
      if (revoked === "stale") throw new Problem("changed_meanwhile")
      keyRing.forget(id)
      await audit.write({ key, peer: request.socket.remoteAddress, action: "key.revoked", target: id, apps })
      return reply.code(204).send(null)
    },
  })
}

/** A key that holds other apps does not exist for the caller's key. @throws {Problem} `not_found` */
async function heldKey(id: string, { apps }: KeyRecord, { stores }: HttpDeps): Promise<KeyRecord> {
  const key = await stores.keys.get(id)
  if (key === undefined || !coversApps(apps, key.apps)) throw unknownKey()
  return key
}

function unknownKey(): Problem {
  return new Problem("not_found", {
    detail: {
      en: "No key has this id, or it holds apps that your key does not hold.",
      zh: "没有此 id 的密钥，或其应用超出当前密钥的范围。",
    },
  })
}

/** A new record has no version yet. */
function tagOf({ version = 1, createdAt }: NewKey & Partial<KeyRecord>): string {
  return entityTag({ version, createdAt })
}

/** @param apps already checked by the schema */
function appsNamed(apps: unknown): NewKey["apps"] {
  return Array.isArray(apps) ? [...new Set(apps.map(String))] : "all"
}

/** @throws {Problem} `invalid_value` */
async function refuseUnknown(apps: readonly string[], deps: HttpDeps): Promise<void> {
  const names = await deps.apps.names()
  const errors = apps.flatMap((name, index) => {
    if (names.has(name)) return []
    const detail = { en: `There is no app ${name}; register it first.`, zh: `没有应用 ${name}，请先登记。` }
    return [{ path: `/apps/${index}`, code: "not_allowed", detail }]
  })
  if (errors.length > 0) throw refuse(errors)
}

function viewOfKey(key: NewKey & Partial<KeyRecord>): z.output<typeof keyView> {
  return {
    id: key.id,
    client: key.client,
    name: key.name,
    prefix: key.prefix,
    scopes: [...key.scopes],
    apps: key.apps === "all" ? "all" : [...key.apps],
    audience_cap: key.audienceCap ?? null,
    overflow: key.overflow ?? null,
    forward: [...key.forward],
    created_at: formatRfc3339(key.createdAt),
    revoked_at: timeOrNull(key.revokedAt),
    last_used_at: timeOrNull(key.lastUsedAt),
  }
}
