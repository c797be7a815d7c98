import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "../testing/free-port.ts"
import type { Containers } from "./containers.ts"

/** As in deploy/compose.yaml, but on the machine's network, which needs no firewall rules. */
const CONFINED = "--network host --read-only --cap-drop all --security-opt no-new-privileges --pull never".split(" ")
const ADMIN_KEY = "an-admin-key-of-more-than-32-characters"

/** The database of the gateway, and what the container needs for it. */
export interface Database {
  readonly name: string
  readonly flags: readonly string[]
}

export interface Simulated extends AsyncDisposable {
  readonly url: string
  /** What the phone of 13800000001 shows. */
  texts(): Promise<readonly string[]>
}

/** Starts the simulator from the image itself. */
export async function simulate(containers: Containers, image: string): Promise<Simulated> {
  const url = `http://127.0.0.1:${await freePort()}`
  const name = "simulator"
  await containers.podman(["run", "--detach", "--name", name, ...CONFINED, image, "simulate", "--port", portOf(url)])
  await until(containers, name, "the simulator answers", () => answers(`${url}/_sim/stats`))
  return {
    url,
    texts: async () => {
      const { messages } = await ask<{ messages: readonly Shown[] }>(`${url}/_sim/messages?userid=zhangsan`)
      return messages.map(({ body }) => body.text.content)
    },
    [Symbol.asyncDispose]: () => remove(containers, name),
  }
}

interface Shown {
  readonly body: { readonly text: { readonly content: string } }
}

/** Starts a gateway of the image, and has a message arrive. @returns what was seen, in a few words */
export async function tryImage(
  containers: Containers,
  image: string,
  simulated: Simulated,
  { name, flags }: Database,
): Promise<string> {
  const gateway = await startGateway(containers, image, simulated, name, flags)
  await using _ = { [Symbol.asyncDispose]: () => remove(containers, name) }
  await checkConfined(containers, name)
  await containers.podman(["healthcheck", "run", name])
  const first = `${name}: by the image's own command`
  const sending = ["send", "--app", "default", "--mobile", "13800000001", "--text", first]
  await containers.podman(["exec", name, "wecom-push", ...sending])
  assert.deepEqual(await simulated.texts(), [first])

  // When the stop comes, one message is under way, and the next one of its order key waits for it.
  await ask(`${simulated.url}/_sim/faults`, { path: "message/send", kind: "slow", delay_ms: 1500 })
  const texts = [`${name}: under way`, `${name}: waits behind it`]
  for (const content of texts) await gateway.accept(content)
  await until(containers, name, "a call is under way", async () => {
    const { faults } = await ask<{ faults: readonly unknown[] }>(`${simulated.url}/_sim/faults`)
    return faults.length === 0
  })
  const stoppedMs = await stop(containers, name)
  assert.deepEqual(await simulated.texts(), [first, texts[0]], "after the stop")
  await containers.podman(["start", name])
  const isThere = async (): Promise<boolean> => (await simulated.texts()).length >= 3
  await until(containers, name, "what waited is sent after the next start", isThere)
  assert.deepEqual(await simulated.texts(), [first, ...texts])
  await stop(containers, name)
  await ask(`${simulated.url}/_sim/reset`, {})
  return (
    `${name}: ready after ${seconds(gateway.readyMs)} s, healthy, a message shown; SIGTERM: the call under way finished, ` +
    `exit 0 after ${seconds(stoppedMs)} s, what waited sent after the next start`
  )
}

/** Tries only what an emulated processor can do in a short time. */
export async function trySlowly(
  containers: Containers,
  image: string,
  simulated: Simulated,
  name: string,
): Promise<string> {
  const gateway = await startGateway(containers, image, simulated, name, [])
  await using _ = { [Symbol.asyncDispose]: () => remove(containers, name) }
  await checkConfined(containers, name)
  await gateway.accept(name)
  await until(containers, name, "the message is shown", async () => (await simulated.texts()).includes(name))
  const stoppedMs = await stop(containers, name)
  return `${name}: ready after ${seconds(gateway.readyMs)} s, a message shown, SIGTERM: exit 0 after ${seconds(stoppedMs)} s`
}

interface RunningGateway {
  readonly readyMs: number
  accept(content: string): Promise<void>
}

async function startGateway(
  containers: Containers,
  image: string,
  simulated: Simulated,
  name: string,
  flags: readonly string[],
): Promise<RunningGateway> {
  const startedAt = performance.now()
  const url = `http://127.0.0.1:${await freePort()}`
  const environment = {
    WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
    WECOM_PUSH_URL: url,
    WECOM_CORP_ID: "ww0000000000000001",
    WECOM_AGENT_ID: "1000002",
    WECOM_APP_SECRET: "sim-secret-alerts",
    WECOM_API_BASE_URL: simulated.url,
  }
  const settings = Object.entries(environment).flatMap(([variable, value]) => ["--env", `${variable}=${value}`])
  const serving = ["serve", "--port", portOf(url)]
  await containers.podman(["run", "--detach", "--name", name, ...CONFINED, ...settings, ...flags, image, ...serving])
  await until(containers, name, "the gateway is ready", () => answers(`${url}/readyz`))
  return {
    readyMs: performance.now() - startedAt,
    accept: async (content) => {
      const to = { mobiles: ["13800000001"] }
      await ask(`${url}/v1/messages`, { app: "default", to, msgtype: "text", text: { content }, order_key: name })
    },
  }
}

/** @returns how long it took */
async function stop(containers: Containers, name: string): Promise<number> {
  const startedAt = performance.now()
  await containers.podman(["stop", "--time", "40", name])
  const stoppedMs = performance.now() - startedAt
  assert.equal(await containers.podman(["inspect", "--format", "{{.State.ExitCode}}", name]), "0", "its exit code")
  return stoppedMs
}

async function checkConfined(containers: Containers, name: string): Promise<void> {
  const pid = await containers.podman(["inspect", "--format", "{{.State.Pid}}", name])
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  assert.match(status, /^Uid:\t10001\t10001\t10001\t10001$/m)
  assert.match(status, /^CapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+\nCapAmb:\t0+$/m)
  const mounts = await readFile(`/proc/${pid}/mountinfo`, "utf8")
  assert.match(mounts, /^\S+ \S+ \S+ \S+ \/ ro,/m, "the root is read-only")
}

async function remove(containers: Containers, name: string): Promise<void> {
  await containers.podman(["rm", "--force", "--time", "0", "--volumes", name])
}

/** Waits up to two minutes, for busy machines. */
async function until(
  containers: Containers,
  container: string,
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  const endsAt = performance.now() + 120_000
  while (!(await holds())) {
    const isRunning = await containers.podman(["inspect", "--format", "{{.State.Running}}", container])
    if (isRunning !== "true" || performance.now() > endsAt) {
      throw new Error(`not so: ${what}\n${await containers.podman(["logs", container])}`)
    }
    await sleep(100)
  }
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function ask<Answer>(url: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" }
  const answer = await fetch(
    url,
    body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) },
  )
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`)
  return (text === "" ? undefined : JSON.parse(text)) as Answer
}

function portOf(url: string): string {
  return new URL(url).port
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
