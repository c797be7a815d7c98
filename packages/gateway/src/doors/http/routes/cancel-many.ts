import { z } from "zod"
import { refuse } from "../../../accept/issues.ts"
import { Problem } from "../../../problems/problem.ts"
import { coversApps } from "../../../model/ports/covers-apps.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import type { AppScope, Whose } from "../../../model/ports/reader.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { ENVIRONMENT_KEY_ID } from "../../kit/key-ring.ts"
import { noQuery } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"

/**
 * Cancels all unfinished messages of a key or an app, so that messages that a program no longer wants need not wait for
 * their time.
 */
export function cancelManyRoutes(app: App, deps: HttpDeps): void {
  const { dispatcher, audit } = deps

  app.route({
    method: "POST",
    url: "/v1/messages/cancel",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "cancelMessages",
      tags: ["messages"],
      summary: "Cancel all unfinished messages of a key, or of an app",
      description:
        "Cancels each message as `POST /v1/messages/{id}/cancel` does. It answers after about ten seconds; while `more` is true, call it again. `not_cancelled` names at most 100 messages of which nothing, or not everything, could be cancelled. Revoke the key first, or messages that it sends meanwhile have to be cancelled as well.",
      querystring: noQuery,
      body: z.strictObject({
        key_id: z.string().max(100).optional().describe("Messages that were sent with this key. Give this or `app`."),
        app: z.string().max(64).optional().describe("Messages of this app. Give this or `key_id`."),
      }),
      response: {
        200: z.object({
          messages: z
            .int()
            .describe("How many messages were cancelled, including those of which only the rest was cancelled."),
          recipients: z.int(),
          not_cancelled: z.array(z.object({ id: z.string(), code: z.enum(["already_sent", "shared_call"]) })),
          not_cancelled_count: z.int(),
          more: z.boolean(),
        }),
        ...problems,
      },
    },
    handler: async (request) => {
      const key = keyOf(request)
      const { of, apps } = await whose(request.body, key, deps)
      const { messages, recipients, left, more } = await dispatcher.cancelMany(of)
      await audit.write({
        key,
        peer: request.socket.remoteAddress,
        action: "messages.cancelled",
        target: "app" in of ? of.app : of.keyId,
        apps,
        detail: { messages, recipients, not_cancelled: left.length },
      })
      return {
        messages,
        recipients,
        not_cancelled: left.slice(0, MOST_NAMED).map(({ id, why: code }) => ({ id, code })),
        not_cancelled_count: left.length,
        more,
      }
    },
  })
}

const MOST_NAMED = 100

interface Named {
  readonly of: Whose
  readonly apps: AppScope
}

/** @throws {Problem} `invalid_value`; `not_found`, also for a key that holds apps which the caller's key does not hold */
async function whose(
  { key_id: keyId, app }: { readonly key_id?: string | undefined; readonly app?: string | undefined },
  asking: KeyRecord,
  { stores, apps }: HttpDeps,
): Promise<Named> {
  if ((keyId === undefined) === (app === undefined)) {
    const detail = {
      en: "Give either /key_id or /app, and not both.",
      zh: "请只填写 /key_id 与 /app 之一。",
    }
    throw refuse([{ path: keyId === undefined ? "/key_id" : "/app", code: "required", detail }])
  }
  if (app !== undefined) return { of: { app: await apps.heldApp(asking, app) }, apps: [app] }
  // The environment's key has no record.
  const id = keyId ?? ""
  const held = id === ENVIRONMENT_KEY_ID ? ("all" as const) : (await stores.keys.get(id))?.apps
  if (held !== undefined && coversApps(asking.apps, held)) return { of: { keyId: id }, apps: held }
  throw new Problem("not_found", {
    detail: {
      en: "No key has this id, or it holds apps that your key does not hold.",
      zh: "没有此 id 的密钥，或其应用超出当前密钥的范围。",
    },
  })
}
