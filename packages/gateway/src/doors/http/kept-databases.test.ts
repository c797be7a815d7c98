// Databases of older versions, written until the gateway was killed. The start of this version upgrades them.
import assert from "node:assert/strict"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import { startGateway } from "../../app/main.ts"
import { request } from "./testing/start-gateway.ts"
import type { RequestOptions } from "./testing/start-gateway.ts"
import { RESTORE } from "./testing/kept/restore.ts"
import type { Told } from "./testing/kept/told.ts"
import { KEPT_MEMBERS } from "./testing/kept/told.ts"

const KEPT = join(import.meta.dirname, "testing/kept")
const FILES: Readonly<Record<string, string>> = { SQLite: "sqlite", PostgreSQL: "postgres" }
const VERSIONS = readdirSync(KEPT, { withFileTypes: true })
  .filter((one) => one.isDirectory())
  .map(({ name }) => name)

suite("a database of an older version", () => {
  for (const version of VERSIONS)
    for (const [store, restore] of Object.entries(RESTORE)) {
      // The one file from before 0.1.0 exists to be refused.
      if (!existsSync(join(KEPT, version, `${FILES[store]}.json`))) continue
      // proves 30.kept: databases of older versions
      test(`30.kept: ${version}, on ${store}: nothing in it is lost, and nothing is sent twice`, async () => {
        await using kept = await restore(version)
        const { told } = kept
        await using simulator = await startSimulator({ members: KEPT_MEMBERS })
        await using gateway = await startGateway({
          environment: {
            WECOM_PUSH_DATABASE_URL: kept.url,
            WECOM_PUSH_ADMIN_KEY: told.adminKey,
            WECOM_PUSH_MASTER_KEY: told.masterKey,
          },
          port: 0,
          baseUrl: simulator.url,
          logTo: { write: () => {} },
        })
        const ask = (path: string, init: RequestOptions = {}) =>
          request(gateway.url + path, { key: told.adminKey, ...init })

        // Finished messages are unchanged, and all others are sent.
        for (const { id, state } of told.messages) {
          const ends = ENDED.has(state) ? state : "sent"
          while ((await ask(`/v1/messages/${id}`)).json.state !== ends) await sleep(20)
        }
        const copies = simulator.messages()
        const unsent = told.messages.filter(({ state }) => !ENDED.has(state))
        assert.deepEqual(
          copies.map(({ userid, body }) => `${userid} ${body.text?.content ?? body.msgtype}`).toSorted(),
          unsent.flatMap(({ to, shows }) => to.map((one) => `${one} ${shows}`)).toSorted(),
        )
        // A call that was under way is repeated with the same bytes, which WeCom compares.
        const { calls } = (await (await fetch(`${simulator.url}/_sim/calls`)).json()) as {
          readonly calls: readonly Call[]
        }
        for (const { body } of told.messages.filter((one) => one.body !== undefined))
          assert.equal(calls.filter((one) => one.body_base64 === body).length, 1)
        // The order in each lane is unchanged.
        for (const lane of new Set(told.messages.flatMap((one) => one.lane ?? []))) {
          const texts = told.messages.flatMap((one) => (one.lane === lane ? one.shows : []))
          const seen = copies.flatMap(({ body }) => body.text?.content ?? []).filter((text) => texts.includes(text))
          assert.deepEqual(seen, texts, lane)
        }
        // A key, the key of a repeated request and the position in the events are still valid.
        const { key, body, id } = told.repeated
        const again = await ask("/v1/messages", { body, headers: { "idempotency-key": key } })
        assert.deepEqual([again.status, again.json.id], [202, id], again.text)
        assert.equal((await ask("/v1/messages", { key: told.clientKey })).status, 200)
        assert.deepEqual(await nextEvents(`${gateway.url}/v1/events`, told), [told.lastEvent + 1, told.lastEvent + 2])
      })
    }
})

async function nextEvents(url: string, { adminKey, lastEvent }: Told): Promise<readonly number[]> {
  const headers = { authorization: `Bearer ${adminKey}`, "last-event-id": String(lastEvent) }
  const ending = new AbortController()
  const { body } = await fetch(url, { headers, signal: ending.signal })
  let text = ""
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece
    const ids = [...text.matchAll(/^id: (\d+)\n(?=event|data)/gm)].map(([, id]) => Number(id))
    if (ids.length >= 2) return ids.slice(0, 2)
  }
  return []
}

interface Call {
  readonly body_base64: string
}

const ENDED: ReadonlySet<string> = new Set(["sent", "partly_sent", "cancelled", "recalled"])
