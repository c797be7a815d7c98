import { startServer } from "../child.ts"
import { ADMIN_KEY } from "../gateway/plan.ts"
import { RawClient } from "../raw-client.ts"
import { median } from "../rounds.ts"
import { text } from "./setting.ts"
import type { AtSize, Sizes } from "./setting.ts"

const ROUNDS = 4
const POSTS = 6000
const CONNECTIONS = 16
const SETTLE_MS = 5000

/** The message of `readers.ts` at its end. */
interface Heard {
  /** For each follower, how many events of accepted messages it got. */
  readonly counts: readonly number[]
  /** The longest time from an event until its last reader has it. */
  readonly latestMs: number
}

/** 29.E8: compares accepts with many followers of a key for half of the apps, and accepts without followers, in turn. */
export async function followers(setting: AtSize, { followers: count, apps }: Sizes): Promise<void> {
  const names = Array.from({ length: apps }, (_, index) => `app-${index}`)
  for (const [index, name] of names.entries()) await setting.register(name, index)
  const own = names.slice(0, Math.ceil(apps / 2))
  const { key } = (await setting.ask("/v1/keys", "POST", { name: "half", scopes: ["read"], apps: own })) as {
    readonly key: string
  }
  using client = await RawClient.connect(setting.gateway.port, CONNECTIONS)
  let posted = 0
  const acceptsPerSecond = async (): Promise<number> => {
    const until = posted + POSTS
    const startedAt = performance.now()
    const work = async (): Promise<void> => {
      for (let n = posted++; n < until; n = posted++) {
        const body = JSON.stringify(text("lisi", `你好 ${n}`, { app: names[n % apps] }))
        await client.post("/v1/messages", ADMIN_KEY, body)
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, work))
    posted = until
    return (POSTS * 1000) / (performance.now() - startedAt)
  }
  await acceptsPerSecond()
  const [without, with_]: [number[], number[]] = [[], []]
  const [missing, latest]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await acceptsPerSecond())
    await using readers = await startServer("lib/at-size/readers.ts", [setting.gateway.url, key, String(count)])
    const first = posted
    with_.push(await acceptsPerSecond())
    const wanted = Array.from({ length: posted - first }, (_, n) => (first + n) % apps).filter((n) => n < own.length)
    const heard = readers.told<Heard>("heard")
    readers.process.send({ wanted: wanted.length, withinMs: SETTLE_MS })
    const { counts, latestMs } = await heard
    missing.push(Math.max(...counts.map((has) => Math.abs(wanted.length - has))))
    latest.push(latestMs)
  }
  setting.note(`accepts a second without followers ${list(without)}; with ${count} of them ${list(with_)}`)
  setting.tell("accepts with followers / without", median(with_) / median(without), (ratio) => ratio >= 0.9)
  setting.tell("events that a follower lacks, or has twice", Math.max(...missing), (events) => events === 0)
  setting.tell("an event at its last reader after, s", Math.max(...latest) / 1000, (seconds) => seconds <= 2)
}

function list(figures: readonly number[]): string {
  return figures.map((figure) => figure.toFixed(0)).join(", ")
}
