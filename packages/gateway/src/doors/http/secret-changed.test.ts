import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { shared } from "../../../../../tools/testing/shared.ts"
import { startOn, STORES } from "./testing/start-several.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

const WAITING = 500
const ROOT = 1_000_004
const numbers = Array.from({ length: WAITING }, (_, n) => n)
const member = (n: number): string => `m${String(n + 1).padStart(6, "0")}`
/** A chat takes 20 messages a minute. */
const chatOf = (n: number): string => `chat${n % 25}`

const bots = [{ bot_id: "id", secret: "right", name: "机器人", opened_by: numbers.map(member) }]
const robots = [{ key: "right", name: "群", members: ["zhangsan"] }]
const chats = Array.from({ length: 25 }, (_, n) => ({
  chatid: chatOf(n),
  name: `群 ${n}`,
  agentid: ROOT,
  owner: member(2 * n),
  members: [member(2 * n), member(2 * n + 1)],
}))

interface Way {
  readonly app: Json
  readonly mended: Json
  readonly to: (n: number) => Json
  /** The number of phones on which each message is shown. */
  readonly phones: number
  /** How many are sent in the first minute. */
  readonly sent: number
}

const WAYS: Readonly<Record<string, Way>> = {
  "a smart robot": {
    app: { kind: "bot", bot_id: "id", secret: "wrong" },
    mended: { secret: "right" },
    to: (n) => ({ to: { users: [member(n)] } }),
    phones: 1,
    sent: WAITING,
  },
  "a group robot": {
    app: { kind: "robot", robot_key: "wrong" },
    mended: { robot_key: "right" },
    to: () => ({}),
    phones: 1,
    sent: 20,
  },
  "an app, into its chats": {
    app: { corp_id: "ww0000000000000001", agent_id: ROOT, secret: "wrong" },
    mended: { secret: "sim-secret-root" },
    to: (n) => ({ to: { chats: [chatOf(n)] } }),
    phones: 2,
    sent: WAITING,
  },
}

for (const store of STORES) {
  suite(`${store}: ${WAITING} messages wait for another secret`, () => {
    const started = shared(async (resources) => {
      const several = resources.use(await startOn(store, {}, { members: WAITING }))
      await several.simulator.replaceOrg({ ...several.simulator.org, bots, robots, chats })
      return several
    })
    const ask = async (place: number, path: string, init = {}): Promise<Json> => {
      const { status, text, json } = await started().request(place, path, init)
      assert.ok(status < 300, text)
      return json
    }
    /** The number of copies on phones, by their text. */
    const shown = async (title: string): Promise<ReadonlyMap<string, number>> => {
      const answer = await fetch(`${started().simulator.url}/_sim/messages`)
      const { messages } = (await answer.json()) as { messages: Json[] }
      const texts = messages.map(({ body }) => String((body.text ?? body.markdown)?.content))
      const counts = new Map<string, number>()
      for (const text of texts) if (text.startsWith(title)) counts.set(text, (counts.get(text) ?? 0) + 1)
      return counts
    }

    /** This many messages of a new app, which is paused because of its secret. @returns their ids */
    const waiting = async (name: string, { app, to }: Way, count: number): Promise<readonly string[]> => {
      await ask(0, "/v1/apps", { body: { name, ...app } })
      const content = (n: number): object => ({ msgtype: "text", text: { content: `${name} 第 ${n} 条` } })
      const body = numbers.slice(0, count).map((n) => ({ app: name, ...to(n), ...content(n) }))
      const answers = (await ask(0, "/v1/messages/batch", { body })) as readonly Json[]
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]))
      while ((await ask(0, `/v1/apps/${name}`))["pause"] === null) await sleep(20)
      assert.equal((await shown(name)).size, 0)
      return answers.map(({ id }) => id)
    }
    /** The index of the last gateway: a different one from the first if there are two. */
    const last = (): number => started().gateways.length - 1

    for (const [index, [title, way]] of Object.entries(WAYS).entries()) {
      // proves 32.secret-changed: each channel
      test(`${title}: they go out with the new one, each once, as fast as its limit allows`, async () => {
        const name = `way${index}`
        await waiting(name, way, WAITING)
        await ask(last(), `/v1/apps/${name}`, { method: "PATCH", body: way.mended })
        while ((await shown(name)).size < way.sent) await sleep(50)
        const counts = await shown(name)
        assert.deepEqual([counts.size, new Set(counts.values())], [way.sent, new Set([way.phones])])
        for (const state of ["failed", "in_doubt", "partly_sent"])
          assert.deepEqual((await ask(0, `/v1/messages?app=${name}&state=${state}`))["items"], [], state)
      })

      // proves 32.secret-changed: the app is to be removed meanwhile
      test(`${title}: it is removed once they are cancelled, and not before; none goes out`, async () => {
        const name = `gone${index}`
        const ids = await waiting(name, way, 20)
        const remove = () => started().request(last(), `/v1/apps/${name}`, { method: "DELETE" })
        assert.equal((await remove()).status, 409)
        for (const id of ids) await ask(last(), `/v1/messages/${id}/cancel`, { method: "POST" })
        assert.equal((await remove()).status, 204)
        for (const id of ids) assert.equal((await ask(0, `/v1/messages/${id}`))["state"], "cancelled")
        assert.equal((await shown(name)).size, 0)
      })
    }
  })
}
