import { setTimeout as sleep } from "node:timers/promises"

const address = "http://127.0.0.1:7780"

/** A message as a phone shows it. */
export interface Shown {
  readonly seq: number
  readonly userid: string
  readonly msgid: string
  readonly request: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

/** The simulator's control paths. @throws what it refuses */
export async function simulator<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const response = await fetch(`${address}/_sim/${path}`, init)
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} /_sim/${path} answers ${response.status} ${text.slice(0, 500)}`)
  return JSON.parse(text) as T
}

/** The messages of one phone, or of all phones, oldest first. */
export async function shown(userid = ""): Promise<readonly Shown[]> {
  return (await simulator<{ messages: readonly Shown[] }>("GET", `messages?userid=${userid}`)).messages
}

/** How many messages phones have shown since the simulator started, counted for each person. */
export async function shownCount(): Promise<number> {
  return (await simulator<{ recipients: number }>("GET", "stats")).recipients
}

/** Resolves with what `look` finds. @throws when it finds nothing for 30 seconds */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const untilMs = Date.now() + 30_000; ; await sleep(50)) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > untilMs) throw new Error(`${what}: not within 30 s`)
  }
}

/** For the content of each text, the people whose phones showed it, each as often as it was shown. */
export async function whoHasText(): Promise<Map<string, string[]>> {
  const holders = new Map<string, string[]>()
  for (const { userid, body } of await shown()) {
    const { content } = (body["text"] ?? {}) as { content?: string }
    if (content === undefined) continue
    const known = holders.get(content)
    if (known === undefined) holders.set(content, [userid])
    else known.push(userid)
  }
  return holders
}

/** Adds m000001 with mobile 13900000001 and so on, as `simulate --members` does, and lets the phones forget nothing. */
export async function hire(count: number): Promise<void> {
  const org = await simulator<{ members: object[]; member_cap: number }>("GET", "org")
  const members = Array.from({ length: count }, (_, index) => ({
    userid: useridOf(index + 1),
    name: useridOf(index + 1),
    mobile: mobileOf(index + 1),
    departments: [2],
  }))
  await simulator("PUT", "org", { ...org, members: [...org.members, ...members], member_cap: 2 * count + 1000 })
  await simulator("PUT", "settings", { keep: null })
}

export function useridOf(number: number): string {
  return `m${String(number).padStart(6, "0")}`
}

export function mobileOf(number: number): string {
  return String(13_900_000_000 + number)
}
