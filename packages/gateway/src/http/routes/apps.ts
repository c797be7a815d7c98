import { z } from "zod"
import { Problem } from "../../accept/problem.ts"
import { formatRfc3339 } from "../../accept/rfc3339.ts"
import type { AppRecord, AppSecrets, Settings } from "../../core/ports/apps.ts"
import { keyOf } from "../authenticate.ts"
import type { HttpDeps } from "../deps.ts"
import { appName, noQuery, problems, time } from "../schemas.ts"
import type { App } from "../app.ts"

const params = z.object({ name: z.string() })

const corpId = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .describe("企业 ID, on the console's 我的企业 page.")
const agentId = z.int().positive().describe("AgentId on the app's page.")
const secret = z.string().trim().min(1).max(512).describe("Secret on the app's page. Never shown again.")
const callbackToken = z.string().regex(/^[A-Za-z0-9]{1,32}$/)
const encodingAesKey = z.string().regex(/^[A-Za-z0-9]{43}$/)

const limit = z.int().min(1).max(10_000_000).nullable().optional()

const appSettings = z
  .strictObject({
    member_per_minute: limit.describe("Messages of the app to one member; 30 when absent, null for no limit."),
    member_per_hour: limit.describe("1000 when absent, null for no limit."),
    concurrent_calls: z.int().min(1).max(1000).optional().describe("Calls to WeCom under way at once; 50 when absent."),
    account_cap: limit.describe(
      "The corp's 账号上限数. The app may then send 200 person-times a day (of Beijing) for each; what is beyond waits for the next day, the last 5 % are kept for high priority. No day quota when absent or null.",
    ),
    share_calls: z
      .boolean()
      .optional()
      .describe(
        "Small messages of equal content and priority that are ready together travel in one call. Such a message cannot be recalled: 409 `shared_call`. Off when absent.",
      ),
  })
  .meta({ id: "AppSettings", description: "What differs from WeCom's own figures." })

const newApp = z.strictObject({
  name: appName,
  corp_id: corpId,
  agent_id: agentId,
  secret,
  callback_token: callbackToken.optional(),
  encoding_aes_key: encodingAesKey.optional(),
  settings: appSettings.optional(),
})

const appChange = z.strictObject({
  corp_id: corpId.optional(),
  agent_id: agentId.optional(),
  secret: secret.optional(),
  callback_token: callbackToken.nullish(),
  encoding_aes_key: encodingAesKey.nullish(),
  settings: appSettings.optional(),
})

const appView = z
  .object({
    name: z.string(),
    corp_id: z.string(),
    agent_id: z.int(),
    has_callback: z.boolean(),
    settings: appSettings,
    created_at: time,
    updated_at: time,
    pause: z
      .object({ errcode: z.int(), errmsg: z.string(), since: time, next_probe_at: time })
      .nullable()
      .describe("A configuration error of the whole app: nothing goes out and nothing fails until it is mended."),
  })
  .meta({ id: "App" })

