// Two gateways on one PostgreSQL behind the load balancer of deploy/, as the compose file starts them.
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { start, Running } from "../../packages/cli/src/testing/start-process.ts"
import { startBench } from "../../packages/cli/src/testing/try-command.ts"
import { newDatabase } from "../../packages/gateway/src/store/postgres/testing/cluster.ts"
import { freePort } from "../../tools/testing/free-port.ts"
import { pathOf } from "../../tools/testing/programs.ts"
import { OwnBalancer } from "./own-balancer.ts"

export const CONFIG = join(import.meta.dirname, "../haproxy.cfg")
const KEY = "an-admin-key-of-more-than-32-characters"

/** Starts the command that the caller chooses. */
export type Launch = typeof start

export interface World extends AsyncDisposable {
  /** Contents of all messages that were accepted. */
  readonly posted: readonly string[]
  /** Posts one message every `everyMs`, and repeats posts that get no answer. */
  post(everyMs: number): { done(): Promise<readonly Posted[]> }
  /** @param launch used instead of the one that it began with */
  start(index: number, launch?: Launch): Promise<void>
  stop(index: number, signal: "SIGTERM" | "SIGKILL"): Promise<void>
  allSent(): Promise<void>
  shown(): Promise<string[]>
}

export async function startWorld(launch: Launch, startBalancer: StartBalancer): Promise<World> {
  await using started = new AsyncDisposableStack()
  const database = started.use(await newDatabase())
  const bench = started.use(await startBench({ members: MEMBERS }))
  const [front, ...ports] = [await freePort(), await freePort(), await freePort()]
  const env = {
    ...bench.env,
    WECOM_PUSH_ADMIN_KEY: KEY,
    WECOM_PUSH_MASTER_KEY: "ab".repeat(32),
    WECOM_PUSH_DATABASE_URL: database.url,
  }
  const gateways: Running[] = []
  const startGateway = async (index: number, launching = launch): Promise<void> => {
    const gateway = launching(["serve", "--port", String(ports[index]), "--json"], bench.folder, env)
    gateways[index] = gateway
    await gateway.says(/^\{"url".*\}$/m)
    await balancer.sees(index, "UP")
  }
  started.defer(async () => {
    for (const gateway of gateways) await gateway[Symbol.asyncDispose]()
  })
  const balancer = started.use(
    await startBalancer(
      front,
      ports.map((port) => `127.0.0.1:${port}`),
    ),
  )
  await Promise.all([0, 1].map((index) => balancer.sees(index, "DOWN")))
  await Promise.all([startGateway(0), startGateway(1)])

  const url = `http://127.0.0.1:${front}`
  const posted: string[] = []
  const ids: string[] = []
  const postOne = async (): Promise<Posted> => {
    const from = performance.now()
    const content = `no ${posted.length}`
    const userid = `m${String((posted.length % MEMBERS) + 1).padStart(6, "0")}`
    posted.push(content)
    const key = randomUUID()
    const answers: string[] = []
    for (;;) {
      const { status, id } = await ask(url, { content, userid, key })
      answers.push(status)
      if (id !== undefined) {
        ids.push(id)
        return { answers, ms: performance.now() - from }
      }
      await sleep(200)
    }
  }
  const kept = started.move()
  return {
    posted,
    post(everyMs) {
      const answers: Promise<Posted>[] = []
      const timer = setInterval(() => answers.push(postOne()), everyMs)
      return {
        done() {
          clearInterval(timer)
          return Promise.all(answers)
        },
      }
    },
    start: startGateway,
    async stop(index, signal) {
      gateways[index]?.child.kill(signal)
      await gateways[index]?.ended()
      await balancer.sees(index, "DOWN")
    },
    async allSent() {
      for (const id of ids) {
        while ((await stateOf(url, id)) !== "sent") await sleep(50)
      }
    },
    async shown() {
      return (await bench.shown()).map(({ body }) => (body["text"] as { content: string }).content)
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

interface Balancer extends AsyncDisposable {
  /** Resolves when it considers this gateway to be up, or down. */
  sees(index: number, state: "UP" | "DOWN"): Promise<void>
}

export type StartBalancer = (port: number, gateways: readonly string[]) => Promise<Balancer> | Balancer

export async function startOwnBalancer(port: number, gateways: readonly string[]): Promise<Balancer> {
  const balancer = await OwnBalancer.start(await readFile(CONFIG, "utf8"), gateways, port)
  return {
    async sees(index, state) {
      while (balancer.isUp(index) !== (state === "UP")) await sleep(20)
    },
    [Symbol.asyncDispose]: () => balancer[Symbol.asyncDispose](),
  }
}

export function startHaproxy(port: number, [one, two]: readonly string[]): Balancer {
  const balancer = spawn(pathOf("haproxy"), ["-db", "-f", CONFIG], {
    env: { PATH: process.env["PATH"], LISTEN: `127.0.0.1:${port}`, GATEWAY_1: one, GATEWAY_2: two },
    stdio: ["ignore", "ignore", "pipe"],
  })
  const ended = once(balancer, "exit")
  let told = ""
  balancer.stderr.setEncoding("utf8").on("data", (text: string) => (told += text))
  return {
    async sees(index, state) {
      const name = ["one", "two"][index] ?? ""
      const lines = new RegExp(`Server gateways/${name} is (UP|DOWN)`, "g")
      while ([...told.matchAll(lines)].at(-1)?.[1] !== state) {
        if (balancer.exitCode !== null) throw new Error(told)
        await sleep(20)
      }
    },
    async [Symbol.asyncDispose]() {
      balancer.kill("SIGKILL")
      await ended
    },
  }
}

/** So many that no member gets more than thirty in a minute. */
const MEMBERS = 100

interface Posted {
  /** The status of each try, or why there was none. */
  readonly answers: readonly string[]
  readonly ms: number
}

interface Post {
  readonly content: string
  readonly userid: string
  readonly key: string
}

async function ask(url: string, { content, userid, key }: Post): Promise<{ status: string; id?: string }> {
  try {
    const answer = await fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ to: { users: [userid] }, msgtype: "text", text: { content } }),
    })
    const text = await answer.text()
    if (answer.status !== 202) return { status: String(answer.status) }
    return { status: "202", id: (JSON.parse(text) as { id: string }).id }
  } catch (error) {
    return { status: error instanceof Error ? error.message : "no answer" }
  }
}

async function stateOf(url: string, id: string): Promise<string> {
  const answer = await fetch(`${url}/v1/messages/${id}`, { headers: { authorization: `Bearer ${KEY}` } })
  return ((await answer.json()) as { state: string }).state
}
