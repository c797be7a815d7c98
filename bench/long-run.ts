// Runs two gateways on one PostgreSQL for hours, with the events of a year: copies, a change of the password, a failover, and
// messages that expire. Ends with 1 if something was lost, sent twice or grew: npm run long-run -- --help
import { setTimeout as sleep } from "node:timers/promises"
import { readOptions } from "../tools/options.ts"
import { installedPrograms } from "./lib/installed-postgres.ts"
import { needsProc } from "./lib/child.ts"
import { serve, until } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { Folder } from "./lib/gateway/start.ts"
import { LongRunDatabase } from "./lib/long-run/database.ts"
import { Figures } from "./lib/long-run/figures.ts"
import { fillKept } from "./lib/long-run/fill-kept.ts"
import { Load } from "./lib/long-run/load.ts"
import { Phones } from "./lib/long-run/phones.ts"
import { packed } from "./lib/packed.ts"
import { simulate } from "./lib/simulate.ts"

const { values } = readOptions({
  command: "npm run long-run",
  about:
    "Two gateways on one PostgreSQL for hours, under load: copies, a change of the password, a failover. Nothing may be lost, doubled or grow.",
  options: {
    hours: { kind: "text", default: "2", help: "for how long messages are posted; parts of an hour may be given" },
    "per-second": { kind: "count", default: 100, help: "messages posted in a second" },
    members: { kind: "count", default: 3000, help: "to how many members" },
    "dump-minutes": { kind: "count", default: 30, help: "how often the database is copied by pg_dump" },
  },
})
const hours = Number(values.hours)
if (!(hours > 0)) {
  console.error(`--hours is a number above 0, and not ${JSON.stringify(values.hours)}`)
  process.exit(2)
}
if (installedPrograms === undefined) {
  console.error("It needs an installed PostgreSQL with its pg_dump: apt-get install postgresql")
  process.exit(2)
}
needsProc()

const runMs = hours * 3_600_000
const SAMPLE_EVERY_MS = 5000
const LINE_EVERY_MS = Math.min(60_000, runMs / 12)
/** The shares of the run after which the single events happen. Memory is compared after the gateways were replaced. */
const ROTATION_AT = 0.1
const FAILOVER_AT = 0.6
const KEPT_MORE_MS = 900_000
/** The limit after the last message, for a machine that is late. */
const SETTLED_WITHIN_MS = 600_000

process.exitCode = (await run()) ? 0 : 1