/** The apps through which messages go. Whether their secrets are right shows with the first message. */
export function appRoutes(app: App, deps: HttpDeps): void {
  const { stores, apps, audit, now } = deps

  app.route({
    method: "POST",
    url: "/v1/apps",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "createApp",
      tags: ["administration"],
      summary: "Register an app",
      querystring: noQuery,
      body: newApp,
      response: { 201: appView, ...problems },
    },
    handler: async (request, reply) => {
      const { name, corp_id, agent_id, settings = {}, ...secrets } = request.body
      if ((await stores.apps.get(name)) !== undefined) throw new Problem("app_exists")
      await stores.apps.put(
        {
          name,
          corpId: corp_id,
          agentId: agent_id,
          settings: given(settings),
          secrets: {
            secret: secrets.secret,
            ...(secrets.callback_token === undefined ? {} : { callbackToken: secrets.callback_token }),
            ...(secrets.encoding_aes_key === undefined ? {} : { encodingAesKey: secrets.encoding_aes_key }),
          },
        },
        now(),
      )
      await audit.write({
        key: keyOf(request),
        peer: request.socket.remoteAddress,
        action: "app.created",
        target: name,
        detail: { corp_id, agent_id },
      })
      return reply
        .code(201)
        .header("location", `/v1/apps/${name}`)
        .send(await viewOf(await knownApp(name, deps), deps))
    },
  })

  app.route({
    method: "GET",
    url: "/v1/apps",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "listApps",
      tags: ["administration"],
      summary: "All apps, by name",
      querystring: noQuery,
      response: { 200: z.object({ items: z.array(appView) }), ...problems },
    },
    handler: async () => ({ items: await Promise.all((await stores.apps.list()).map((one) => viewOf(one, deps))) }),
  })

  app.route({
    method: "GET",
    url: "/v1/apps/:name",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "getApp",
      tags: ["administration"],
      summary: "One app",
      params,
      querystring: noQuery,
      response: { 200: appView, ...problems },
    },
    handler: async (request) => viewOf(await knownApp(request.params.name, deps), deps),
  })

  app.route({
    method: "PATCH",
    url: "/v1/apps/:name",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "changeApp",
      tags: ["administration"],
      summary: "Change what is named, keep the rest",
      description:
        "Settings are changed as a whole: one that is left out has its default again. A changed secret or id is a new chance: a pause of the app ends.",
      params,
      querystring: noQuery,
      body: appChange,
      response: { 200: appView, ...problems },
    },
    handler: async (request) => {
      const { name } = request.params
      const before = await knownApp(name, deps)
      const change = request.body
      const settings = change.settings === undefined ? before.settings : given(change.settings)
      const isOfSettingsOnly = Object.keys(change).every((field) => field === "settings")
      if (isOfSettingsOnly) await stores.apps.changeSettings(name, settings, now())
      else {
        const secrets = changedSecrets(await stores.apps.secrets(name), change)
        const { corp_id = before.corpId, agent_id = before.agentId } = change
        await stores.apps.put({ name, corpId: corp_id, agentId: agent_id, settings, secrets }, now())
      }
      await audit.write({
        key: keyOf(request),
        peer: request.socket.remoteAddress,
        action: "app.changed",
        target: name,
        detail: { fields: Object.keys(change) },
      })
      return viewOf(await knownApp(name, deps), deps)
    },
  })

  app.route({
    method: "DELETE",
    url: "/v1/apps/:name",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "deleteApp",
      tags: ["administration"],
      summary: "Delete an app that has nothing left to send",
      params,
      querystring: noQuery,
      response: { 204: z.null(), ...problems },
    },
    handler: async (request, reply) => {
      const { name } = await knownApp(request.params.name, deps)
      if ((await stores.apps.remove(name)) === "has_unfinished") throw new Problem("app_in_use")
      apps.forget()
      await audit.write({
        key: keyOf(request),
        peer: request.socket.remoteAddress,
        action: "app.deleted",
        target: name,
      })
      return reply.code(204).send(null)
    },
  })
}

async function knownApp(name: string, { stores }: HttpDeps): Promise<AppRecord> {
  const app = await stores.apps.get(name)
  if (app !== undefined) return app
  throw new Problem("not_found", { detail: { en: "There is no app of this name.", zh: "没有此名称的应用。" } })
}

async function viewOf(app: AppRecord, { stores }: HttpDeps): Promise<z.output<typeof appView>> {
  const secrets = await stores.apps.secrets(app.name)
  const { pause } = app
  return {
    name: app.name,
    corp_id: app.corpId,
    agent_id: app.agentId,
    has_callback: secrets?.callbackToken !== undefined && secrets.encodingAesKey !== undefined,
    settings: { ...app.settings },
    created_at: formatRfc3339(app.createdAt),
    updated_at: formatRfc3339(app.updatedAt),
    pause:
      pause === undefined
        ? null
        : {
            errcode: pause.errcode,
            errmsg: pause.errmsg,
            since: formatRfc3339(pause.since),
            next_probe_at: formatRfc3339(pause.nextProbeAt),
          },
  }
}

function given(settings: z.output<typeof appSettings>): Settings {
  const entries = Object.entries(settings)
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

function changedSecrets(before: AppSecrets | undefined, change: z.output<typeof appChange>): AppSecrets {
  const { secret = before?.secret ?? "" } = change
  const callbackToken = change.callback_token === undefined ? before?.callbackToken : change.callback_token
  const encodingAesKey = change.encoding_aes_key === undefined ? before?.encodingAesKey : change.encoding_aes_key
  return {
    secret,
    ...(typeof callbackToken === "string" ? { callbackToken } : {}),
    ...(typeof encodingAesKey === "string" ? { encodingAesKey } : {}),
  }
}