async function run(): Promise<boolean> {
  say((await packed()).describe())
  await using folder = await Folder.make()
  await using simulator = await simulate({ members: values.members })
  const org = (await (await fetch(`http://127.0.0.1:${simulator.port}/_sim/org`)).json()) as {
    corp_id: string
    apps: readonly { agentid: number; secret: string }[]
  }
  await using database = await LongRunDatabase.start()
  const [version] = await database.query("show server_version")
  say(`PostgreSQL ${String(version?.["server_version"])} of ${installedPrograms}, two servers, one of them synchronous`)
  const start = (): Promise<ServedGateway> =>
    serve(folder, simulator.port, {
      environment: {
        WECOM_PUSH_DATABASE_URL: "",
        WECOM_PUSH_DATABASE_URL_FILE: database.urlFile,
        WECOM_PUSH_RETENTION_DAYS: "1",
        WECOM_CORP_ID: org.corp_id,
        WECOM_AGENT_ID: String(org.apps[0]?.agentid),
        WECOM_APP_SECRET: String(org.apps[0]?.secret),
        LOG_LEVEL: "warn",
      },
    })
  {
    await using first = await start()
    await postOne(first)
    await until(async () => (await first.sent()) === 1)
  }
  const kept = Math.ceil((values["per-second"] * (runMs + KEPT_MORE_MS)) / 1000)
  await fillKept(database, { count: kept, perSecond: values["per-second"], members: values.members })
  say(`${kept} messages of the day before, of which each second ${values["per-second"]} get past their time`)
  await database.follow()

  const gateways = [await start(), await start()]
  await using _ = {
    [Symbol.asyncDispose]: async () => {
      for (const gateway of gateways) await gateway[Symbol.asyncDispose]()
    },
  }
  const load = new Load({
    perSecond: values["per-second"],
    members: values.members,
    urls: () => gateways.map(({ url }) => url),
  })
  const phones = new Phones(simulator.port)
  const figures = new Figures({
    database,
    load,
    phones,
    pids: () => ({ A: gateways[0]?.pid ?? 0, B: gateways[1]?.pid ?? 0, simulator: simulator.pid }),
  })
  const startedAt = performance.now()
  const since = Date.now()
  const share = (): number => (performance.now() - startedAt) / runMs
  const ending = new AbortController()
  const faults: string[] = []
  const loading = load.run(ending.signal)
  const working = [
    every(2000, ending.signal, () => phones.read()),
    every(SAMPLE_EVERY_MS, ending.signal, () => figures.sampleMemory(share())),
    every(LINE_EVERY_MS, ending.signal, async () => say(`${minutes(startedAt)} min: ${await figures.line(share())}`)),
    every(Math.min(values["dump-minutes"] * 60_000, runMs / 3), ending.signal, () =>
      did("a copy by pg_dump", async () => `${((await database.dump()) / 1e6).toFixed(0)} MB`),
    ),
    at(ROTATION_AT, () => did("the password is changed, and both gateways started again", rotate)),
    at(FAILOVER_AT, () => did("the server dies, and its standby is promoted", failOver)),
  ]
  await sleep(runMs)
  ending.abort()
  await loading
  await Promise.all(working)
  await load.finish()
  await settle()
  say(`${minutes(startedAt)} min: ${await figures.line(1)}`)
  for (const line of await figures.summary(since)) say(line)
  await check()
  for (const fault of faults) say(`FAIL ${fault}`)
  say(faults.length === 0 ? "ok: nothing was lost, nothing was doubled, and nothing grew" : `${faults.length} faults`)
  return faults.length === 0

  async function rotate(): Promise<string> {
    await database.changePassword()
    for (const [index, gateway] of gateways.entries()) {
      await gateway[Symbol.asyncDispose]()
      gateways[index] = await start()
    }
    return "both work"
  }

  async function failOver(): Promise<string> {
    const acceptedBefore = load.accepted
    await database.failOver()
    await until(() => Promise.resolve(load.accepted > acceptedBefore + values["per-second"]))
    return "messages are accepted again"
  }

  async function settle(): Promise<void> {
    for (const end = performance.now() + SETTLED_WITHIN_MS; performance.now() < end; await sleep(500)) {
      await phones.read()
      if (phones.shown >= load.accepted && (await openMessages()) === 0) return
    }
  }

  async function openMessages(): Promise<number> {
    const [row] = await database.query("select count(*) as count from wecom_push.messages where state = 'open'")
    return Number(row?.["count"])
  }

  async function check(): Promise<void> {
    if (load.accepted < load.posted)
      faults.push(`${load.posted - load.accepted} messages were not accepted in 5 minutes`)
    const rows = await database.query(`select state, count(*) as count from wecom_push.messages
      where id in (select message from wecom_push.idempotency where key like 'long-run-%') group by state`)
    const states = rows.map(({ state, count }) => `${String(state)} ${Number(count)}`).join(", ")
    say(`posted ${load.posted}, accepted ${load.accepted}, shown ${phones.shown}; in the database: ${states}`)
    if (states !== `sent ${load.accepted}`)
      faults.push(`in the database there are ${states} of ${load.accepted} accepted`)
    if (phones.missed > 0) faults.push(`${phones.missed} copies were forgotten by the simulator before they were read`)
    const { missing, twice } = phones.notOnce(load.posted)
    if (missing.length > 0) faults.push(`${missing.length} were not shown: ${missing.slice(0, 20).join(", ")}`)
    if (twice.length > 0) faults.push(`${twice.length} were shown twice: ${twice.slice(0, 20).join(", ")}`)
    if (hours >= 1) faults.push(...figures.grown())
    else say(`not judged below an hour, since what is old is deleted every ten minutes: ${figures.grown().join("; ")}`)
  }

  async function every(ms: number, ended: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!ended.aborted) {
      await sleep(ms, undefined, { signal: ended }).catch(() => undefined)
      if (ended.aborted) return
      try {
        await work()
      } catch (error) {
        // A server that was just killed does not answer.
        say(`note ${String(error)}`)
      }
    }
  }

  async function at(when: number, work: () => Promise<void>): Promise<void> {
    await sleep(when * runMs)
    await work()
  }

  async function did(what: string, work: () => Promise<string>): Promise<void> {
    const begunAt = performance.now()
    say(`${minutes(startedAt)} min: begins: ${what}`)
    try {
      const result = await work()
      say(
        `${minutes(startedAt)} min: done in ${((performance.now() - begunAt) / 1000).toFixed(1)} s: ${what}: ${result}`,
      )
    } catch (error) {
      faults.push(`${what}: ${String(error)}`)
      say(`${minutes(startedAt)} min: FAIL ${what}: ${String(error)}`)
    }
  }
}

async function postOne(gateway: ServedGateway): Promise<void> {
  const answer = await fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      "content-type": "application/json",
      "idempotency-key": "template",
    },
    body: JSON.stringify({ to: { users: ["m000001"] }, msgtype: "text", text: { content: "template" } }),
  })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
}

function minutes(startedAt: number): string {
  return ((performance.now() - startedAt) / 60_000).toFixed(1)
}

function say(line: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)
}
